package scratch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"mortise/interp/gate"
	"mortise/interp/machine"
	"mortise/runtime/child"
	"mortise/runtime/fault"
)

// panicked is the exit code of a program that ends by a panic.
const panicked = 2

// WorkerMain is the whole life of a process that interprets one program: it reads
// the program from its standard input, runs it and returns its exit code. What
// the program prints goes to this process's own standard output.
func WorkerMain(ctx context.Context) int {
	data, err := io.ReadAll(os.Stdin)
	s := new(script)
	if err == nil {
		err = json.Unmarshal(data, s)
	}
	if err != nil {
		_, _ = io.WriteString(os.Stderr, fault.Wrap(fault.Internal, "scratch.script", err, "read the program").Report()+"\n") // there is no other place
		return 1
	}
	if s.Memory > 0 {
		_ = child.LimitMemory(s.Memory) // without it there is no limit
	}
	return s.run(ctx)
}

// run runs a program in this process.
func (s *script) run(context.Context) (code int) {
	slices.SortFunc(s.Notes, byPlace)
	f := &frames{script: s, main: goroutine()}
	defer func() {
		if v := recover(); v != nil {
			f.report("panic: " + panicText(v))
			code = panicked
		}
	}()
	m, err := machine.Load([]*machine.Package{{Path: packagePath, Name: packageName, Source: s.Source, Imports: s.Imports}}, machine.Options{
		Slot: &f.note, Stdout: os.Stderr, Place: f.place, Stranded: f.add,
	})
	if err != nil {
		return f.notLoaded(fault.As(err))
	}
	start, ok := m.Func(packagePath, mainName)
	if !ok {
		return f.notLoaded(fault.New(fault.Internal, "scratch.main", "the interpreter does not find the function main"))
	}
	start.Call(nil)
	return 0
}

// frames collects where panics are, as the interpreter tells it while they go up:
// innermost first.
type frames struct {
	*script
	main string // the goroutine of the function main
	note uint32 // where the program is

	mu   sync.Mutex // guards what follows
	of   string     // the goroutine
	at   uint32     // the note at the time
	list []string
}

// maxFrames bounds how much of a deep recursion is shown.
const maxFrames = 100

// place finds the place of a frame: the note, where it is in the frame's
// function, else the beginning of the function.
func (f *frames) place(note uint32, entry fault.Position) fault.Position {
	head := f.head(entry)
	if head == nil {
		return entry
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if id := goroutine(); f.of != id || f.at != note {
		f.of, f.at, f.list = id, note, nil
	}
	for i := range f.Notes {
		if n := &f.Notes[i]; n.N == note && n.Func == head.Func && len(f.list) == 0 {
			return n.At
		}
	}
	return head.At
}

// head returns the last note in front of an entry, which is in its function.
func (f *frames) head(entry fault.Position) *gate.Note {
	line := entry.Line
	if entry.Column == 1 { // the gate's own statement, in the line behind the head
		line--
	}
	var head *gate.Note
	for i := range f.Notes {
		if n := &f.Notes[i]; n.At.Line <= line {
			head = n
		}
	}
	return head
}

// add takes a frame.
func (f *frames) add(at fault.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := "main"
	for i := range f.Notes {
		if n := &f.Notes[i]; n.At == at {
			name = strings.TrimPrefix(n.Func, packageName+".")
			break
		}
	}
	if name == mainName {
		name = "main"
	}
	if len(f.list) < maxFrames {
		f.list = append(f.list, fmt.Sprintf("main.%s(...)\n\t%s:%d\n", name, f.File, at.Line))
	}
	if f.of != f.main && f.Last != "" {
		// This goroutine's panic may end the process without another word.
		_ = os.WriteFile(f.Last, []byte(f.text()), 0o600) // without it the panic has no place
	}
}

// text is the frames as Go prints them.
func (f *frames) text() string {
	return "\ngoroutine " + f.of + " [running]:\n" + strings.Join(f.list, "")
}

// report writes how the program ended.
func (f *frames) report(head string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := head + "\n"
	if len(f.list) > 0 && f.of == f.main {
		out += f.text()
	}
	_, _ = io.WriteString(os.Stderr, out) // there is no other place
}

// notLoaded reports a program that panics while its variables are set, or that
// the interpreter does not take.
func (f *frames) notLoaded(e *fault.Error) int {
	if e.Code != "service.panic" {
		_, _ = io.WriteString(os.Stderr, e.Report()+"\n") // there is no other place
		return 1
	}
	_, text, _ := strings.Cut(e.Error(), ": ")
	head := "panic: " + strings.TrimPrefix(text, "panic: ") + "\n"
	if !e.At.IsZero() {
		head += fmt.Sprintf("\ngoroutine %s [running]:\nmain.init()\n\t%s:%d\n", f.main, f.File, e.At.Line)
	}
	_, _ = io.WriteString(os.Stderr, head)
	return panicked
}

// panicText is what Go prints of a panic's value. The interpreter has words of
// its own for some of Go's runtime errors.
func panicText(v any) string {
	if r, ok := v.(reflect.Value); ok && r.IsValid() && r.CanInterface() {
		v = r.Interface()
	}
	text := ""
	switch v := v.(type) {
	case error:
		text = v.Error()
	case fmt.Stringer:
		text = v.String()
	case string:
		text = v
	default:
		return plainText(v)
	}
	switch v.(type) {
	case *reflect.ValueError:
		text = "runtime error: invalid memory address or nil pointer dereference"
	case string:
		if strings.HasPrefix(text, "reflect: ") && strings.Contains(text, "index out of range") {
			text = "runtime error: index out of range"
		} else if strings.HasPrefix(text, "reflect.Value.Slice") {
			text = "runtime error: slice bounds out of range"
		}
	}
	return strings.ReplaceAll(text, "\n", "\n\t") // so that no text looks like a trace
}

// plainText prints a value without a text of its own: with its type, unless that
// is a basic one.
func plainText(v any) string {
	r := reflect.ValueOf(v)
	if r.IsValid() && r.Type().PkgPath() == "" && r.Kind() <= reflect.Complex128 {
		return fmt.Sprint(v)
	}
	switch r.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return fmt.Sprintf("%s(%v)", r.Type(), v)
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return fmt.Sprintf("%s(%e)", r.Type(), v)
	case reflect.String:
		return fmt.Sprintf("%s(%q)", r.Type(), v)
	default:
		return fmt.Sprintf("(%s) %p", r.Type(), &v)
	}
}

// goroutine returns the number of the running goroutine.
func goroutine() string {
	var buf [40]byte
	id, _, _ := bytes.Cut(bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine ")), []byte(" "))
	return string(id)
}
