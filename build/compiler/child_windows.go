package compiler

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// child is a job object: it limits the memory of a tool and ends the tool when
// our handle is closed, which the system does when our process dies.
type child struct {
	memory int64
	job    windows.Handle
}

func newChild(memory int64) *child { return &child{memory: memory} }

// attributes of a tool: no window, and not reached by the terminal's interrupt.
func (*child) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

func (c *child) adopt(p *os.Process) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return fmt.Errorf("make a job object: %w", err)
	}
	c.job = job
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY
	info.ProcessMemoryLimit = uintptr(c.memory)
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = assign(job, p.Pid)
	}
	if err != nil {
		return fmt.Errorf("put the compiler into a job object: %w", err)
	}
	return nil
}

func assign(job windows.Handle, pid int) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(h) }()
	return windows.AssignProcessToJobObject(job, h)
}

func (*child) kill(p *os.Process) error { return p.Kill() }

func (c *child) close() {
	if c.job != 0 {
		_ = windows.CloseHandle(c.job)
	}
}

// resident returns 0: the job object watches the memory.
func resident(int) int64 { return 0 }
