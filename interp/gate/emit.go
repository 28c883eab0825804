package gate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// Limits on what one package may cost.
const (
	maxInstances = 2000
	maxFaults    = 100
	maxOutput    = 32 << 20
)

// FileMark stands in front of the author's file name in the line directives of
// rewritten source: see AuthorFile.
const FileMark = "@/"

// fileTail ends the file names of line directives. The interpreter keeps imports
// by the last part of the file name, so that part is the same everywhere.
const fileTail = "/m"

// AuthorFile returns the author's file, relative to the project, for a file name
// as the interpreter reports it: it puts folders of its own in front. The second
// result is false where the name is not one of a line directive.
func AuthorFile(name string) (string, bool) {
	name = strings.ReplaceAll(name, "\\", "/")
	_, file, ok := strings.Cut(name, FileMark)
	return strings.TrimSuffix(file, fileTail), ok
}

// group is the packages that are judged together.
type group struct {
	units    map[string]*Unit
	verdicts map[string]*verdict // of packages that were judged already
}

// emitter writes one package.
type emitter struct {
	g       *group
	unit    *Unit
	number  uint32 // of the package, for notes
	faults  fault.List
	refused map[string]bool // places already refused
	decls   bytes.Buffer
	imports map[string]string // import path → name in the source
	project map[string]bool   // imported packages of the project
	taken   map[string]bool   // names of package level
	hoisted []hoistedType
	insts   map[string]string // key of an instance → name of its function
	queue   []func()
	notes   []Note
	depth   int
	foreign map[string]bool // imports already refused

	owns        map[string]*ownType  // types that boxes know, by key
	boxed       map[string]boxedType // those of which values are put into boxes, here or in packages that this one imports
	hosts       []types.Type         // types of the library that are put into interfaces of the project
	dispatchers map[string]*dispatch // methods of interfaces, by type and name
	loaders     map[string]string    // functions that unbox, by type as it is written
	asserters   map[string]string    // functions that assert
	typeInits   []string             // statements that define the types
	lists       []string             // statements that fill the lists of dispatchers

	walked    token.Pos         // a template over values of any type
	spaced    token.Pos         // a call of Sprint and the like with several operands, one of an interface type
	errs      *bool             // whether ownErrors has found one
	exact     bool              // the package looks at the value of recover
	helpers   map[string]bool   // functions of the rewritten source that are written
	accessors map[string]string // functions that read elements, by kind and type
}

func newEmitter(g *group, u *Unit, number uint32) *emitter {
	e := &emitter{
		g: g, unit: u, number: number, refused: map[string]bool{}, imports: map[string]string{}, project: map[string]bool{},
		taken: map[string]bool{}, insts: map[string]string{}, foreign: map[string]bool{},
		owns: map[string]*ownType{}, boxed: map[string]boxedType{}, dispatchers: map[string]*dispatch{}, loaders: map[string]string{},
		asserters: map[string]string{}, helpers: map[string]bool{}, accessors: map[string]string{}, exact: recovers(u),
	}
	for _, name := range u.Types.Scope().Names() {
		e.taken[name] = true
	}
	for _, name := range types.Universe.Names() {
		e.taken[name] = true
	}
	e.taken["init"], e.taken["main"] = true, true
	seen := map[string]bool{}
	e.see(u.Types, seen)
	for path := range seen {
		if v := g.verdicts[path]; v != nil {
			for key, b := range v.boxed {
				e.boxed[key] = boxedType{t: b.t, at: u.Files[0].Package}
			}
		}
	}
	return e
}

// position returns the author's place.
func (e *emitter) position(u *Unit, pos token.Pos) fault.Position {
	if !pos.IsValid() {
		return fault.Position{}
	}
	p := u.Fset.PositionFor(pos, false)
	return fault.Position{File: p.Filename, Line: p.Line, Column: p.Column}
}

