package gate_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"mortise/interp/gate/internal/gatefuzz"
	"mortise/runtime/fault"
)

var (
	update  = flag.Bool("update", false, "run the programs with Go and rewrite what they print")
	only    = flag.String("only", "", "run the program of this name alone and show its rewritten source")
	archive = flag.String("archive", "", "run the programs of this archive alone")
)

// floors are how many programs of an archive are admitted at least. They keep the
// gate from refusing its way to no wrong answer.
var floors = map[string]int{
	"boxes":               16,
	"features":            160,
	"services":            165,
	"advanced-interfaces": 13,
}

// TestMain lets the test binary run rewritten programs in processes of its own.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "interpret" {
		if err := gatefuzz.Serve(os.Stdin, os.Stdout, os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		return
	}
	os.Exit(m.Run())
}

// tally counts what became of programs.
type tally struct {
	mu                       sync.Mutex
	admitted, refused, wrong int            // guarded by mu
	reasons                  map[string]int // guarded by mu: programs that are refused for a reason, by its code
	alone                    map[string]int // guarded by mu: those that are refused for nothing else
	sample                   map[string]string
}

func newTally() *tally {
	return &tally{reasons: map[string]int{}, alone: map[string]int{}, sample: map[string]string{}}
}

func (t *tally) refuse(name string, why fault.List) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused++
	codes := map[string]string{}
	for _, e := range why {
		if codes[e.Code] == "" {
			codes[e.Code] = strings.TrimPrefix(e.What, "not live yet: ")
		}
	}
	for c, what := range codes {
		t.reasons[c]++
		if len(codes) == 1 {
			t.alone[c]++
		}
		if t.sample[c] == "" {
			t.sample[c] = fmt.Sprintf("%s (%s)", what, name)
		}
	}
}

func (t *tally) add(admitted, wrong int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.admitted += admitted
	t.wrong += wrong
}

func (t *tally) join(o *tally) {
	t.admitted, t.refused, t.wrong = t.admitted+o.admitted, t.refused+o.refused, t.wrong+o.wrong
	for c, n := range o.reasons {
		t.reasons[c] += n
		t.alone[c] += o.alone[c]
		t.sample[c] = cmp.Or(t.sample[c], o.sample[c])
	}
}

func (t *tally) String() string {
	all := t.admitted + t.refused + t.wrong
	return fmt.Sprintf("%d admitted (%.0f %%), %d refused, %d wrong", t.admitted, 100*float64(t.admitted)/float64(max(all, 1)), t.refused, t.wrong)
}

// wishes lists the reasons, those of most programs first.
func (t *tally) wishes() string {
	var b strings.Builder
	for _, c := range slices.SortedFunc(maps.Keys(t.reasons), func(a, b string) int {
		return cmp.Or(t.reasons[b]-t.reasons[a], t.alone[b]-t.alone[a], strings.Compare(a, b))
	}) {
		fmt.Fprintf(&b, "%4d programs, %3d for nothing else: %-28s %s\n", t.reasons[c], t.alone[c], c, t.sample[c])
	}
	return b.String()
}

// TestPrograms runs every program of the archives that the gate admits, and
// compares what it prints with what it prints when Go runs it. One that prints
// anything else, hangs or crashes is a wrong answer, and there must be none.
//
// The archives everyday-*.txtar hold what most services of integration engineers
// look like, advanced-*.txtar what some of them write. The programs were written
// without looking at what the gate admits.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]*tally{"everyday": newTally(), "advanced": newTally()}
	all := newTally()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if *archive != "" && *archive != name {
			continue
		}
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			rewrite(t, file, ar)
		}
		got := runArchive(t, name, ar)
		t.Logf("%s: %s", name, got)
		if got.admitted < floors[name] && *only == "" {
			t.Errorf("%s: %d programs admitted, want at least %d", name, got.admitted, floors[name])
		}
		kind, _, _ := strings.Cut(name, "-")
		if kinds[kind] != nil {
			kinds[kind].join(got)
		}
		all.join(got)
	}
	if *only != "" {
		return
	}
	t.Logf("everyday services: %s", kinds["everyday"])
	t.Logf("advanced services: %s", kinds["advanced"])
	t.Logf("all: %s", all)
	t.Logf("why everyday services are refused:\n%s", kinds["everyday"].wishes())
	t.Logf("why any program is refused:\n%s", all.wishes())
}

