package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"unicode"
	"unicode/utf8"

	"mortise/runtime/fault"
	"mortise/runtime/shape"
)

const (
	sdkPath = "mortise/runtime/service"

	// signatureHint shows the form of a service.
	signatureHint = "a service reads `func %s(ctx *service.Context, in In) (Out, error)`; in and Out may be left out"
	helperHint    = "; a helper gets a name with a small letter, or stands outside of the folder \"services\""
)

// analyse finds services, uses and warnings in a package that was checked.
func (p *Package) analyse(services bool) {
	p.findUses()
	p.warnOfState()
	if services {
		p.findServices()
	}
}

// findServices fills in Services, with faults for what nearly is one.
func (p *Package) findServices() {
	if p.Name == "main" && len(p.Files) > 0 {
		p.Faults.Add(p.Position(p.Files[0].AST.Name.Pos()), "service.main", "package %q under \"services\" is a program, which services are not", "main").
			WithHint("name the package after its folder and remove the function main")
		return
	}
	var quiet fault.List
	if p.incomplete {
		// The shapes of what is broken have faults of their own that nobody needs.
		quiet = append(quiet, p.Faults...)
	}
	s := &shaper{pkg: p}
	for _, f := range p.Files {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				p.findService(fn, s)
			}
		}
	}
	if !p.incomplete {
		return
	}
	for _, f := range p.Faults[len(quiet):] {
		if strings.HasPrefix(f.Code, "service.") {
			quiet = append(quiet, f)
		}
	}
	p.Faults = quiet
}

func (p *Package) findService(fn *ast.FuncDecl, s *shaper) {
	obj, ok := p.Info.Defs[fn.Name].(*types.Func)
	if !ok || fn.Name.Name == "_" {
		return
	}
	sig := obj.Signature()
	takes := contextOf(sig)
	if takes == noContext && !wantsContext(sig, fn) {
		return
	}
	c := candidate{p: p, fn: fn, sig: sig, takes: takes}
	switch {
	case sig.Recv() != nil:
		c.method()
	case !fn.Name.IsExported():
		c.unexported(obj)
	case p.incomplete && strings.Contains(sig.String(), "invalid type"):
		// What the type checker does not know cannot be said to be wrong.
		p.Services = append(p.Services, c.service(s))
	case !c.nearMiss():
		p.Services = append(p.Services, c.service(s))
	}
}

// contextKind says how a function takes the Context of the SDK.
type contextKind int

const (
	noContext      contextKind = iota
	byPointer                  // first, as it should be
	byValue                    // first, without the *
	notFirst                   // behind another parameter
	plainContext               // a context.Context first
	pointerPointer             // **service.Context and the like
)

// contextOf returns how a function takes the Context.
func contextOf(sig *types.Signature) contextKind {
	for i := range sig.Params().Len() {
		t := types.Unalias(sig.Params().At(i).Type())
		kind := noContext
		switch elem, isPointer := deref(t); {
		case isContext(elem) && isPointer:
			kind = byPointer
		case isContext(elem):
			kind = byValue
		}
		switch {
		case kind != noContext && i > 0:
			return notFirst
		case kind != noContext:
			return kind
		}
	}
	if sig.Params().Len() > 0 && types.TypeString(types.Unalias(sig.Params().At(0).Type()), nil) == "context.Context" {
		return plainContext
	}
	return noContext
}

