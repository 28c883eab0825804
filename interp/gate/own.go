package gate

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"mortise/interp/box"
)

// ownType is a type of the project of which values become interfaces: they are
// put into boxes, which know their type.
type ownType struct {
	t types.Type
	n int
}

func (o *ownType) def() string { return "mortise_d" + strconv.Itoa(o.n) }

// ownTypeOf returns what is known of a type that values are boxed with, and
// writes its definition where it is new.
func (e *emitter) ownTypeOf(t types.Type, at token.Pos) *ownType {
	t = types.Unalias(t)
	key := e.typeKey(t)
	if o, ok := e.owns[key]; ok {
		return o
	}
	o := &ownType{t: t, n: len(e.owns) + 1}
	e.owns[key] = o
	if len(e.owns) > maxInstances {
		e.refuse(at, "generic.many", "so many types in interfaces", "")
		return o
	}
	d := e.describe(t, at, true)
	if why, hint := e.strange(t); why != "" {
		e.refuse(at, "interface.own", why, hint)
	}
	desc, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	p := e.use(box.Path)
	fmt.Fprintf(&e.decls, "var %s *%s.Type\n", o.def(), p)
	var b strings.Builder
	fmt.Fprintf(&b, "func mortise_type%d() {\nd, fresh := %s.Define(%s, %s)\n%s = d\nif fresh {\n", o.n, p, strconv.Quote(key), strconv.Quote(string(desc)), o.def())
	if n, ok := t.(*types.Named); ok && e.own(n) {
		e.addMethods(&b, n, at)
	}
	b.WriteString("}\n}\n")
	e.decls.WriteString(b.String())
	e.typeInits = append(e.typeInits, fmt.Sprintf("mortise_type%d()", o.n))
	return o
}

// typeKey names a type so that no two have one name and one has the same in all
// packages.
func (e *emitter) typeKey(t types.Type) string {
	var b strings.Builder
	b.WriteString(types.TypeString(t, nil))
	e.localKeys(&b, t, 0)
	return b.String()
}

// localKeys adds the places of types that are declared in functions, of which
// several may have one name.
func (e *emitter) localKeys(b *strings.Builder, t types.Type, depth int) {
	if depth > 20 {
		return
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if obj := t.Obj(); e.own(t) && obj.Parent() != obj.Pkg().Scope() {
			fmt.Fprintf(b, "@%d", obj.Pos())
		}
		for arg := range t.TypeArgs().Types() {
			e.localKeys(b, arg, depth+1)
		}
	case *types.Pointer:
		e.localKeys(b, t.Elem(), depth+1)
	case *types.Slice:
		e.localKeys(b, t.Elem(), depth+1)
	case *types.Array:
		e.localKeys(b, t.Elem(), depth+1)
	case *types.Chan:
		e.localKeys(b, t.Elem(), depth+1)
	case *types.Map:
		e.localKeys(b, t.Key(), depth+1)
		e.localKeys(b, t.Elem(), depth+1)
	case *types.Struct:
		for v := range t.Fields() {
			e.localKeys(b, v.Type(), depth+1)
		}
	}
}

// strange returns why values of a type cannot be boxed, or "".
func (e *emitter) strange(t types.Type) (why, hint string) {
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return "a channel as a value of an interface type", "keep it in a variable of its own type"
	case *types.Signature:
		if n, ok := types.Unalias(t).(*types.Named); !ok || n.NumMethods() == 0 {
			return "a function as a value of an interface type", "keep it in a variable of its own type"
		}
	case *types.Map:
		if n := receiver(u.Key()); n != nil && e.own(n) && types.NewMethodSet(n).Lookup(nil, "MarshalText") != nil {
			return "a map whose keys have the method MarshalText", "use keys of type string"
		}
	}
	ms := types.NewMethodSet(t)
	if n := receiver(t); n != nil {
		ms = types.NewMethodSet(types.NewPointer(n))
	}
	for m := range ms.Methods() {
		f, ok := m.Obj().(*types.Func)
		if !ok || !f.Exported() {
			continue
		}
		switch f.Name() + methodShape(f.Signature()) {
		case "Format(fmt.State, rune)", "As(any) bool", "LogValue() log/slog.Value", "UnmarshalText([]byte) error", "MarshalText() ([]byte, error)":
			if f.Name() != "UnmarshalText" && f.Name() != "MarshalText" || ms.Lookup(nil, strings.Replace(f.Name(), "Text", "JSON", 1)) == nil {
				return fmt.Sprintf("%s, which has the method %s, as a value of an interface type", types.TypeString(t, shortNames), f.Name()), "call the method yourself and pass its result"
			}
		}
	}
	if s := ms.Lookup(nil, "Unwrap"); s != nil {
		if f, ok := s.Obj().(*types.Func); ok && methodShape(f.Signature()) != "() error" {
			return fmt.Sprintf("%s, which wraps several errors, as an error", types.TypeString(t, shortNames)), "use errors.Join"
		}
	}
	return "", ""
}

