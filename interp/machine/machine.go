// Package machine is the interpreter as workers use it: one yaegi interpreter
// that holds a group of packages and those that they import, with the symbols
// that they need and no others. The gate's tests run on it too, so that what was
// proven is what runs.
package machine

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	yaegi "github.com/traefik/yaegi/interp"

	"mortise/interp/box"
	"mortise/interp/symbols"
	"mortise/runtime/fault"
)

// NotePath is the import path under which code finds the slot for its position,
// as the variable Slot of type *uint32.
const NotePath = "mortise/interp/note"

// Package is one package in the form that the gate writes.
type Package struct {
	Path    string   // import path
	Name    string   // package name
	Source  []byte   // the whole package as one file
	Imports []string // packages whose symbols it needs, NotePath among them where it notes positions
}

// Options say what the code in a machine is given.
type Options struct {
	Slot   *uint32   // where it notes its position; nil is memory that nobody reads
	Stdout io.Writer // of print and println; nil discards
	// Place says where a panic was: note is the position that was noted last,
	// entry the beginning of the innermost function. The interpreter itself
	// knows no more than that. Nil is entry.
	Place func(note uint32, entry fault.Position) fault.Position
	// Stranded is told of a panic in a goroutine that the code itself started,
	// once for each frame, innermost first, before the panic ends the process.
	Stranded func(at fault.Position)
}

// Machine is an interpreter with its packages loaded and initialized.
type Machine struct {
	in    *yaegi.Interpreter
	trace *trace
	slot  *uint32
	funcs map[string]map[string]reflect.Value // by import path and name
}

// Load makes a machine of packages that stand after those that they import. Code
// that panics while it is initialized, and code that the interpreter does not
// take, is a fault with its place.
func Load(pkgs []*Package, opts Options) (*Machine, error) {
	if opts.Slot == nil {
		opts.Slot = new(uint32)
	}
	m := &Machine{slot: opts.Slot, trace: newTrace(pkgs, opts), funcs: map[string]map[string]reflect.Value{}}
	if opts.Stdout == nil {
		opts.Stdout = io.Discard
	}
	src := make(source, len(pkgs))
	var imports []string
	seen := map[string]bool{NotePath: true, box.Path: true}
	for _, p := range pkgs {
		src[p.Path] = p.Source
		for _, path := range p.Imports {
			if !seen[path] {
				seen[path] = true
				imports = append(imports, path)
			}
		}
	}
	exports, err := symbols.Exports(imports...)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interp.symbols", err, "prepare the interpreter")
	}
	exports[box.Path+"/box"] = box.NewRegistry().Symbols()
	exports[NotePath+"/note"] = symbols.Table{"Slot": reflect.ValueOf(&m.slot).Elem()}

	m.in = yaegi.New(yaegi.Options{
		GoPath: ".", SourcecodeFilesystem: src,
		Stdin: strings.NewReader(""), Stdout: opts.Stdout, Stderr: m.trace,
		Args: []string{}, Env: []string{},
	})
	if err := m.in.Use(exports); err != nil {
		return nil, fault.Wrap(fault.Internal, "interp.symbols", err, "prepare the interpreter")
	}
	for _, p := range pkgs {
		if err := m.load(p); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// load compiles and initializes one package.
func (m *Machine) load(p *Package) error {
	err := m.Guard(fmt.Sprintf("initialize package %q", p.Path), func() error {
		if _, err := m.in.EvalPath(p.Path); err != nil {
			return m.refused(p, err)
		}
		m.funcs[p.Path] = m.in.Symbols(p.Path)[p.Path]
		return nil
	})
	return err
}

// Func returns an exported function of a loaded package as a value that can be
// called by several goroutines, and false where there is none.
func (m *Machine) Func(path, name string) (reflect.Value, bool) {
	f, ok := m.funcs[path][name]
	return f, ok && f.Kind() == reflect.Func
}

// refused is the fault of source that the interpreter does not take. The gate
// should have refused it, so it is our mistake, but the author can go round it.
func (m *Machine) refused(p *Package, err error) error {
	at, text := m.trace.position(err.Error())
	return fault.New(fault.Internal, "interp.load", "package %q: the interpreter does not take it: %s", p.Path, text).
		WithAt(at).WithHint("write this place in another way; that the check let it pass is a mistake in Mortise")
}