// refuse notes that something is not run yet. What is a noun phrase.
func (e *emitter) refuse(pos token.Pos, code, what, hint string) {
	at := e.position(e.unit, pos)
	key := fmt.Sprintf("%s:%d %s", at.File, at.Line, code)
	if e.refused[key] || len(e.faults) >= maxFaults {
		return
	}
	e.refused[key] = true
	err := e.faults.Add(at, "gate."+code, "not live yet: %s", what)
	if hint != "" {
		err.WithHint("%s", hint)
	}
}

// use imports a package and returns the name it has in the source.
func (e *emitter) use(path string) string {
	if name, ok := e.imports[path]; ok {
		return name
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	base = "p_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, base)
	name := base
	for i := 2; e.taken[name]; i++ {
		name = base + strconv.Itoa(i)
	}
	e.taken[name] = true
	e.imports[path] = name
	if e.g.units[path] != nil {
		e.project[path] = true
	}
	return name
}

// note returns the statement that notes a place.
func (e *emitter) note(u *Unit, pos token.Pos, fname string) string {
	if u != e.unit || len(e.notes) >= 1<<NoteBits-2 {
		return ""
	}
	n := e.number<<NoteBits | uint32(len(e.notes)+1)
	e.notes = append(e.notes, Note{N: n, Func: fname, At: e.position(u, pos)})
	return "*mortiseNote = " + strconv.FormatUint(uint64(n), 10) + "; "
}

// line returns a directive that says where in the author's source the next
// token stands.
func (e *emitter) line(u *Unit, pos token.Pos) string {
	if u.Fset == nil || !pos.IsValid() || u.Path == libPath {
		return ""
	}
	p := u.Fset.PositionFor(pos, false)
	return fmt.Sprintf("/*line %s%s%s:%d:%d*/", FileMark, p.Filename, fileTail, p.Line, p.Column)
}

// run writes the package and returns its source.
func (e *emitter) run() []byte {
	e.checkNames()
	var funcs []*ast.FuncDecl
	for _, file := range e.unit.Files {
		for _, imp := range file.Imports {
			e.checkImport(imp)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				funcs = append(funcs, d)
			case *ast.GenDecl:
				e.genDecl(d)
			}
		}
	}
	inits := e.vars()
	for _, d := range funcs {
		if d.Recv == nil && d.Name.Name == "init" {
			name := fmt.Sprintf("mortise_init%d", len(inits))
			inits = append(inits, name+"()")
			e.function(e.unit, d, nil, name)
			continue
		}
		if d.Recv == nil && d.Name.Name == "_" {
			continue
		}
		obj, _ := e.unit.Info.Defs[d.Name].(*types.Func)
		if obj == nil {
			e.refuse(d.Pos(), "function", "this function", "")
			continue
		}
		sig := obj.Signature()
		if sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0 {
			continue // written out where it is used
		}
		e.function(e.unit, d, nil, e.funcName(obj))
	}
	e.writeDispatchers()
	e.checkSpaced()
	e.checkWalked()
	if e.decls.Len() >= maxOutput {
		e.refuse(e.unit.Files[0].Package, "size", "a package of this size", "split it")
	}
	return e.assemble(inits)
}

// drain writes what waits to be written.
func (e *emitter) drain() {
	for len(e.queue) > 0 && !e.tooMuch() {
		next := e.queue[0]
		e.queue = e.queue[1:]
		next()
	}
}

func (e *emitter) assemble(inits []string) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%spackage %s\n\nimport mortise_note %q\n", e.line(e.unit, e.unit.Files[0].Package), e.unit.Types.Name(), NotePath)
	paths := make([]string, 0, len(e.imports))
	for p := range e.imports {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	for _, p := range paths {
		fmt.Fprintf(&out, "import %s %q\n", e.imports[p], p)
	}
	out.WriteString("\nvar mortiseNote *uint32\n\nfunc init() {\nmortiseNote = mortise_note.Slot\n")
	for _, s := range slices.Concat(e.typeInits, e.lists, inits) {
		out.WriteString(s + "\n")
	}
	out.WriteString("}\n\n")
	out.Write(e.decls.Bytes())
	return out.Bytes()
}