func runArchive(t *testing.T, name string, ar *txtar.Archive) *tally {
	got := newTally()
	files := map[string][]byte{}
	for _, f := range ar.Files {
		files[f.Name] = f.Data
	}
	t.Run(name, func(t *testing.T) {
		for _, f := range ar.Files {
			base, ok := strings.CutSuffix(f.Name, ".go")
			if !ok || *only != "" && *only != base {
				continue
			}
			t.Run(base, func(t *testing.T) {
				t.Parallel()
				_, fails := files[base+".rc"]
				check(t, gatefuzz.Program{Name: base, Source: f.Data}, string(files[base+".out"]), fails, got)
			})
		}
	})
	return got
}

// check judges a program and, where it is admitted, runs it.
func check(t *testing.T, p gatefuzz.Program, want string, fails bool, got *tally) {
	a, refusals, err := gatefuzz.Judge(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if a == nil {
		got.refuse(p.Name, refusals)
		if *only != "" {
			t.Logf("refused: %v", refusals)
		}
		return
	}
	if *only != "" {
		t.Logf("%s", a.Source)
	}
	o := interpret(t, a)
	switch {
	case line(o.Stdout) != want || (o.Code != 0) != fails || o.Hung:
		got.add(0, 1)
		t.Errorf("admitted, exit code %d, printed\n%s\nand\n%s\nwant\n%s\n%s", o.Code, o.Stdout, o.Stderr, want, gatefuzz.Difference(line(o.Stdout), want))
	case o.Races != "":
		got.add(0, 1)
		t.Errorf("admitted, with data races:\n%s", o.Races)
	default:
		got.add(1, 0)
	}
}

// interpret runs an admitted program in a process of its own.
func interpret(t *testing.T, a *gatefuzz.Admitted) gatefuzz.Outcome {
	t.Helper()
	i := gatefuzz.Interpreter{Command: []string{os.Args[0], "interpret"}, Alone: true}
	defer i.Close()
	o, err := i.Run(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return o
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
	native, err := gatefuzz.NewNative(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var out []txtar.File
	for _, f := range ar.Files {
		base, ok := strings.CutSuffix(f.Name, ".go")
		if !ok {
			continue
		}
		o, err := native.Alone(t.Context(), gatefuzz.Program{Name: base, Source: f.Data})
		if err == nil && o.Hung {
			err = errors.New("it does not end")
		}
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		out = append(out, f, txtar.File{Name: base + ".out", Data: []byte(line(o.Stdout))})
		if o.Code != 0 {
			out = append(out, txtar.File{Name: base + ".rc", Data: []byte("1\n")})
		}
	}
	if t.Failed() {
		return
	}
	ar.Files = out
	if err := os.WriteFile(file, txtar.Format(ar), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWrong runs the programs of testdata/wrong, which have once been answered
// wrongly. The gate may refuse them.
func TestWrong(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/wrong/*.go")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("none has been found yet")
	}
	native, err := gatefuzz.NewNative(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := gatefuzz.Program{Name: name, Source: src}
			a, refusals, err := gatefuzz.Judge(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if a == nil {
				t.Logf("refused: %v", refusals)
				return
			}
			want, err := native.Alone(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if got := interpret(t, a); !got.Same(want) {
				t.Errorf("admitted, exit code %d, want %d; %s\n%s%s", got.Code, want.Code, gatefuzz.Difference(got.Stdout, want.Stdout), got.Stderr, got.Races)
			}
		})
	}
}
