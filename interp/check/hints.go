package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/astutil"

	"mortise/runtime/fault"
)

// hinter says in plain words what to do about one error of the type checker.
type hinter struct {
	c     *Checker
	pkg   *Package
	e     types.Error
	code  int
	names *[]string  // of the package and the language, once they were asked for
	nodes []ast.Node // the syntax round the error, innermost first
}

// fixedHints are those that need no look at the source.
var fixedHints = map[int]string{
	codeUnusedVar:                "use it, or remove it",
	codeNoNewVar:                 "write = instead of :=, because every name on the left is there already",
	codeUnusedResults:            "give the result a name, or write _ = in front",
	codeUntypedNilUse:            "say of which type it is: `var x *T`",
	codeInvalidInitCycle:         "break the circle: set one of them in a function",
	codeInvalidTypeCycle:         "put a * in front of one of the types, so that it points to itself instead of holding itself",
	codeMisplacedLabel:           "name a label that stands in front of the loop round this line",
	codeInvalidStructLit:         "write the field's name in front of every value: then fields may be left out",
	codeNonSliceableOperand:      "only lists and texts can be cut with [ : ]",
	codeNotAType:                 "a type is wanted here, such as string, int or the name of a struct",
	codeNotAnExpr:                "a value is wanted here, and this is a type: write T{} or T(…)",
	codeInvalidDeclCycle:         "break the circle",
	codeDuplicateCase:            "remove one of the cases",
	codeDuplicateDefault:         "a switch has one default",
	codeDuplicateLitKey:          "every key stands once",
	codeDuplicateLitField:        "every field stands once",
	codeMixedStructLit:           "write the field's name in front of every value",
	codeUnexportedLitField:       "names with a small letter are only for their own package",
	codeInvalidMainDecl:          "the function main takes nothing and returns nothing",
	codeInvalidInitDecl:          "the function init takes nothing and returns nothing",
	codeUnusedLabel:              "remove the label, or name it in a break or continue",
	codeMisplacedBreak:           "break stands in a loop, a switch or a select",
	codeMisplacedContinue:        "continue stands in a loop",
	codeMisplacedFallthrough:     "fallthrough is the last line of a case",
	codeInvalidIterVar:           "range gives at most a position and a value here",
	codeInvalidRangeExpr:         "range goes over lists, maps, texts, channels, whole numbers and iterator functions",
	codeInvalidCond:              "a condition is true or false: compare with ==, != or <",
	codeInvalidCall:              "only functions are called with ( )",
	codeNonIndexableOperand:      "only lists, maps and texts have elements in [ ]",
	codeInvalidIndirection:       "remove the *: this is no pointer",
	codeUnaddressableOperand:     "put the value into a variable first, then take its address",
	codeUnaddressableFieldAssign: "take the struct out of the map, change it, and put it back: x := m[key]; x.Field = …; m[key] = x",
	codeDivByZero:                "guard against 0 before you divide",
	codeNumericOverflow:          "use a larger type, such as int64 or float64",
	codeTruncatedFloat:           "a whole number has no fraction: use float64, or round first",
	codeInvalidIndex:             "count elements from 0 to len(x)-1",
	codeInvalidDefer:             "defer is followed by a call: defer f()",
	codeInvalidGo:                "go is followed by a call: go f()",
	codeUnsupportedFeature:       fmt.Sprintf("raise the version in go.mod: go 1.%d", languageVersion),
	codeCannotInferTypeArgs:      "write the type in brackets: f[int](…)",
	codeInvalidTypeArg:           "this type does not fit the function's constraint",
	codeIncomparableMapKey:       "keys are texts, numbers or structs of those",
	codeUndefinedOp:              "this operator does not go with this type",
	codeUnassignableOperand:      "only variables, fields, elements of lists and maps can be set",
	codeMissingInitBody:          "write the function's body in { }",
	codeInvalidBlank:             "_ throws a value away; give it a name to use it",
	codeImpossibleAssert:         "this type lacks methods of the interface",
	codeUndeclaredLabel:          "write the label and a colon in front of the loop",
	codeInvalidRecv:              "methods belong to types of the same package",
	codeInvalidMethodExpr:        "write a value in front, not a type",
	codeInvalidDotDotDot:         "... stands behind the last parameter or argument only",
	codeNonVariadicDotDotDot:     "remove the ..., because the function takes a fixed number of arguments",
}

