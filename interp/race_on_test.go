//go:build race

package interp_test

// raceEnabled says that this is a build with the race detector, which needs
// several times the memory and time.
const raceEnabled = true
