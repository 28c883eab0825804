// Command launcher is "Mortise Studio.exe", which the start menu of Windows opens.
// It runs the mortise beside it without a console, so that neither the Studio nor
// the workers and compilers that it starts show one. Mortise itself stays a
// program for the console, where its other commands are typed.
//
// Arguments are those of mortise studio. Two of its own are for the installer:
//
//	-add-path      the folder of the program goes onto the user's PATH
//	-remove-path   and is taken from it
package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// maxSaid bounds what is shown of what went wrong.
const maxSaid = 2000

func main() {
	self, err := os.Executable()
	if err == nil {
		err = run(filepath.Dir(self), os.Args[1:])
	}
	if err != nil {
		if len(os.Args) != 2 || !strings.HasSuffix(os.Args[1], "-path") { // an installer reads the exit code
			complain(err.Error())
		}
		os.Exit(1)
	}
}

func run(dir string, args []string) error {
	if len(args) == 1 {
		switch args[0] {
		case "-add-path":
			return changePath(func(path string) string { return with(path, dir) })
		case "-remove-path":
			return changePath(func(path string) string { return without(path, dir) })
		}
	}
	said := tail{most: maxSaid}
	cmd := exec.Command(filepath.Join(dir, "mortise.exe"), append([]string{"studio"}, args...)...) //nolint:noctx // it lives as long as the window
	cmd.Stderr = &said
	hide(cmd)
	if err := cmd.Run(); err != nil {
		if said.text.Len() > 0 {
			return &failure{said.text.String()}
		}
		if cmd.ProcessState == nil {
			return err // it did not start
		}
		// Another window was open already, and came to the front.
	}
	return nil
}

// failure is what mortise said.
type failure struct{ said string }

func (f *failure) Error() string { return strings.TrimSpace(f.said) }

// tail keeps the end of what is written to it.
type tail struct {
	text bytes.Buffer
	most int
}

func (t *tail) Write(p []byte) (int, error) {
	t.text.Write(p)
	if over := t.text.Len() - t.most; over > 0 {
		t.text.Next(over)
	}
	return len(p), nil
}

// with returns a PATH that has a folder, at its end where it is new.
func with(path, dir string) string {
	if path == "" {
		return dir
	}
	for entry := range strings.SplitSeq(path, ";") {
		if same(entry, dir) {
			return path
		}
	}
	return strings.TrimSuffix(path, ";") + ";" + dir
}

// without returns a PATH that does not have a folder; all else stays as it was.
func without(path, dir string) string {
	var kept []string
	for entry := range strings.SplitSeq(path, ";") {
		if !same(entry, dir) {
			kept = append(kept, entry)
		}
	}
	return strings.Join(kept, ";")
}

// same compares names of folders as Windows does.
func same(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, `\`), strings.TrimRight(b, `\`))
}
