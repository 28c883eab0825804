package cli

import (
	"time"

	"mortise/runtime/control"
)

// pending says on standard error where what was saved last is not what answers.
func (e *Env) pending(s control.State, dir string) {
	switch {
	case !s.Deploying.IsZero() && s.Ready:
		e.errorf("what was saved %s ago is being compiled; until then the version before answers\n", time.Since(s.Deploying).Round(100*time.Millisecond))
	case s.Problems > 0 && s.Ready:
		e.errorf("what was saved last is not live: %s; the version before answers\n  hint: mortise check %s shows what is wrong\n", plural(s.Problems, "problem"), dir)
	}
}