// checkNames refuses names that are kept for rewritten source.
func (e *emitter) checkNames() {
	for id, obj := range e.unit.Info.Defs {
		if obj == nil {
			continue
		}
		if lower := strings.ToLower(id.Name); strings.HasPrefix(lower, "mortise") || strings.HasPrefix(id.Name, "p_") {
			if v, ok := obj.(*types.Var); ok && (v.IsField() || obj.Parent() != e.unit.Types.Scope()) {
				continue // locals are renamed, fields stand alone
			}
			if _, ok := obj.(*types.PkgName); ok {
				continue
			}
			e.refuse(id.Pos(), "name", fmt.Sprintf("the name %q", id.Name), `rename it: names that begin with "mortise" or "p_" are taken`)
		}
	}
}

func (e *emitter) checkImport(imp *ast.ImportSpec) {
	path, err := strconv.Unquote(imp.Path.Value)
	if err != nil || e.g.units[path] != nil {
		return
	}
	if imp.Name != nil && imp.Name.Name == "." {
		e.refuse(imp.Pos(), "import.dot", "an import with a dot", "import it by name")
	}
	if _, ok := library[path]; !ok {
		e.foreign[path] = true
		e.refuse(imp.Pos(), "import", fmt.Sprintf("the package %q", path), nearLibrary(path))
	}
}

// genDecl declares the struct types of package level. Constants are computed
// where they are used, and types that are not structs are written out.
func (e *emitter) genDecl(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		ts, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		obj, _ := e.unit.Info.Defs[ts.Name].(*types.TypeName)
		if obj == nil || obj.IsAlias() {
			continue
		}
		t, ok := obj.Type().(*types.Named)
		if !ok || t.TypeParams().Len() > 0 {
			continue
		}
		if st, ok := t.Underlying().(*types.Struct); ok {
			fmt.Fprintf(&e.decls, "%stype %s %s\n", e.line(e.unit, ts.Pos()), e.named(t, ts.Pos()), e.structType(st, ts.Pos()))
		}
	}
}

// vars declares the variables of package level and returns the statements that
// initialise them, in Go's order.
func (e *emitter) vars() []string {
	for _, name := range e.unit.Types.Scope().Names() {
		if v, ok := e.unit.Types.Scope().Lookup(name).(*types.Var); ok {
			if !ascii(name) {
				e.refuse(v.Pos(), "name", fmt.Sprintf("the name %q", name), "use the letters a to z")
			}
			fmt.Fprintf(&e.decls, "var %s %s\n", name, e.typ(v.Type(), v.Pos()))
		}
	}
	var inits []string
	for i, in := range e.unit.Info.InitOrder {
		name := fmt.Sprintf("mortise_var%d", i)
		f := e.newFn(e.unit, nil, in.Lhs[0].Name())
		f.analyse(in.Rhs)
		f.initVars(in)
		fmt.Fprintf(&e.decls, "func %s() {\n%s}\n", name, f.out.String())
		inits = append(inits, name+"()")
	}
	return inits
}

// funcName returns the name of a function or method in the rewritten source.
func (e *emitter) funcName(f *types.Func) string {
	recv := f.Signature().Recv()
	if !ascii(f.Name()) {
		e.refuse(f.Pos(), "name", fmt.Sprintf("the name %q", f.Name()), "use the letters a to z")
	}
	if recv == nil {
		return f.Name()
	}
	n := receiver(recv.Type())
	if n == nil {
		return f.Name()
	}
	return "Mortise_m_" + asciiOnly(n.Obj().Name()) + "_" + f.Name()
}

// receiver returns the named type of a method's receiver.
func receiver(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}
