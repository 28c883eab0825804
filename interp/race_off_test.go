//go:build !race

package interp_test

// raceEnabled says that this is a build with the race detector.
const raceEnabled = false
