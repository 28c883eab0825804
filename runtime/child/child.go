// Package child holds what systems differ in about child processes: what they
// share with us, how much memory they may have, and how they are ended together
// with whatever they started.
//
// It is linked into every compiled worker, so it imports little.
package child

import "time"

// Watch looks at the memory of a process again and again, on the systems that
// tell it, and returns true once it holds more than most bytes. It returns false
// when over is closed.
func Watch(pid int, most int64, every time.Duration, over <-chan struct{}) bool {
	if Resident(pid) == 0 {
		<-over
		return false
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return false
		case <-tick.C:
			if Resident(pid) > most {
				return true
			}
		}
	}
}