func (h hinter) hint() string {
	h.locate()
	if strings.Contains(h.e.Msg, "requires go1.") {
		return fixedHints[codeUnsupportedFeature]
	}
	if hint := h.special(); hint != "" {
		return hint
	}
	if hint := fixedHints[h.code]; hint != "" {
		return hint
	}
	return "change this place so that it does as the message says"
}

func (h hinter) special() string {
	switch h.code {
	case codeUnusedImport:
		return h.unusedImport()
	case codeUndeclaredName:
		return h.undeclared()
	case codeUndeclaredImportedName, codeUnexportedName:
		return h.undeclaredIn()
	case codeMissingFieldOrMethod:
		return h.missingMember()
	case codeMissingLitField:
		return h.missingLitField()
	case codeWrongArgCount:
		return h.wrongArgs()
	case codeWrongResultCount, codeWrongAssignCount:
		return h.wrongCount()
	case codeMissingReturn:
		return h.missingReturn()
	case codeIncompatibleAssign, codeMismatchedTypes, codeInvalidUntypedConversion, codeInvalidConversion, codeInvalidIfaceAssign, codeUntypedNilUse:
		return h.mismatch()
	case codeUnusedExpr:
		return h.unusedExpr()
	case codeTooManyValues:
		return h.tooManyValues()
	case codeInvalidDeclCycle:
		if strings.Contains(h.e.Msg, "recursive type") {
			return fixedHints[codeInvalidTypeCycle]
		}
	case codeDuplicateDecl:
		return "give one of them another name"
	}
	return ""
}

// locate finds the syntax round the error.
func (h *hinter) locate() {
	for _, f := range h.pkg.Files {
		if h.e.Pos < f.AST.FileStart || f.AST.FileEnd < h.e.Pos {
			continue
		}
		i, found := slices.BinarySearchFunc(f.AST.Decls, h.e.Pos, func(d ast.Decl, pos token.Pos) int {
			switch {
			case d.End() < pos:
				return -1
			case pos < d.Pos():
				return 1
			}
			return 0
		})
		if found {
			// A file of this one declaration saves a look at all the others.
			one := *f.AST
			one.Decls = f.AST.Decls[i : i+1]
			h.nodes, _ = astutil.PathEnclosingInterval(&one, h.e.Pos, h.e.Pos)
		}
		return
	}
}

// enclosing returns the innermost node of a type round the error.
func enclosing[T ast.Node](h hinter) (T, bool) {
	for _, n := range h.nodes {
		if n, ok := n.(T); ok {
			return n, true
		}
	}
	var none T
	return none, false
}

func (h hinter) typeString(t types.Type) string { return types.TypeString(t, h.qualifier()) }

// qualifier names packages as the source does, the own one not at all.
func (h hinter) qualifier() types.Qualifier {
	return func(p *types.Package) string {
		if p == h.pkg.Types {
			return ""
		}
		return p.Name()
	}
}

func (h hinter) unusedImport() string {
	spec, ok := enclosing[*ast.ImportSpec](h)
	if !ok {
		return "remove the import"
	}
	p := strings.Trim(spec.Path.Value, "\"`")
	return fmt.Sprintf("remove the import, or use it: %s.…", path.Base(p))
}

