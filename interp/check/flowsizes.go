package check

import (
	"go/ast"

	"mortise/runtime/fault"
)

// maxFlow is how many types the type of one expression may consist of where it
// was put together by calls of generic functions.
const maxFlow = 10_000

// tooLargeFlow returns a fault where calls of generic functions may put together
// a type that is too large to be worked with. A few lines in which each doubles
// the type of the one before would otherwise keep the type checker busy for ever.
func tooLargeFlow(p *Package) *fault.Error {
	s := &flowSizes{
		types:   &typeSizes{imports: p.Imports, sizes: p.typeSizes, factors: p.typeFactors},
		results: map[string][]genericResult{}, plain: map[string]bool{}, fields: map[string]int{},
		globals: map[string]ast.Expr{}, sizes: map[ast.Expr]int{}, scopes: []map[string]int{{}},
	}
	p.flow = s
	for _, f := range p.Files {
		for _, d := range f.AST.Decls {
			s.declare(d)
		}
	}
	for _, q := range p.Imports {
		if q.flow != nil {
			s.imports = append(s.imports, q.flow)
		}
	}
	for _, f := range p.Files {
		for _, d := range f.AST.Decls {
			if at := s.walk(d); at != nil {
				return fault.New(fault.Invalid, "go.type-size", "the type here may consist of more than %d others", maxFlow).
					WithAt(p.Position(at.Pos())).WithHint("give what is in between a named type that is not generic")
			}
		}
	}
	s.sizes, s.globals, s.scopes = nil, nil, nil
	return nil
}

// flowSizes estimates how many types the types of expressions consist of. Where a
// name may mean several functions it takes the one that gives the largest. It
// does not look into embedded fields, whose types are written out.
type flowSizes struct {
	types   *typeSizes
	imports []*flowSizes
	results map[string][]genericResult // of generic functions and methods
	plain   map[string]bool            // functions that are not generic
	fields  map[string]int             // of generic structs: how often they name one parameter at most

	globals map[string]ast.Expr
	sizes   map[ast.Expr]int
	scopes  []map[string]int // what is declared around here, the innermost last
}

// genericResult says how the size of a call follows from those of its arguments.
type genericResult struct {
	receiver int         // how often the results name one parameter of the receiver at most
	params   []typeParam // of the function
	args     int         // parameters of the function's signature
}

// typeParam is a type parameter of a function.
type typeParam struct {
	times   int    // how often the results name it
	in      []bool // whether the arguments' types name it
	derived bool   // its type may stand inside of that of another parameter
}

func (s *flowSizes) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		s.declareFunc(d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for i, n := range spec.Names {
					if len(spec.Values) > 0 {
						s.globals[n.Name] = spec.Values[min(i, len(spec.Values)-1)]
					}
				}
			case *ast.TypeSpec:
				if st, ok := spec.Type.(*ast.StructType); ok {
					for _, f := range st.Fields.List {
						for _, n := range f.Names {
							for _, param := range namesOf(spec.TypeParams) {
								s.fields[n.Name] = max(s.fields[n.Name], s.types.count(f.Type, param, true))
							}
						}
					}
				}
			}
		}
	}
}

func (s *flowSizes) declareFunc(d *ast.FuncDecl) {
	var r genericResult
	result := &ast.FuncType{Results: d.Type.Results}
	if d.Recv != nil && len(d.Recv.List) == 1 {
		for _, param := range receiverParams(d.Recv.List[0].Type) {
			r.receiver = max(r.receiver, s.types.count(result, param, true))
		}
	}
	names := namesOf(d.Type.TypeParams)
	if d.Type.TypeParams != nil {
		for _, f := range d.Type.TypeParams.List {
			derived := false
			for _, other := range names {
				derived = derived || s.types.count(f.Type, other, true) > 0
			}
			for _, n := range f.Names {
				r.params = append(r.params, typeParam{times: s.types.count(result, n.Name, true), derived: derived})
			}
		}
	}
	for _, f := range d.Type.Params.List {
		for range max(len(f.Names), 1) {
			r.args++
			for i := range r.params {
				r.params[i].in = append(r.params[i].in, s.types.count(f.Type, names[i], true) > 0)
			}
		}
	}
	for i := range r.params {
		for _, f := range d.Type.TypeParams.List {
			if s.types.count(f.Type, names[i], true) > 0 {
				r.params[i].derived = true
			}
		}
	}
	if r.receiver == 0 && len(r.params) == 0 {
		if d.Recv == nil {
			s.plain[d.Name.Name] = true
		}
		return
	}
	s.results[d.Name.Name] = append(s.results[d.Name.Name], r)
}

// receiverParams returns the names that a receiver gives to its type's
// parameters.
func receiverParams(e ast.Expr) []string {
	var args []ast.Expr
	switch e := ast.Unparen(e).(type) {
	case *ast.StarExpr:
		return receiverParams(e.X)
	case *ast.IndexExpr:
		args = []ast.Expr{e.Index}
	case *ast.IndexListExpr:
		args = e.Indices
	}
	var out []string
	for _, a := range args {
		if id, ok := a.(*ast.Ident); ok {
			out = append(out, id.Name)
		}
	}
	return out
}

// of returns the size of what a call returns. Types that are inferred from one
// argument stand beside each other in it, so that the largest of them counts; a
// derived one may stand inside of another.
func (r genericResult) of(receiver int, args []int, types []int) int {
	total := 1 + r.receiver*receiver
	all := 1
	for _, n := range append(args, types...) {
		all = max(all, n)
	}
	times := make([]int, len(args))
	for i, p := range r.params {
		if p.times == 0 {
			continue
		}
		from := -1
		for j, n := range args {
			if p.in[min(j, len(p.in)-1)] && (from < 0 || n > args[from]) {
				from = j
			}
		}
		switch {
		case i < len(types):
			total += p.times * types[i]
		case from < 0 || p.derived:
			total += p.times * all
		default:
			times[from] = max(times[from], p.times)
		}
		total = min(total, 2*maxFlow)
	}
	for j, n := range args {
		total = min(total+times[j]*n, 2*maxFlow)
	}
	return total
}
