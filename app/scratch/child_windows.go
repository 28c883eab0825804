package scratch

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/windows"

	"mortise/runtime/child"
)

// terminal leaves signals to the console, which sends Ctrl-C to all processes
// that are attached to it, the child among them.
type terminal struct {
	hidden  bool
	signals chan os.Signal
}

func newTerminal(hidden bool) *terminal { return &terminal{hidden: hidden} }

func (*terminal) close() {}

// attributes of the child: one that nobody knows of is not reached by Ctrl-C.
func (t *terminal) attributes() *syscall.SysProcAttr {
	if t.hidden {
		return child.Apart()
	}
	return child.Beside()
}

// pass ends the child for a signal that is no Ctrl-C: there is no other way here.
func (*terminal) pass(p *os.Process, s os.Signal) {
	if s != os.Interrupt {
		_ = p.Kill() // it may have ended
	}
}

func isBrokenPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}