// words of other languages, and what Go says instead.
var otherWords = map[string]string{
	"null": "nil", "None": "nil", "undefined": "nil", "NULL": "nil", "True": "true", "TRUE": "true", "False": "false", "FALSE": "false",
	"str": "string", "String": "string", "integer": "int", "Integer": "int", "boolean": "bool", "Boolean": "bool", "double": "float64", "float": "float64", "long": "int64",
	"object": "any", "Object": "any", "dict": "map[string]any", "list": "[]any", "char": "rune", "elif": "else if", "echo": "ctx.Log().Info",
	"this": "the name of the receiver", "self": "the name of the receiver", "Exception": "error", "throw": "return an error", "raise": "return an error", "var": "any",
}

func (h hinter) undeclared() string {
	id, ok := enclosing[*ast.Ident](h)
	if !ok {
		return ""
	}
	if len(h.nodes) > 1 {
		if sel, ok := h.nodes[1].(*ast.SelectorExpr); ok && sel.X == id {
			if hint := h.missingImport(id.Name, sel.Sel.Name); hint != "" {
				return hint
			}
		}
	}
	if hint := h.parameter(id); hint != "" {
		return hint
	}
	if word := otherWords[id.Name]; word != "" {
		return fmt.Sprintf("in Go it is %s", word)
	}
	if near := fault.Nearest(id.Name, h.inScope(id)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if as, ok := enclosing[*ast.AssignStmt](h); ok && as.Tok == token.ASSIGN && slices.Contains(as.Lhs, ast.Expr(id)) {
		return fmt.Sprintf("write `%s := …` where it gets its first value", id.Name)
	}
	return "nothing has this name here: declare it, or import the package it comes from"
}

// parameter explains parameters without a type, or with the type in front.
func (h hinter) parameter(id *ast.Ident) string {
	field, ok := nodeAt[*ast.Field](h.nodes, 1)
	if !ok || field.Type != id {
		return ""
	}
	if _, ok := nodeAt[*ast.FuncType](h.nodes, 3); !ok {
		return ""
	}
	if len(field.Names) == 0 {
		return fmt.Sprintf("write the type behind the name, as in `%s string`", id.Name)
	}
	if _, isType := types.Universe.Lookup(field.Names[0].Name).(*types.TypeName); isType {
		return fmt.Sprintf("the name stands in front of the type: `%s %s`", id.Name, field.Names[0].Name)
	}
	return ""
}

// missingImport returns how to import the package with a name that has a member.
func (h hinter) missingImport(name, member string) string {
	if name == "service" || name == "fault" {
		return fmt.Sprintf("write import %q", "mortise/runtime/"+name)
	}
	for _, p := range h.c.library.Named(name) {
		pkg, err := h.c.library.Import(p)
		if err == nil && pkg.Scope().Lookup(member) != nil {
			return fmt.Sprintf("write import %q", p)
		}
	}
	if paths := h.c.library.Named(name); len(paths) > 0 {
		return fmt.Sprintf("write import %q", paths[0])
	}
	return ""
}

// inScope returns the names that can be used where an identifier stands.
func (h hinter) inScope(id *ast.Ident) []string {
	if *h.names == nil {
		*h.names = slices.Concat(h.pkg.Types.Scope().Names(), types.Universe.Names())
		*h.names = (*h.names)[:min(len(*h.names), maxNames)]
	}
	names := slices.Clone(*h.names)
	scope := h.pkg.Types.Scope().Innermost(id.Pos())
	for ; scope != nil && scope != h.pkg.Types.Scope() && len(names) < 2*maxNames; scope = scope.Parent() {
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); !obj.Pos().IsValid() || obj.Pos() < id.Pos() {
				names = append(names, name)
			}
		}
	}
	return names
}

