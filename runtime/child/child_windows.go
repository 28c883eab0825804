package child

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Apart returns the attributes of a child without a window, which the terminal's
// interrupt does not reach. It ends with us once it is held.
func Apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// Beside returns the attributes of a child that shares the terminal with us, and
// gets what is typed there.
func Beside() *syscall.SysProcAttr { return nil }

// LimitMemory does nothing: a process's memory is limited by its job object.
func LimitMemory(int64) error { return nil }

// Resident returns 0: the job object watches the memory.
func Resident(int) int64 { return 0 }

// Leash is a job object: it limits the memory of a child and ends the child when
// our handle is closed, which the system does when our process dies.
type Leash struct {
	process *os.Process
	job     windows.Handle
}

// Hold puts a running child into a job object. The child cannot hold more than
// memory bytes from then on, and ends when we do.
func Hold(p *os.Process, memory int64) (*Leash, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a job object: %w", err)
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY
	info.ProcessMemoryLimit = uintptr(memory)
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = assign(job, p.Pid)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return nil, fmt.Errorf("put the process into a job object: %w", err)
	}
	return &Leash{p, job}, nil
}

func assign(job windows.Handle, pid int) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(h) }()
	return windows.AssignProcessToJobObject(job, h)
}

// Kill ends the child and what it started.
func (l *Leash) Kill() {
	_ = windows.TerminateJobObject(l.job, 1)
	_ = l.process.Kill() // it may have ended
}

// Close gives back the job object, and ends what the child left behind.
func (l *Leash) Close() { _ = windows.CloseHandle(l.job) }

// Kill ends a child that was started with Apart; what it started ends with its
// leash.
func Kill(p *os.Process) error { return p.Kill() }

// Quit returns false: there is no such signal.
func Quit(*os.Process) bool { return false }

// Ending says how a process ended; there are no signals here.
func Ending(state *os.ProcessState) (code int, signal syscall.Signal) { return state.ExitCode(), 0 }

// Peak returns 0: how much memory a process held is not known here.
func Peak(*os.ProcessState) int64 { return 0 }
