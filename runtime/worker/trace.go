package worker

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// Trace is what Go writes when it ends a program: what happened, and the stack
// of the goroutine in which it did.
type Trace struct {
	Message string  // the text behind "panic: " or "fatal error: ", one line
	Frames  []Frame // innermost first
	// Symbols are the names of services by those of their functions, see Hooks.
	Symbols map[string]string
}

// Frame is one line of a stack.
type Frame struct {
	Func    string // "app/services/users.GetDetails.func1"
	File    string
	Line    int
	Created bool   // the function that started the goroutine
	By      string // the number of the goroutine in which it did so
}

// ParseTrace reads the first message and the first stack of a text.
func ParseTrace(text string) Trace {
	var t Trace
	fatal := false
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "goroutine ") && strings.HasSuffix(l, ":") {
			if t.Message == "" {
				return t
			}
			if frames := parseStack(lines[i+1:]); len(frames) > 0 {
				t.Frames = frames
				return t
			}
			continue
		}
		// A fatal error says more than the line that goes before it.
		for _, mark := range []string{"fatal error: ", "panic: ", "runtime: goroutine stack exceeds", "SIGSEGV: ", "unexpected fault address "} {
			rest, ok := strings.CutPrefix(l, mark)
			if !ok || fatal || t.Message != "" && mark != "fatal error: " {
				continue
			}
			t.Message = l
			if mark == "fatal error: " {
				t.Message, fatal = rest, true
			}
			t.Message, _, _ = strings.Cut(t.Message, " [recovered")
		}
	}
	return t
}

// parseStack reads the frames up to the next empty line.
func parseStack(lines []string) []Frame {
	var frames []Frame
	for i := 0; i+1 < len(lines) && lines[i] != ""; i++ {
		place, ok := strings.CutPrefix(lines[i+1], "\t")
		if !ok {
			continue // "...additional frames elided..."
		}
		f := Frame{Func: lines[i]}
		if rest, ok := strings.CutPrefix(f.Func, "created by "); ok {
			f.Func, f.By, _ = strings.Cut(rest, " in goroutine ")
			f.Created = true
		} else if open := strings.LastIndexByte(f.Func, '('); open > 0 {
			f.Func = f.Func[:open]
		}
		if plus := strings.LastIndex(place, " +0x"); plus >= 0 {
			place = place[:plus]
		}
		if colon := strings.LastIndexByte(place, ':'); colon >= 0 {
			f.File = place[:colon]
			f.Line, _ = strconv.Atoi(place[colon+1:])
		}
		frames = append(frames, f)
		i++
	}
	return frames
}

// Find returns the service among those named whose function stands outermost in
// the stack, and the innermost place in an author's file. Without such a
// service it returns "" and the place that it found.
func (t Trace) Find(services []string) (string, fault.Position) {
	culprit, at, _ := t.find(services)
	return culprit, at
}

// find is Find with the name of the function at the place.
func (t Trace) find(services []string) (culprit string, at fault.Position, fn string) {
	for _, f := range t.Frames {
		if at.IsZero() && !f.Created && f.authors() {
			at, fn = fault.Position{File: f.File, Line: f.Line}, f.Func
			if at.Line <= 1 { // the compiler gives an empty loop no line of its own
				at.Line = 0
			}
		}
		if name := f.service(t.Symbols); slices.Contains(services, name) {
			culprit = name
		}
	}
	return culprit, at, fn
}

// maxCreators bounds how far goroutines that start goroutines are followed.
const maxCreators = 16

// FindCreator returns the service among those named that started the goroutine of
// the trace, or one that started that one and so on, from the stacks of all
// goroutines; "" where there is none.
func (t Trace) FindCreator(stacks string, services []string) string {
	for range maxCreators {
		if len(t.Frames) == 0 || !t.Frames[len(t.Frames)-1].Created {
			return ""
		}
		_, rest, ok := strings.Cut(stacks, "\ngoroutine "+t.Frames[len(t.Frames)-1].By+" ")
		if !ok {
			return ""
		}
		_, rest, _ = strings.Cut(rest, "\n")
		t.Frames = parseStack(append(strings.Split(rest, "\n"), ""))
		if culprit, _ := t.Find(services); culprit != "" {
			return culprit
		}
	}
	return ""
}