// undeclaredIn finds the name that was meant in another package.
func (h hinter) undeclaredIn() string {
	sel, ok := enclosing[*ast.SelectorExpr](h)
	if !ok {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	name, ok := h.pkg.Info.Uses[id].(*types.PkgName)
	if !ok {
		return ""
	}
	var exported []string
	for _, n := range name.Imported().Scope().Names() {
		if token.IsExported(n) {
			exported = append(exported, n)
		}
	}
	if near := fault.Nearest(sel.Sel.Name, exported); near != "" {
		return fmt.Sprintf("did you mean %q?", id.Name+"."+near)
	}
	if h.code == codeUnexportedName || !token.IsExported(sel.Sel.Name) {
		return "other packages see only names that begin with a capital letter"
	}
	return ""
}

// missingMember finds the field or method that was meant.
func (h hinter) missingMember() string {
	sel, ok := enclosing[*ast.SelectorExpr](h)
	if !ok {
		return ""
	}
	t := h.pkg.Info.TypeOf(sel.X)
	if t == nil {
		return ""
	}
	switch sel.Sel.Name {
	case "length", "Length", "size", "Size", "len", "count":
		switch t.Underlying().(type) {
		case *types.Slice, *types.Map, *types.Array, *types.Basic, *types.Chan:
			return fmt.Sprintf("write len(%s)", types.ExprString(sel.X))
		}
	case "append", "push", "add", "Append", "Add":
		if _, ok := t.Underlying().(*types.Slice); ok {
			x := types.ExprString(sel.X)
			return fmt.Sprintf("write %s = append(%s, …)", x, x)
		}
	}
	names := members(t, h.pkg.Types)
	if near := fault.Nearest(sel.Sel.Name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if p, ok := t.Underlying().(*types.Pointer); ok && types.IsInterface(p.Elem()) {
		return "remove the * in front of the interface's name"
	}
	slices.Sort(names)
	if hint := fault.DidYouMean(sel.Sel.Name, names); hint != "" {
		return hint
	}
	return fmt.Sprintf("%s has neither fields nor methods", h.typeString(t))
}

// members returns the names of the fields and methods of a type that a package
// may use.
func members(t types.Type, from *types.Package) []string {
	var names []string
	add := func(obj types.Object) {
		if obj.Exported() || obj.Pkg() == from {
			names = append(names, obj.Name())
		}
	}
	elem, _ := deref(t)
	set := types.NewMethodSet(types.NewPointer(elem))
	if types.IsInterface(elem) {
		set = types.NewMethodSet(elem)
	}
	for m := range set.Methods() {
		add(m.Obj())
	}
	addFields(elem, add, 0)
	return names
}

func addFields(t types.Type, add func(types.Object), depth int) {
	st, ok := t.Underlying().(*types.Struct)
	if !ok || depth > 8 {
		return
	}
	for f := range st.Fields() {
		add(f)
		if f.Embedded() {
			elem, _ := deref(f.Type())
			addFields(elem, add, depth+1)
		}
	}
}

func (h hinter) missingLitField() string {
	lit, ok := enclosing[*ast.CompositeLit](h)
	if !ok {
		return ""
	}
	kv, ok := enclosing[*ast.KeyValueExpr](h)
	key, isIdent := (*ast.Ident)(nil), false
	if ok {
		key, isIdent = kv.Key.(*ast.Ident)
	}
	t := h.pkg.Info.TypeOf(lit)
	if !isIdent || t == nil {
		return ""
	}
	elem, _ := deref(t)
	st, ok := elem.Underlying().(*types.Struct)
	if !ok {
		return ""
	}
	var names []string
	for f := range st.Fields() {
		if f.Exported() || f.Pkg() == h.pkg.Types {
			names = append(names, f.Name())
		}
	}
	if near := fault.Nearest(key.Name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	for f := range st.Fields() {
		inner, _ := deref(f.Type())
		if st, ok := inner.Underlying().(*types.Struct); ok && f.Embedded() {
			for g := range st.Fields() {
				if g.Name() == key.Name {
					return fmt.Sprintf("it stands in the embedded struct: %s: %s{%s: …}", f.Name(), h.typeString(f.Type()), key.Name)
				}
			}
		}
	}
	return fault.DidYouMean(key.Name, names)
}