// describe returns the description of a type. The types of the project in it
// that have names are described apart.
func (e *emitter) describe(t types.Type, at token.Pos, top bool) *box.Desc {
	e.depth++
	defer func() { e.depth-- }()
	t = types.Unalias(t)
	if !e.mentionsOwn(t) && !types.IsInterface(t) || e.depth > 100 {
		return &box.Desc{Host: true, Name: e.printedName(t)}
	}
	d := &box.Desc{}
	if n, ok := t.(*types.Named); ok {
		if !e.own(n) {
			if !types.IsInterface(t) {
				return &box.Desc{Host: true, Name: e.printedName(t)}
			}
		} else if !top && !types.IsInterface(t) {
			e.ownTypeOf(t, at)
			return &box.Desc{Ref: e.typeKey(t)}
		}
		d.Name = e.printedName(t)
	}
	if top {
		d.Methods = methodShapes(t)
		if _, isPtr := t.(*types.Pointer); !isPtr {
			d.Pointer = methodShapes(types.NewPointer(t))
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		d.Kind = basicKinds[u.Kind()]
	case *types.Pointer:
		d.Kind, d.Elem = reflect.Pointer, e.describe(u.Elem(), at, false)
	case *types.Slice:
		d.Kind, d.Elem = reflect.Slice, e.describe(u.Elem(), at, false)
	case *types.Array:
		d.Kind, d.Elem, d.Len = reflect.Array, e.describe(u.Elem(), at, false), u.Len()
	case *types.Map:
		d.Kind, d.Key, d.Elem = reflect.Map, e.describe(u.Key(), at, false), e.describe(u.Elem(), at, false)
	case *types.Struct:
		d.Kind = reflect.Struct
		for i := range u.NumFields() {
			v := u.Field(i)
			d.Fields = append(d.Fields, box.Field{Name: v.Name(), Tag: u.Tag(i), Embed: v.Embedded(), Hidden: !v.Exported(), Type: e.describe(v.Type(), at, false)})
		}
		d.Name = e.printedName(t)
	case *types.Interface:
		d.Kind, d.Name = reflect.Interface, e.printedName(t)
	case *types.Chan:
		d.Kind, d.Name = reflect.Chan, e.printedName(t)
	case *types.Signature:
		d.Kind, d.Name = reflect.Func, e.printedName(t)
	}
	return d
}

var basicKinds = map[types.BasicKind]reflect.Kind{
	types.Bool: reflect.Bool, types.String: reflect.String, types.Int: reflect.Int, types.Int8: reflect.Int8, types.Int16: reflect.Int16,
	types.Int32: reflect.Int32, types.Int64: reflect.Int64, types.Uint: reflect.Uint, types.Uint8: reflect.Uint8, types.Uint16: reflect.Uint16,
	types.Uint32: reflect.Uint32, types.Uint64: reflect.Uint64, types.Float32: reflect.Float32, types.Float64: reflect.Float64,
}

// printedName is what %T prints for a type.
func (e *emitter) printedName(t types.Type) string {
	text := types.TypeString(t, func(p *types.Package) string {
		if u := e.g.units[p.Path()]; u != nil && u.Name != "" {
			return u.Name
		}
		return p.Name()
	})
	if n, ok := types.Unalias(t).(*types.Named); ok && n.TypeArgs().Len() > 0 {
		args := make([]string, n.TypeArgs().Len())
		for i := range args {
			args[i] = types.TypeString(n.TypeArgs().At(i), func(p *types.Package) string {
				if u := e.g.units[p.Path()]; u != nil && u.Name != "" {
					return u.Name
				}
				return p.Path()
			})
		}
		head, _, _ := strings.Cut(text, "[")
		text = head + "[" + strings.Join(args, ",") + "]"
	}
	return reflectText(text)
}

// reflectText writes a type as package reflect does.
func reflectText(s string) string {
	s = words(s, "any", "interface {}")
	s = words(s, "byte", "uint8")
	s = words(s, "rune", "int32")
	s = strings.ReplaceAll(s, "interface{}", "interface {}")
	if i := strings.Index(s, "struct{"); i >= 0 && !strings.Contains(s, "struct{}") {
		s = strings.ReplaceAll(s, "struct{", "struct { ")
		s = strings.ReplaceAll(s, "}", " }")
	}
	return strings.ReplaceAll(s, "struct{}", "struct {}")
}

// words replaces a word in a type.
func words(s, old, to string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, old)
		if i < 0 {
			return b.String() + s
		}
		end := i + len(old)
		alone := (i == 0 || !nameByte(s[i-1])) && (end == len(s) || !nameByte(s[end]))
		b.WriteString(s[:i])
		if alone {
			b.WriteString(to)
		} else {
			b.WriteString(old)
		}
		s = s[end:]
	}
}

