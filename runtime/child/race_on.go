//go:build race

package child

// raceEnabled says that the race detector is on. It sets aside so much memory
// for itself that a limit of the system cannot be set beside it.
const raceEnabled = true