func isContext(t types.Type) bool {
	n, ok := t.(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == sdkPath
}

// wantsContext reports whether a function without the Context still looks as if
// it were meant as a service.
func wantsContext(sig *types.Signature, fn *ast.FuncDecl) bool {
	if sig.Recv() != nil || !fn.Name.IsExported() || sig.Params().Len() == 0 || sig.TypeParams().Len() > 0 {
		return false
	}
	return contextOf(sig) == plainContext
}

// candidate is a function that is a service or nearly one.
type candidate struct {
	p     *Package
	fn    *ast.FuncDecl
	sig   *types.Signature
	takes contextKind
}

func (c candidate) fault(pos token.Pos, code, format string, args ...any) *fault.Error {
	return c.p.Faults.Add(c.p.Position(pos), code, format, args...)
}

func (c candidate) warn(pos token.Pos, code, format string, args ...any) *fault.Error {
	return c.p.Warnings.Add(c.p.Position(pos), code, format, args...)
}

func (c candidate) name() string { return c.fn.Name.Name }

// method warns of methods that would be services if they were functions.
func (c candidate) method() {
	if c.takes != byPointer || !c.fn.Name.IsExported() || !c.fits() {
		return
	}
	recv, _ := deref(c.sig.Recv().Type())
	if n, ok := recv.(*types.Named); ok && n.Obj().Exported() {
		c.warn(c.fn.Name.Pos(), "service.method", "%q is a method of %q, so it is not a service", c.name(), n.Obj().Name()).
			WithHint("write it as a function: `func %s(ctx *service.Context, …)`", c.name())
	}
}

// unexported warns of functions that only lack a capital letter to be services,
// and that nobody calls.
func (c candidate) unexported(obj *types.Func) {
	if c.takes != byPointer || !c.fits() || c.p.mentions(obj) {
		return
	}
	c.warn(c.fn.Name.Pos(), "service.unexported", "%q is not a service, because its name begins with a small letter, and nothing calls it", c.name()).
		WithHint("call it %q", exportedName(c.name()))
}

// fits reports whether a function has one of the four signatures.
func (c candidate) fits() bool {
	params, results := c.sig.Params().Len(), c.sig.Results().Len()
	return c.sig.TypeParams().Len() == 0 && !c.sig.Variadic() && params <= 2 && results >= 1 && results <= 2 &&
		isError(c.sig.Results().At(results-1).Type()) && (results == 1 || !isError(c.sig.Results().At(0).Type())) &&
		(params == 1 || c.structInput())
}

func (c candidate) structInput() bool {
	_, ok := c.sig.Params().At(1).Type().Underlying().(*types.Struct)
	return ok
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// mentions reports whether the package uses an object anywhere.
func (p *Package) mentions(obj types.Object) bool {
	for _, o := range p.Info.Uses {
		if o == obj {
			return true
		}
	}
	return false
}

// nearMiss reports the first thing that keeps a function with a Context from
// being a service, and whether there is one.
func (c candidate) nearMiss() bool {
	before := len(c.p.Faults) + len(c.p.Warnings)
	switch {
	case c.takes == plainContext:
		if c.sig.Results().Len() > 0 && c.sig.Params().Len() <= 2 && c.fitsButContext() {
			c.warn(c.fn.Type.Params.List[0].Type.Pos(), "service.context", "%q takes a context.Context, so it is not a service", c.name()).
				WithHint("write `ctx *service.Context`, which is a context.Context too" + helperHint)
		}
		return true
	case c.takes == byValue:
		c.fault(c.fn.Type.Params.List[0].Type.Pos(), "service.context", "service %q takes the Context by value", c.name()).
			WithHint("write `ctx *service.Context`, with a *")
	case c.takes == notFirst:
		c.fault(c.fn.Name.Pos(), "service.context", "service %q takes the Context behind another parameter", c.name()).
			WithHint("the Context comes first: "+signatureHint+helperHint, c.name())
	case c.sig.TypeParams().Len() > 0:
		c.fault(c.fn.Name.Pos(), "service.generic", "service %q has type parameters", c.name()).
			WithHint("give it types of its own" + helperHint)
	case c.sig.Variadic():
		c.fault(c.fn.Name.Pos(), "service.input", "service %q takes any number of inputs", c.name()).
			WithHint("put a list into a struct: `in struct{ Items []Item }`" + helperHint)
	case c.sig.Params().Len() > 2:
		c.fault(c.fn.Name.Pos(), "service.input", "service %q takes %d inputs beside the Context", c.name(), c.sig.Params().Len()-1).
			WithHint("put them into one struct" + helperHint)
	default:
		c.missedInput()
		c.missedResults()
	}
	return len(c.p.Faults)+len(c.p.Warnings) > before
}

// fitsButContext reports whether a function is a service but for its Context.
func (c candidate) fitsButContext() bool {
	return c.fits() || (c.sig.Params().Len() == 1 && c.sig.Results().Len() == 1 && isError(c.sig.Results().At(0).Type()))
}

func (c candidate) missedInput() {
	if c.sig.Params().Len() < 2 || c.structInput() {
		return
	}
	in := c.sig.Params().At(1)
	pos := c.fieldPos(c.fn.Type.Params, 1)
	elem, isPointer := deref(in.Type())
	if _, ok := elem.Underlying().(*types.Struct); ok && isPointer {
		c.fault(pos, "service.input", "service %q takes its input by pointer", c.name()).
			WithHint("take it by value, without the *: `in %s`", types.TypeString(elem, types.RelativeTo(c.p.Types)))
		return
	}
	if in.Type().Underlying() == types.Typ[types.Invalid] {
		return
	}
	c.fault(pos, "service.input", "service %q takes its input as %s, and an input is a struct", c.name(), types.TypeString(in.Type(), types.RelativeTo(c.p.Types))).
		WithHint("make a struct of it, as in `in struct{ %s %s }`"+helperHint, fieldName(in.Name()), types.TypeString(in.Type(), types.RelativeTo(c.p.Types)))
}

func (c candidate) missedResults() {
	results := c.sig.Results()
	switch n := results.Len(); {
	case n == 0:
		c.fault(c.fn.Name.Pos(), "service.result", "service %q returns no error", c.name()).
			WithHint("write `error` behind its parameters, and `return nil` at its end")
	case n > 2:
		c.fault(c.fn.Name.Pos(), "service.result", "service %q returns %d values", c.name(), n).
			WithHint("return one struct and an error")
	case isError(results.At(0).Type()) && n == 2:
		c.fault(c.fieldPos(c.fn.Type.Results, 0), "service.result", "service %q returns its error first", c.name()).
			WithHint("the error comes last: `(%s, error)`", types.TypeString(results.At(1).Type(), types.RelativeTo(c.p.Types)))
	case !isError(results.At(n - 1).Type()):
		if n == 2 {
			c.fault(c.fieldPos(c.fn.Type.Results, 1), "service.result", "the last result of service %q is no error", c.name()).
				WithHint("return one value and an error")
			return
		}
		c.fault(c.fieldPos(c.fn.Type.Results, 0), "service.result", "service %q returns no error", c.name()).
			WithHint("write `(%s, error)`, and `, nil` behind what it returns", types.TypeString(results.At(0).Type(), types.RelativeTo(c.p.Types)))
	}
}

// fieldPos returns where the type of the n-th parameter or result stands.
func (c candidate) fieldPos(list *ast.FieldList, n int) token.Pos {
	for _, f := range list.List {
		if n -= max(len(f.Names), 1); n < 0 {
			return f.Type.Pos()
		}
	}
	return c.fn.Name.Pos()
}

// service describes a function that is a service.
func (c candidate) service(s *shaper) shape.Service {
	svc := shape.Service{
		Name: c.p.Name + "." + c.name(), Package: c.p.Path, Func: c.name(),
		Doc: text(c.fn.Doc), At: c.p.Position(c.fn.Name.Pos()),
	}
	if c.sig.Params().Len() == 2 {
		at := c.p.Position(c.fieldPos(c.fn.Type.Params, 1))
		svc.In = s.of(c.sig.Params().At(1).Type(), place{at, "the input of \"" + svc.Name + "\""})
	}
	if c.sig.Results().Len() == 2 {
		at := c.p.Position(c.fieldPos(c.fn.Type.Results, 0))
		svc.Out = s.of(c.sig.Results().At(0).Type(), place{at, "the output of \"" + svc.Name + "\""})
	}
	return svc
}

// exportedName returns a name with a capital first letter.
func exportedName(name string) string {
	name = strings.TrimLeft(name, "_")
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}

func fieldName(param string) string {
	if param == "" || param == "_" || param == "in" {
		return "Value"
	}
	return exportedName(param)
}
