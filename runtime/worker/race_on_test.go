//go:build race

package worker

// raceEnabled says that this is a build with the race detector, under which the
// system limits no memory.
const raceEnabled = true
