package gate

import (
	"go/ast"
	"slices"
	"strings"
)

// inOrder keeps the order of calls where statements were put before the one in hand
// since there were n of them: the parts that are written already and that call
// something come before those statements, as variables.
func (f *fn) inOrder(n int, parts []string, xs []ast.Expr) {
	if !slices.ContainsFunc(f.pre[n:], actingText) {
		return
	}
	later := slices.Clone(f.pre[n:])
	f.pre = f.pre[:n:n]
	for i, x := range xs[:len(parts)] {
		if f.acts(x) && !simple(parts[i]) {
			parts[i] = f.hoistFixed(parts[i])
		}
	}
	f.pre = append(f.pre, later...)
}

// actingText reports whether a statement that was put before another may call
// something. One that only takes a function does not.
func actingText(s string) bool {
	return strings.Contains(s, "(") && !strings.Contains(s, " := func") && !strings.HasPrefix(s, "var m_fn") && !strings.HasPrefix(s, "*mortiseNote")
}

// two writes the two sides of an operation, the left one first.
func (f *fn) two(x *ast.BinaryExpr, left, right func() string) (string, string) {
	l := left()
	n := len(f.pre)
	r := right()
	parts := []string{l}
	f.inOrder(n, parts, []ast.Expr{x.X})
	return parts[0], r
}
