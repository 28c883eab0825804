package gate

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"mortise/interp/box"
)

// unknownFormat reports whether a call formats values that may be boxes by a
// format of which the gate does not know what it does with each of them.
func (f *fn) unknownFormat(c *ast.CallExpr, s *sink) bool {
	if s.kind != sinkFormat || len(c.Args) < s.format+2 || f.retyped(c, s) {
		return false
	}
	return slices.ContainsFunc(c.Args[s.format+1:], func(a ast.Expr) bool {
		t := f.typeOf(a)
		return c.Ellipsis.IsValid() || types.IsInterface(t) || f.e.mentionsOwn(t)
	})
}

// formatted writes the arguments of a call whose format is not known: package box
// makes of it and of its operands what fmt prints as it would print the operands
// themselves.
func (f *fn) formatted(c *ast.CallExpr, parts []string, s *sink) string {
	operands := strings.Join(parts[s.format:], ", ")
	if c.Ellipsis.IsValid() {
		operands += "..."
	}
	p := f.e.use(box.Path)
	switch s.name {
	case "fmt.Errorf":
		return operands // of the function of package box
	case "fmt.Printf", "fmt.Sprintf", "fmt.Fprintf", "fmt.Appendf":
		return strings.Join(append(parts[:s.format:s.format], `"%s"`, p+".Sprintf("+operands+")"), ", ")
	}
	for i, part := range parts[:s.format] {
		if !simple(part) && !constantText(part) {
			parts[i] = f.hoistFixed(part)
		}
	}
	format, list := f.fresh("_f"), f.fresh("_l")
	f.pre = append(f.pre, format+", "+list+" := "+p+".Format("+operands+")")
	return strings.Join(append(parts[:s.format:s.format], format, list+"..."), ", ")
}

// checkWrap refuses the verb %w where fmt prints the type of its operand instead.
func (f *fn) checkWrap(a ast.Expr, v verb, s *sink, isError bool) {
	if v.letter != 'w' {
		return
	}
	switch s.name {
	case "fmt.Printf", "fmt.Sprintf", "fmt.Fprintf", "fmt.Appendf":
		isError = false
	}
	if !isError {
		f.refuse(a, "format", "the verb %w with what is no error, or where nothing is wrapped", "use %v")
	}
}

func (e *emitter) errorType() *types.Interface {
	i, _ := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	return i
}
