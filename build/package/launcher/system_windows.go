package main

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// hide gives a program a console that is not shown, and which its children share.
func hide(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
}

// complain shows a message and waits until it was read.
func complain(text string) {
	message, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return // it holds a zero
	}
	title, err := windows.UTF16PtrFromString("Mortise Studio")
	if err != nil {
		return
	}
	_, _ = windows.MessageBox(0, message, title, windows.MB_OK|windows.MB_ICONERROR) // there is nobody else to tell
}

// changePath changes the user's PATH in the registry and tells those who run. It
// stays the kind of value that it was, so that names such as %USERPROFILE% in it
// go on working.
func changePath(change func(string) string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, "Environment", registry.QUERY_VALUE|registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("open the user's environment: %w", err)
	}
	defer func() { _ = key.Close() }() // each value is written at once
	old, kind, err := key.GetStringValue("Path")
	if err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("read the user's PATH: %w", err)
	}
	changed := change(old)
	switch {
	case changed == old:
		return nil
	case changed == "":
		err = key.DeleteValue("Path")
	case kind == registry.SZ:
		err = key.SetStringValue("Path", changed)
	default:
		err = key.SetExpandStringValue("Path", changed)
	}
	if err != nil {
		return fmt.Errorf("write the user's PATH: %w", err)
	}
	return tell()
}

// tell tells running programs that the environment is another, as the page of
// WM_SETTINGCHANGE asks for.
func tell() error {
	const (
		broadcast     = 0xffff
		settingChange = 0x001a
		abortIfHung   = 0x0002
		patience      = 2000 // milliseconds for each window
	)
	name, err := windows.UTF16PtrFromString("Environment")
	if err != nil {
		return err
	}
	send := windows.NewLazySystemDLL("user32.dll").NewProc("SendMessageTimeoutW")
	// Who does not listen reads it when it starts anew.
	_, _, _ = send.Call(broadcast, settingChange, 0, uintptr(unsafe.Pointer(name)), abortIfHung, patience, 0)
	return nil
}
