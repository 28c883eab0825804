package gate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"mortise/interp/box"
)

func (f *fn) switchStmt(s *ast.SwitchStmt, label string) {
	f.w(s.Pos(), "{")
	if s.Init != nil {
		f.stmt(s.Init, "")
	}
	tag := ""
	var tagType types.Type = types.Typ[types.Bool]
	if s.Tag != nil {
		tagType = f.typeOf(s.Tag)
		if b, ok := tagType.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
			tagType = types.Default(tagType)
		}
		tag = f.fresh("_s")
		f.w(s.Pos(), "var %s %s = %s", tag, f.e.typ(tagType, s.Tag.Pos()), f.convAs(s.Tag, tagType))
	}
	f.cases(s, label, tag, tagType)
	f.out.WriteString("}\n")
}

// compare writes that a variable equals an expression.
func (f *fn) compare(name string, t types.Type, x ast.Expr) string {
	switch {
	case f.isNil(x):
	case types.IsInterface(t):
		return f.e.use(box.Path) + ".Equal(" + name + ", " + f.asAny(x) + ")"
	case types.IsInterface(f.typeOf(x)):
		return f.e.use(box.Path) + ".Equal(" + f.convText(name, t, types.NewInterfaceType(nil, nil), x.Pos()) + ", " + f.x(x) + ")"
	}
	return "(" + name + " == " + f.convAs(x, t) + ")"
}

// caseTest is one expression of a case: the statements before it, and what holds
// where the case is taken.
type caseTest struct {
	pre  []string
	text string
}

// cases writes the clauses of a switch over a variable, or over nothing.
func (f *fn) cases(s *ast.SwitchStmt, label, tag string, tagType types.Type) {
	f.flush()
	tests, apart := make([][]caseTest, len(s.Body.List)), false
	for i, c := range s.Body.List {
		clause, ok := c.(*ast.CaseClause)
		if !ok {
			continue
		}
		// The interpreter lets a default change places with the last case.
		apart = apart || clause.List == nil && i < len(s.Body.List)-1
		for j, x := range clause.List {
			t := f.caseTest(x, tag, tagType)
			tests[i] = append(tests[i], t)
			apart = apart || len(t.pre) > 0 || j < len(clause.List)-1 && startsWithType(t.text)
		}
	}
	if apart {
		tests = f.decide(s, tests)
	}
	f.push(token.SWITCH, label)
	f.w(s.Pos(), "switch {")
	for i, c := range s.Body.List {
		clause, ok := c.(*ast.CaseClause)
		if !ok {
			continue
		}
		if len(tests[i]) == 0 {
			f.w(clause.Pos(), "default:")
		} else {
			texts := make([]string, len(tests[i]))
			for j, t := range tests[i] {
				texts[j] = t.text
			}
			f.w(clause.Pos(), "case %s:", strings.Join(texts, " || "))
		}
		f.stmts(clause.Body)
	}
	f.pop()
	f.out.WriteString("}\n")
}

func (f *fn) caseTest(x ast.Expr, tag string, tagType types.Type) caseTest {
	t := caseTest{}
	if tag == "" {
		t.text = f.convAs(x, types.Typ[types.Bool])
	} else {
		t.text = f.compare(tag, tagType, x)
	}
	t.pre, f.pre = f.pre, nil
	return t
}

// decide writes which case is taken, as one if in the other, where that needs
// statements or where the interpreter would lose its way in what stands on the left
// of ||. It returns the tests that are left to do.
func (f *fn) decide(s *ast.SwitchStmt, tests [][]caseTest) [][]caseTest {
	which := f.fresh("_c")
	f.w(s.Pos(), "%s := 0", which)
	open := 0
	for i, list := range tests {
		for _, t := range list {
			for _, p := range t.pre {
				f.out.WriteString(p + "\n")
			}
			f.w(s.Body.List[i].Pos(), "if %s {\n%s = %d\n} else {", t.text, which, i+1)
			open++
		}
	}
	f.out.WriteString(strings.Repeat("}\n", open))
	left := make([][]caseTest, len(tests))
	for i, list := range tests {
		n := i + 1
		if len(list) == 0 {
			n = 0 // the default
		}
		left[i] = []caseTest{{text: fmt.Sprintf("(%s == %d)", which, n)}}
	}
	return left
}