func nameByte(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// methodShapes returns the methods of a type, each as its name and signature.
func methodShapes(t types.Type) []string {
	var out []string
	for s := range types.NewMethodSet(t).Methods() {
		if f, ok := s.Obj().(*types.Func); ok {
			sig, _ := s.Type().(*types.Signature)
			out = append(out, shapeName(f)+methodShape(sig))
		}
	}
	slices.Sort(out)
	return out
}

// shapeName names a method; one that is not exported belongs to its package.
func shapeName(f *types.Func) string {
	if f.Exported() || f.Pkg() == nil {
		return f.Name()
	}
	return f.Pkg().Path() + "." + f.Name()
}

// methodShape writes a signature without the names of its parameters.
func methodShape(s *types.Signature) string {
	full := func(p *types.Package) string { return p.Path() }
	parts := func(t *types.Tuple, variadic bool) string {
		out := make([]string, t.Len())
		for i := range out {
			pt := t.At(i).Type()
			if sl, ok := pt.(*types.Slice); ok && variadic && i == t.Len()-1 {
				out[i] = "..." + types.TypeString(sl.Elem(), full)
				continue
			}
			out[i] = types.TypeString(pt, full)
		}
		return strings.Join(out, ", ")
	}
	out := "(" + parts(s.Params(), s.Variadic()) + ")"
	switch s.Results().Len() {
	case 0:
	case 1:
		out += " " + parts(s.Results(), false)
	default:
		out += " (" + parts(s.Results(), false) + ")"
	}
	out = words(words(out, "uint8", "byte"), "int32", "rune") // two names of one type each
	return strings.ReplaceAll(out, "interface{}", "any")
}

// loader returns the function of the rewritten source that takes a value of a
// type out of an interface that is known to hold one.
func (e *emitter) loader(t types.Type, at token.Pos) string {
	text := e.typ(t, at)
	if name, ok := e.loaders[text]; ok {
		return name
	}
	name := fmt.Sprintf("mortise_load%d", len(e.loaders)+1)
	e.loaders[text] = name
	fmt.Fprintf(&e.decls, "func %s(x interface{}) %s {\nvar v %s\n%s.Load(x, &v)\nreturn v\n}\n", name, text, text, e.use(box.Path))
	return name
}

// asserter returns the function for x.(T) with T a type of the project: with one
// result, or with two.
func (e *emitter) asserter(t types.Type, from string, two bool, at token.Pos) string {
	o := e.ownTypeOf(t, at)
	key := fmt.Sprintf("%d %s %t", o.n, from, two)
	if name, ok := e.asserters[key]; ok {
		return name
	}
	name := fmt.Sprintf("mortise_as%d", len(e.asserters)+1)
	e.asserters[key] = name
	text, p := e.typ(t, at), e.use(box.Path)
	if two {
		fmt.Fprintf(&e.decls, "func %s(x interface{}) (%s, bool) {\nvar v %s\nok := %s.As(x, %s, &v)\nreturn v, ok\n}\n", name, text, text, p, o.def())
	} else {
		fmt.Fprintf(&e.decls, "func %s(x interface{}) %s {\nvar v %s\n%s.Must(x, %s, %s, &v)\nreturn v\n}\n", name, text, text, p, o.def(), strconv.Quote(from))
	}
	return name
}

// found are the methods that the library looks for, by name and signature, and
// how the rewritten source gives them to a type.
var found = map[string]struct{ add, params, args, result string }{
	"String() string":               {"OnText", "", "", "string"},
	"Error() string":                {"OnText", "", "", "string"},
	"GoString() string":             {"OnText", "", "", "string"},
	"UnmarshalJSON([]byte) error":   {"OnFill", ", a []uint8", "a", "error"},
	"MarshalJSON() ([]byte, error)": {"OnBytes", "", "", "([]uint8, error)"},
	"Unwrap() error":                {"OnUnwrap", "", "", "error"},
	"Is(error) bool":                {"OnIs", ", a error", "a", "bool"},
	"Len() int":                     {"OnLen", "", "", "int"},
	"Less(int, int) bool":           {"OnLess", ", a, b int", "a, b", "bool"},
	"Swap(int, int)":                {"OnSwap", ", a, b int", "a, b", ""},
	"Push(any)":                     {"OnPush", ", a interface{}", "a", ""},
	"Pop() any":                     {"OnPop", "", "", "interface{}"},
	"Read([]byte) (int, error)":     {"OnStream", ", a []uint8", "a", "(int, error)"},
	"Write([]byte) (int, error)":    {"OnStream", ", a []uint8", "a", "(int, error)"},
}

// addMethods writes the statements that give a type the methods that the library
// looks for.
func (e *emitter) addMethods(b *strings.Builder, n *types.Named, at token.Pos) {
	f := e.newFn(e.unit, nil, n.Obj().Name())
	for _, ptr := range [...]bool{false, true} {
		t := types.Type(n)
		if ptr {
			t = types.NewPointer(n)
		}
		for s := range types.NewMethodSet(t).Methods() {
			m, ok := s.Obj().(*types.Func)
			sig, ok2 := s.Type().(*types.Signature)
			if !ok || !ok2 || !m.Exported() {
				continue
			}
			how, ok := found[m.Name()+methodShape(sig)]
			if !ok {
				continue
			}
			call := f.callMethod(e.loader(t, at)+"(v)", t, m, how.args, at)
			if call == "" {
				continue
			}
			name := ""
			if how.add == "OnText" || how.add == "OnBytes" || how.add == "OnStream" {
				name = strconv.Quote(m.Name()) + ", "
			}
			ret := "return "
			if how.result == "" {
				ret = ""
			}
			fmt.Fprintf(b, "%s.%s(d, %s%t, func(v interface{}%s) %s { %s%s })\n", e.use(box.Path), how.add, name, ptr, how.params, how.result, ret, call)
		}
	}
}

// checkSpaced refuses fmt.Sprint and its like with operands of interface types
// where those may hold texts of types of the project: it puts no spaces beside
// texts, and would take the box for none.
func (e *emitter) checkSpaced() {
	if e.spaced == token.NoPos {
		return
	}
	for _, b := range e.boxed {
		if u, ok := b.t.Underlying().(*types.Basic); ok && u.Info()&types.IsString != 0 {
			e.refuse(e.spaced, "format", "fmt.Sprint with several values of interface types", "use fmt.Sprintf with %v")
			return
		}
	}
}

// sprint writes fmt.Sprint of several operands of which one is an interface.
func (f *fn) sprint(c *ast.CallExpr, callee *types.Func, sig *types.Signature) (string, bool) {
	if callee == nil || callee.FullName() != "fmt.Sprint" || c.Ellipsis.IsValid() || len(c.Args) < 2 {
		return "", false
	}
	for _, a := range c.Args {
		if t := f.typeOf(a); types.IsInterface(t) && !f.isError(t) {
			return f.e.use(box.Path) + ".Sprint(" + f.args(c, sig, &sink{kind: sinkPrint}) + ")", true
		}
	}
	return "", false
}
