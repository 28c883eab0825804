package gate

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"sync"
)

// libPath is the import path of the functions that library calls are written
// out from.
const libPath = "mortise/interp/gate/lib"

//go:embed lib/lib.go.txt
var libSource string

// lib is the functions that library calls are written out from, parsed and
// checked once.
var lib = sync.OnceValues(func() (*Unit, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "lib.go", libSource, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{IgnoreFuncBodies: false, GoVersion: "go1.26"}
	pkg, err := conf.Check(libPath, fset, []*ast.File{file}, info)
	if err != nil {
		return nil, err
	}
	return &Unit{Path: libPath, Fset: fset, Files: []*ast.File{file}, Types: pkg, Info: info}, nil
})

// libInstance returns the function that a function of lib became for some type
// arguments.
func (e *emitter) libInstance(at ast.Expr, f *fn, name string, args []types.Type) string {
	u, err := lib()
	if err != nil {
		panic(err)
	}
	obj, ok := u.Types.Scope().Lookup(name).(*types.Func)
	if !ok || obj.Signature().TypeParams().Len() != len(args) {
		f.refuse(at, "library.generic", strings.Replace(name, "_", ".", 1), "write a loop")
		return "nil"
	}
	return e.instance(at, f, obj, args)
}

// instance returns the name of the function that a generic function became for
// some type arguments, and queues it to be written where it is new.
func (e *emitter) instance(at ast.Expr, f *fn, obj *types.Func, args []types.Type) string {
	if len(f.targs) > 0 && f.depthOfTypes(args) > 20 || len(e.insts) > maxInstances {
		f.refuse(at, "generic.many", "so many instances of a generic function", "")
		return "nil"
	}
	u := e.unitOf(obj)
	if u == nil {
		f.refuse(at, "library.generic", fmt.Sprintf("%s.%s", obj.Pkg().Name(), obj.Name()), "write a loop")
		return "nil"
	}
	keys := make([]string, len(args))
	for i, a := range args {
		// Types that look the same at run time and have no methods that tell
		// them apart still count as two.
		keys[i] = types.TypeString(a, nil)
		if n := receiver(a); n != nil && n.Obj().Parent() != nil && n.Obj().Pkg() != nil && n.Obj().Parent() != n.Obj().Pkg().Scope() {
			keys[i] += fmt.Sprintf("@%d", n.Obj().Pos())
		}
	}
	key := obj.FullName() + "[" + strings.Join(keys, ",") + "]"
	if name, ok := e.insts[key]; ok {
		return name
	}
	d := funcDecl(u, obj)
	if d == nil {
		f.refuse(at, "generic", "this generic function", "")
		return "nil"
	}
	name := fmt.Sprintf("Mortise_g%d_%s", len(e.insts)+1, asciiOnly(obj.Name()))
	e.insts[key] = name
	params := obj.Signature().TypeParams()
	if obj.Signature().Recv() != nil {
		params = obj.Signature().RecvTypeParams()
	}
	targs := make(map[*types.TypeParam]types.Type, len(args))
	for i := range params.Len() {
		if i < len(args) {
			targs[params.At(i)] = args[i]
		}
	}
	e.queue = append(e.queue, func() { e.function(u, d, targs, name) })
	return name
}

func (f *fn) depthOfTypes(args []types.Type) int {
	deepest := 0
	for _, a := range args {
		deepest = max(deepest, strings.Count(types.TypeString(a, nil), "["))
	}
	return deepest
}

func (e *emitter) unitOf(obj *types.Func) *Unit {
	if obj.Pkg() == nil {
		return nil
	}
	if obj.Pkg().Path() == libPath {
		u, _ := lib()
		return u
	}
	return e.g.units[obj.Pkg().Path()]
}

func funcDecl(u *Unit, obj *types.Func) *ast.FuncDecl {
	for _, file := range u.Files {
		for _, d := range file.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok && u.Info.Defs[fd.Name] == obj {
				return fd
			}
		}
	}
	return nil
}
