package gate

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/tools/txtar"
)

var (
	update = flag.Bool("update", false, "run the programs with Go and rewrite what they print")
	only   = flag.String("only", "", "run the program of this name alone and show its rewritten source")
)

// TestPrograms runs every program of the archives that the gate admits, and
// compares what it prints with what it prints when Go runs it. One that prints
// anything else, hangs or crashes is a wrong answer, and there must be none. A
// floor under the number of admitted programs keeps the gate from refusing its
// way to that.
func TestPrograms(t *testing.T) {
	for _, archive := range []struct {
		file  string
		floor int
	}{
		{"testdata/features.txtar", 111},
		{"testdata/services.txtar", 157},
	} {
		name := strings.TrimSuffix(filepath.Base(archive.file), ".txtar")
		var admitted, refused, wrong atomic.Int32
		t.Run(name, func(t *testing.T) {
			ar, err := txtar.ParseFile(archive.file)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				rewrite(t, archive.file, ar)
			}
			files := map[string][]byte{}
			for _, f := range ar.Files {
				files[f.Name] = f.Data
			}
			for _, f := range ar.Files {
				base, ok := strings.CutSuffix(f.Name, ".go")
				if !ok || *only != "" && *only != base {
					continue
				}
				t.Run(base, func(t *testing.T) {
					t.Parallel()
					o := try(t, f.Name, f.Data)
					if *only != "" {
						t.Logf("refused: %v\n%s", o.refused, o.source)
					}
					_, fails := files[base+".rc"]
					want := string(files[base+".out"])
					switch {
					case o.refused != nil && strings.HasPrefix(o.refused.Error(), "does not compile"):
						t.Error(o.refused)
					case o.refused != nil:
						refused.Add(1)
					case line(o.stdout) != want || (o.code != 0) != fails:
						wrong.Add(1)
						t.Errorf("admitted, exit code %d, printed\n%s\nand\n%s\nwant\n%s", o.code, o.stdout, o.stderr, want)
					case o.races != "":
						wrong.Add(1)
						t.Errorf("admitted, with data races:\n%s", o.races)
					default:
						admitted.Add(1)
					}
				})
			}
		})
		t.Logf("%s: %d admitted, %d refused, %d wrong", name, admitted.Load(), refused.Load(), wrong.Load())
		if n := int(admitted.Load()); n < archive.floor && *only == "" {
			t.Errorf("%s: %d programs admitted, want at least %d", name, n, archive.floor)
		}
	}
}

// line ends text with a newline, as the archive does.
func line(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return s
}

// rewrite runs all programs with Go.
func rewrite(t *testing.T, file string, ar *txtar.Archive) {
	t.Helper()
	var out []txtar.File
	for _, f := range ar.Files {
		base, ok := strings.CutSuffix(f.Name, ".go")
		if !ok {
			continue
		}
		src := filepath.Join(t.TempDir(), f.Name)
		if err := os.WriteFile(src, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, err := exec.CommandContext(t.Context(), "go", "run", src).Output()
		out = append(out, f, txtar.File{Name: base + ".out", Data: []byte(line(string(stdout)))})
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			out = append(out, txtar.File{Name: base + ".rc", Data: []byte("1\n")})
		case err != nil:
			t.Fatal(err)
		}
	}
	ar.Files = out
	if err := os.WriteFile(file, txtar.Format(ar), 0o600); err != nil {
		t.Fatal(err)
	}
}
