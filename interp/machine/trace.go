package machine

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"mortise/runtime/fault"
)

// maxPanics is how many panics may be on their way through a machine at a time
// and still be placed.
const maxPanics = 256

// trace is a machine's standard error. While a panic goes up through interpreted
// code the interpreter writes one line a frame to it, innermost first, in the
// goroutine of the panic: "file:line:column: panic: package.Function(...)". The
// place is that of the function's first statement.
type trace struct {
	slot     *uint32
	place    func(note uint32, entry fault.Position) fault.Position
	stranded func(at fault.Position)
	roots    []string // "src/<import path>/" of the packages

	mu     sync.Mutex
	panics map[string]fault.Position // guarded by mu: where those inside Guard were, by goroutine
}

func newTrace(pkgs []*Package, opts Options) *trace {
	t := &trace{slot: opts.Slot, place: opts.Place, stranded: opts.Stranded, panics: map[string]fault.Position{}}
	if t.place == nil {
		t.place = func(_ uint32, entry fault.Position) fault.Position { return entry }
	}
	for _, p := range pkgs {
		t.roots = append(t.roots, "src/"+p.Path+"/")
	}
	// Of "a" and "a/b" the longer must be tried first.
	slices.SortFunc(t.roots, func(a, b string) int { return len(b) - len(a) })
	return t
}

// guarded is how Guard's frame is called in a stack.
var guarded = []byte("interp/machine.(*Machine).Guard(")

// Write takes one line of a trace.
func (t *trace) Write(line []byte) (int, error) {
	note := atomic.LoadUint32(t.slot)
	id := goroutine()
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.panics[id]; known || len(t.panics) >= maxPanics {
		return len(line), nil // the innermost frame is the one that matters
	}
	entry, _ := t.position(string(line))
	if entry.File == "" {
		return len(line), nil
	}
	at := t.place(note, entry)
	switch {
	case bytes.Contains(debug.Stack(), guarded):
		t.panics[id] = at
	case t.stranded != nil:
		t.stranded(at)
	}
	return len(line), nil
}

// take returns and forgets where the panic of this goroutine was.
func (t *trace) take() fault.Position {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := goroutine()
	at := t.panics[id]
	delete(t.panics, id)
	return at
}

// goroutine returns what names the running goroutine.
func goroutine() string {
	var buf [40]byte
	s := string(buf[:runtime.Stack(buf[:], false)])
	id, _, _ := strings.Cut(strings.TrimPrefix(s, "goroutine "), " ")
	return id
}

// Guard runs code of the machine. A panic in it becomes a fault that says what
// happened and where in the author's source; doing is what the fault says we
// were doing.
func (m *Machine) Guard(doing string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = m.trace.panicked(doing, r)
		}
	}()
	return f()
}

// panicked returns the fault of a panic with a value in this goroutine.
func (t *trace) panicked(doing string, value any) *fault.Error {
	what, hint := describe(value)
	e := fault.New(fault.Internal, "service.panic", "%s: %s", doing, what)
	e.Hint = hint
	if cause, ok := value.(error); ok {
		e.Err = said{cause}
	}
	return e.WithAt(t.take())
}

// said is a cause whose text stands in the fault already.
type said struct{ cause error }

func (s said) Error() string { return "" }
func (s said) Unwrap() error { return s.cause }

// describe says what a panic's value means, and what to do about it.
func describe(value any) (what, hint string) {
	if v, ok := value.(reflect.Value); ok && v.IsValid() && v.CanInterface() {
		value = v.Interface()
	}
	text := fmt.Sprint(value)
	if what, hint, ok := explain(text); ok {
		return what, hint
	}
	if _, ok := value.(runtime.Error); ok {
		return strings.TrimPrefix(text, "runtime error: "), ""
	}
	return "panic: " + shorten(text), ""
}

// Explain says what a panic means whose text stands in the trace of a dead
// process, and what to do about it.
func Explain(text string) (what, hint string) {
	if what, hint, ok := explain(text); ok {
		return what, hint
	}
	if rest, ok := strings.CutPrefix(text, "runtime error: "); ok {
		return rest, ""
	}
	return "panic: " + shorten(text), ""
}

// explain puts the interpreter's and Go's own words for frequent mistakes into
// plain ones.
func explain(text string) (what, hint string, ok bool) {
	switch {
	case strings.Contains(text, "nil pointer dereference"), strings.Contains(text, "on zero Value"):
		return nilText, nilHint, true
	case strings.Contains(text, "assignment to entry in nil map"):
		return "a value was put into a map that is nil", "make the map first, with make or a literal", true
	case strings.HasPrefix(text, "reflect: ") && strings.Contains(text, "index out of range"),
		strings.HasPrefix(text, "reflect.Value.Slice"):
		return "index out of range", "compare the index with len first", true
	}
	return "", "", false
}

// maxText bounds what of a panic's text goes into a fault.
const maxText = 1000

func shorten(text string) string {
	if len(text) > maxText {
		return text[:maxText] + "…"
	}
	return text
}

const (
	nilText = "nil dereference: a pointer or interface that is nil was used"
	nilHint = "compare it with nil first"
)

// mark stands in front of the author's file name in line directives of the gate.
// The interpreter finds an import only from places whose file has the base name
// of the file with the import, so the gate lets all names end alike.
const mark = "@/"

var place = regexp.MustCompile(`^(.*?\.go[^:]*):(\d+)(?::(\d+))?: ?(.*)$`)

// position splits "file:line:column: text". The interpreter reads the file name
// of a line directive as relative to the folder of the file that it stands in.
func (t *trace) position(line string) (at fault.Position, rest string) {
	m := place.FindStringSubmatch(strings.TrimSpace(line))
	if m == nil {
		return at, line
	}
	at.File = strings.ReplaceAll(m[1], `\`, "/")
	at.Line, _ = strconv.Atoi(m[2])
	at.Column, _ = strconv.Atoi(m[3])
	if _, file, ok := strings.Cut(at.File, mark); ok {
		if i := strings.LastIndex(file, ".go/"); i > 0 {
			file = file[:i+len(".go")]
		}
		at.File = file
		return at, m[4]
	}
	for _, root := range t.roots {
		if file, ok := strings.CutPrefix(at.File, root); ok {
			at.File = file
			break
		}
	}
	if at.File == fileName {
		at = fault.Position{} // source that the gate wrote and that no directive names
	}
	return at, m[4]
}