// FindStack returns where the service called name stands, from the stacks of all
// goroutines: the innermost place in an author's file of the first stack that
// the service is on, and the function there.
func FindStack(stacks, name string, symbols map[string]string) (at fault.Position, fn string) {
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		first, rest, _ := strings.Cut(stack, "\n")
		if !strings.HasPrefix(first, "goroutine ") {
			continue
		}
		t := Trace{Frames: parseStack(append(strings.Split(rest, "\n"), "")), Symbols: symbols}
		if found, at, fn := t.find([]string{name}); found != "" {
			return at, fn
		}
	}
	return fault.Position{}, ""
}

// FindBusy returns the one service among those named whose goroutines were at
// work, rather than waiting, and where; "" where there is none or several. It
// serves when a program ends outside of the author's code.
func FindBusy(stacks string, services []string, symbols map[string]string) (string, fault.Position) {
	culprit, at := "", fault.Position{}
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		first, rest, _ := strings.Cut(stack, "\n")
		if !strings.HasPrefix(first, "goroutine ") || !busy(first) {
			continue
		}
		found, place := Trace{Frames: parseStack(append(strings.Split(rest, "\n"), "")), Symbols: symbols}.Find(services)
		switch {
		case found == "" || found == culprit:
		case culprit != "":
			return "", fault.Position{}
		default:
			culprit, at = found, place
		}
	}
	return culprit, at
}

// busy reports whether the first line of a stack is that of a goroutine at work:
// "goroutine 7 gp=0x1 m=nil [runnable]:".
func busy(first string) bool {
	_, state, _ := strings.Cut(first, "[")
	for _, s := range []string{"run", "GC", "preempted", "copystack", "idle"} {
		if strings.HasPrefix(state, s) {
			return true
		}
	}
	return false
}

// service is the name that the frame's function has as a service:
// "app/services/users.GetDetails.func1" is what symbols say that
// "app/services/users.GetDetails" is, or else "users.GetDetails".
func (f Frame) service(symbols map[string]string) string {
	slash := strings.LastIndexByte(f.Func, '/') + 1
	parts := strings.SplitN(f.Func[slash:], ".", 3)
	if len(parts) < 2 {
		return f.Func[slash:]
	}
	fn, _, _ := strings.Cut(parts[1], "[")
	if symbols != nil {
		return symbols[f.Func[:slash]+parts[0]+"."+fn]
	}
	return parts[0] + "." + fn
}

// pkg is the import path of the frame's function, as symbols have it.
func (f Frame) pkg() string {
	slash := strings.LastIndexByte(f.Func, '/') + 1
	last, _, _ := strings.Cut(f.Func[slash:], ".")
	return f.Func[:slash] + last
}

// authors reports whether the frame is in a file of an author's: neither in the
// standard library nor in our own runtime, nor in what the author took over from
// others.
func (f Frame) authors() bool {
	pkg := f.pkg()
	switch {
	case f.File == "", strings.HasPrefix(f.File, "_"), strings.HasPrefix(f.File, "vendor/"):
		return false
	case pkg == f.Func:
		return false // panic, which has no package
	case pkg == "main" && strings.HasPrefix(f.File, "mortise_"):
		return false // a worker's own program
	case strings.HasPrefix(pkg, "mortise/runtime/"):
		return strings.HasSuffix(f.File, "_test.go")
	}
	first, _, _ := strings.Cut(pkg, "/")
	if !standard(first) {
		return true
	}
	// Of a module that is called as a package of the library is: an author's
	// files do not stand under the whole import path.
	dir := path.Dir(f.File)
	first, _, _ = strings.Cut(dir, "/")
	return !path.IsAbs(dir) && !standard(first) && (dir == "." || strings.HasSuffix(pkg, "/"+dir))
}

// standard reports whether packages of the standard library begin with this
// element.
func standard(element string) bool {
	switch element {
	case "archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto", "database", "debug",
		"embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "internal",
		"io", "iter", "log", "maps", "math", "mime", "net", "os", "panic", "path", "plugin", "reflect", "regexp",
		"runtime", "slices", "sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time",
		"unicode", "unique", "unsafe", "vendor", "weak":
		return true
	}
	return false
}
