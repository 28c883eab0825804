//go:build unix

package compiler

import (
	"os"

	"golang.org/x/sys/unix"
)

// child is what is held of a running tool beside its process.
type child struct{}

func newChild(int64) *child { return &child{} }

func (*child) adopt(*os.Process) error { return nil }

// kill ends the tool and whatever it started.
func (*child) kill(p *os.Process) error {
	_ = unix.Kill(-p.Pid, unix.SIGKILL) // it has not been waited for: the id is still its own
	return p.Kill()
}

func (*child) close() {}
