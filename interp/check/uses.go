package check

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"mortise/runtime/worker"
)

// families maps the methods of Context whose first argument is a name to the
// family of what they name.
var families = map[string]string{
	"REST": "rest", "Call": "service", "Go": "service", "Schedule": "service", "Secret": "secret", "Config": "config",
}

// findUses fills in Uses: the names that stand as constants in the source.
func (p *Package) findUses() {
	for _, f := range p.Files {
		for _, d := range f.AST.Decls {
			in := p.Name
			if fn, ok := d.(*ast.FuncDecl); ok {
				in = p.Name + "." + funcName(fn)
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					p.useOfCall(n, in)
				case *ast.CompositeLit:
					p.useOfInvocation(n, in)
				}
				return true
			})
		}
	}
}

// funcName returns a function's name, a method's with that of its type.
func funcName(fn *ast.FuncDecl) string {
	if fn.Recv != nil && len(fn.Recv.List) > 0 {
		if recv := embeddedName(fn.Recv.List[0].Type); recv != nil {
			return recv.Name + "." + fn.Name.Name
		}
	}
	return fn.Name.Name
}

func (p *Package) useOfCall(call *ast.CallExpr, in string) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	fn, ok := p.Info.Uses[sel.Sel].(*types.Func)
	if !ok || families[fn.Name()] == "" || fn.Signature().Recv() == nil {
		return
	}
	if recv, _ := deref(fn.Signature().Recv().Type()); !isContext(recv) {
		return
	}
	arg := call.Args[0]
	if s := p.Info.Selections[sel]; s != nil && s.Kind() == types.MethodExpr {
		if len(call.Args) < 2 {
			return
		}
		arg = call.Args[1]
	}
	p.use(families[fn.Name()], arg, in)
}

// useOfInvocation looks at the literals that FanOut takes.
func (p *Package) useOfInvocation(lit *ast.CompositeLit, in string) {
	n, ok := types.Unalias(p.Info.TypeOf(lit)).(*types.Named)
	if !ok || n.Obj().Name() != "Invocation" || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != sdkPath {
		return
	}
	for i, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Service" {
				p.use("service", kv.Value, in)
			}
		} else if i == 0 {
			p.use("service", e, in)
		}
	}
}

// use records a name where it is a constant.
func (p *Package) use(family string, arg ast.Expr, in string) {
	v := p.Info.Types[arg].Value
	if v == nil || v.Kind() != constant.String {
		return
	}
	p.Uses = append(p.Uses, worker.Use{Family: family, Name: strings.Clone(constant.StringVal(v)), In: in, At: p.Position(arg.Pos())})
}
