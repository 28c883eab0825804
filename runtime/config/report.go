package config

import (
	"fmt"
	"strings"
	"time"

	"mortise/runtime/fault"
)

// What became of an object in a deploy.
type What string

// The fates of an object.
const (
	Same    What = "same"
	Added   What = "added"
	Changed What = "changed"
	Removed What = "removed"
	Failed  What = "failed"
)

// Change is what a deploy did, or would do, with one object.
type Change struct {
	Kind   string     `json:"kind"` // a kind of object, or "service"
	Name   string     `json:"name"`
	What   What       `json:"what"`
	Faults fault.List `json:"faults,omitempty"`
}

// Report is the outcome of a deploy: what became of every object, and all that
// is wrong. Where something is wrong nothing was changed.
type Report struct {
	Objects []Change   `json:"objects"`
	Faults  fault.List `json:"faults"` // all of them, those of objects included
	// Warnings are what does not stop a deploy, and somebody should look at.
	Warnings fault.List    `json:"warnings,omitempty"`
	Took     time.Duration `json:"took"` // nanoseconds
}

// OK reports whether the project became the running one.
func (r *Report) OK() bool { return len(r.Faults) == 0 }

// Count returns how many objects met a fate.
func (r *Report) Count(what What) int {
	n := 0
	for _, c := range r.Objects {
		if c.What == what {
			n++
		}
	}
	return n
}

// String returns the counts, as a log line or a status bar shows them: "1 added,
// 2 changed, 5 same".
func (r *Report) String() string {
	var parts []string
	for _, what := range []What{Added, Changed, Removed, Failed, Same} {
		if n := r.Count(what); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}

// Diff returns what differs between two projects, object by object, sorted by
// kind and name. Old may be nil.
func Diff(old, next *Project) []Change {
	var before []*Document
	if old != nil {
		before = old.Documents
	}
	after := next.Documents
	changes := make([]Change, 0, len(after))
	add := func(d *Document, what What) {
		changes = append(changes, Change{Kind: d.Kind, Name: d.Name, What: what})
	}
	for len(before) > 0 || len(after) > 0 {
		switch order := compareFirst(before, after); {
		case order < 0:
			add(before[0], Removed)
			before = before[1:]
		case order > 0:
			add(after[0], Added)
			after = after[1:]
		default:
			what := Same
			if before[0].Hash != after[0].Hash {
				what = Changed
			}
			add(after[0], what)
			before, after = before[1:], after[1:]
		}
	}
	return changes
}

// compareFirst orders the first documents of two sorted lists; an empty list
// comes last.
func compareFirst(a, b []*Document) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	default:
		return byName(a[0], b[0])
	}
}
