package compiler

import (
	"cmp"
	"time"
)

// Limits bound what one job may cost, so that source that was made to hurt ends
// in an error. Zero values mean the defaults.
type Limits struct {
	Time     time.Duration // of a whole job; 2 minutes
	Memory   int64         // of one run of the compiler or the linker, in bytes; 2 GiB
	Source   int64         // of all files of a job together, in bytes; 64 MiB
	Programs int64         // of all binaries in the cache together, in bytes; 512 MiB
	Objects  int64         // of all compiled packages in the cache together, in bytes; 256 MiB
}

// Limits that nobody sets.
const (
	maxUnits  = 5_000  // of a job
	maxFiles  = 20_000 // of a job
	maxFaults = 100    // of one package
	maxName   = 400    // bytes of a file's name or of an import path
)

func (l Limits) withDefaults() Limits {
	return Limits{
		Time: cmp.Or(l.Time, 2*time.Minute), Memory: cmp.Or(l.Memory, 2<<30), Source: cmp.Or(l.Source, 64<<20),
		Programs: cmp.Or(l.Programs, 512<<20), Objects: cmp.Or(l.Objects, 256<<20),
	}
}
