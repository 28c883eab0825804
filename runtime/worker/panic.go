package worker

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"mortise/runtime/fault"
)

// Recovered is the error of a service that panicked: the panic's text in plain
// words and the place in the author's file. Its cause is the panic's value, where
// that is an error.
func Recovered(name string, value any, stack []byte) *fault.Error {
	what, hint := Explain(fmt.Sprint(value))
	e := fault.New(fault.Internal, "service.panic", "%s: %s", name, what)
	e.Hint = hint
	cause, _ := value.(error)
	e.Err = panicked{cause, stack}
	frames := parseStack(strings.Split(string(stack), "\n")[1:])
	from := 0
	for i, f := range frames { // the first panic is the lowest in the stack
		if f.Func == "panic" {
			from = i + 1
		}
	}
	_, e.At = Trace{Frames: frames[from:]}.Find(nil)
	return e
}

// panicked is the cause of such an error. Its text stands in the error already.
type panicked struct {
	cause error
	stack []byte
}

func (p panicked) Error() string { return "" }
func (p panicked) Unwrap() error { return p.cause }

// maxPanic bounds what of a panic's text goes into an error.
const maxPanic = 1000

// Explain says in plain words what a panic with a text means, and what to do
// about it; the hint may be "".
func Explain(text string) (what, hint string) {
	rest, isRuntime := strings.CutPrefix(text, "runtime error: ")
	switch {
	case isRuntime && strings.Contains(rest, "nil pointer dereference"):
		return "nil dereference: a pointer or interface that is nil was used", "compare it with nil first"
	case strings.HasPrefix(rest, "assignment to entry in nil map"):
		return "a value was put into a map that is nil", "make the map first, with make or a literal"
	case !isRuntime:
		return "panic: " + clip(text, maxPanic), ""
	case strings.HasPrefix(rest, "index out of range"), strings.HasPrefix(rest, "slice bounds out of range"):
		return rest, "compare the index with len first"
	case strings.HasPrefix(rest, "makeslice: "):
		return rest, "check the size before make"
	}
	return rest, ""
}

// Exiting is to be called when the program ends by os.Exit, in the goroutine that
// calls it: it writes for the host where that is. A program that ends in the
// regular way, or by its own main function, is none of its business.
func Exiting() {
	stack := debug.Stack()
	if text := string(stack); strings.Contains(text, "\nos.Exit(") && !strings.Contains(text, "\nmain.main(") {
		_, _ = fmt.Fprintf(os.Stderr, "fatal error: %s\n\n%s\n", exitMessage, stack)
	}
}
