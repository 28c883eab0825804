package worker

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// attributes of the child: no window, and not reached by the terminal's
// interrupt.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

func ceiling(memory int64) int64 { return memory + memory/4 + 64<<20 }

// limitMemory leaves the limit to the job object of the host.
func limitMemory(int64) error { return nil }

// resident returns 0: the job object watches the memory.
func resident(int) int64 { return 0 }

// leash is a job object: it limits the child's memory and ends the child when
// the host's handle is closed, which the system does when the host dies.
type leash struct{ job windows.Handle }

func newLeash(p *os.Process, memory int64) (*leash, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a job object: %w", err)
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY
	info.ProcessMemoryLimit = uintptr(ceiling(memory))
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = assign(job, p.Pid)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return nil, fmt.Errorf("put the worker into a job object: %w", err)
	}
	return &leash{job}, nil
}

func assign(job windows.Handle, pid int) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(h) }()
	return windows.AssignProcessToJobObject(job, h)
}

func (l *leash) kill(p *os.Process) {
	_ = windows.TerminateJobObject(l.job, 1)
	_ = p.Kill()
}

// quit does nothing: there is no such signal.
func (l *leash) quit(*os.Process) bool { return false }

func (l *leash) close() { _ = windows.CloseHandle(l.job) }

// peak returns 0: how much memory a process held is not known here.
func peak(*os.ProcessState) int64 { return 0 }

// ending says how a process ended; there are no signals here.
func ending(state *os.ProcessState) (code int, signal string) { return state.ExitCode(), "" }
