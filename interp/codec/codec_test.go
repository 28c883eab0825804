package codec_test

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"strings"
	"sync"
	"testing"

	"mortise/interp/codec"
	"mortise/interp/machine"
	"mortise/runtime/fault"
)

//go:embed samples_test.go
var samples string

// natives are the compiled types, by name.
var natives = []reflect.Type{
	reflect.TypeFor[Plain](), reflect.TypeFor[Nested](), reflect.TypeFor[Hidden](), reflect.TypeFor[HiddenDeep](),
	reflect.TypeFor[Embedding](), reflect.TypeFor[EmbeddedOnly](), reflect.TypeFor[EmbeddedPointer](),
	reflect.TypeFor[EmbeddedTagged](), reflect.TypeFor[EmbeddedLevel](), reflect.TypeFor[Deep](),
	reflect.TypeFor[Times](), reflect.TypeFor[Quoted](), reflect.TypeFor[Clash](),
}

// echo is an interpreted function that returns what it gets, for one type.
type echo struct {
	f     reflect.Value
	codec *codec.Codec
}

func (e echo) json(in []byte) ([]byte, error) {
	v, err := e.codec.Decode(in)
	if err != nil {
		return nil, err
	}
	return e.codec.Encode(e.f.Call([]reflect.Value{v})[0])
}

func echoes(t testing.TB) map[string]echo {
	t.Helper()
	_, body, _ := strings.Cut(samples, "// BEGIN")
	body, _, _ = strings.Cut(body, "// END")
	src := "package samples\n\nimport (\n\t\"encoding/json\"\n\t\"time\"\n)\n\nvar _ json.Number\nvar _ time.Time\n" + body
	for _, n := range natives {
		src += fmt.Sprintf("\nfunc Echo%s(in %s) %s { return in }\n", n.Name(), n.Name(), n.Name())
	}
	m, err := machine.Load([]*machine.Package{{
		Path: "app/samples", Name: "samples", Source: []byte(src),
		Imports: []string{"encoding/json", "time"},
	}}, machine.Options{})
	if err != nil {
		t.Fatalf("machine.Load: %v", err)
	}
	pkg := check(t, src)
	out := map[string]echo{}
	for _, n := range natives {
		d, ferr := codec.Describe(pkg.Scope().Lookup(n.Name()).Type(), func(types.Object) fault.Position { return fault.Position{} })
		if ferr != nil {
			t.Fatalf("Describe(%s): %v", n.Name(), ferr)
		}
		f, ok := m.Func("app/samples", "Echo"+n.Name())
		if !ok {
			t.Fatalf("no function Echo%s", n.Name())
		}
		c, err := codec.Bind(d, f.Type().In(0))
		if err != nil {
			t.Fatalf("Bind(%s): %v", n.Name(), err)
		}
		out[n.Name()] = echo{f, c}
	}
	return out
}

// library imports the packages of the standard library, from what the go command
// has compiled. All tests share what it has read.
var library = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "gc", nil) })

func check(t testing.TB, src string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "samples.go", src, 0)
	if err != nil {
		t.Fatalf("ParseFile: %v", err)
	}
	conf := types.Config{Importer: library()}
	pkg, err := conf.Check("app/samples", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	return pkg
}

// native does with the compiled type what echo does with the interpreted one.
func native(typ reflect.Type, in []byte) ([]byte, error) {
	p := reflect.New(typ)
	if len(in) > 0 {
		if err := json.Unmarshal(in, p.Interface()); err != nil {
			return nil, err
		}
	}
	return json.Marshal(p.Elem().Interface())
}

var documents = []string{
	``, `{}`, `null`, `[]`, `"x"`,
	`{"name":"Mike","age":3,"weight":1.5,"Ok":true,"b":"aGVsbG8="}`,
	`{"NAME":"Mike","AGE":0,"ok":true,"Name":"Ann","closed":"x","Xclosed":"y","small":3}`,
	`{"One":{"name":"a"},"two":{"age":2},"list":[{"name":"<&>"}],"ptrs":[null,{"name":"p"}],"map":{"b":{},"a":{"b":""}},"ints":{"3":"c","1":"a"},"arr":[1,2],"words":["x"],"any":{"k":[1,"2",null]},"anon":{"x":1,"y":2}}`,
	`{"open":"o","closed":"c","Xclosed":"c","Ignored":"i","-":"d","inner":{"name":"n"},"Xinner":{"name":"n"},"last":7}`,
	`{"m":{"k":{"open":"1","-":"2"}},"l":[{"open":"x"},{}],"p":{"last":1},"a":[{"open":"z"}],"x":{"q":[null,{"open":"y"}]}}`,
	`{"id":7,"kind":"k","code":"c","name":"n","base":{"id":8},"other":{"code":"d"},"Base":{"id":9}}`,
	`{"Level":3,"w":["a","b"],"id":1,"kind":"x","code":"y","name":"z"}`,
	`{"at":"2026-03-29T02:30:00Z","for":1500,"ptr":"2026-03-29T02:30:00+02:00","num":12345678901234567890,"raw":{"a": [1, 2]},"zero":"0001-01-01T00:00:00Z"}`,
	`{"n":"9007199254740993","f":"1.5","b":"true","u8":255,"i8":-128,"u":18446744073709551615,"r":65,"c":"x"}`,
	`{"n":1}`, `{"u8":256}`, `{"id":"x"}`, `{"at":"yesterday"}`, `{"a":1,"A":2}`, `{"arr":[1,2,3]}`,
}

// TestCodec compares every sample type with encoding/json over every document.
func TestCodec(t *testing.T) {
	all := echoes(t)
	for _, n := range natives {
		for _, doc := range documents {
			compare(t, all[n.Name()], n, []byte(doc))
		}
	}
}

func compare(t *testing.T, e echo, typ reflect.Type, doc []byte) {
	t.Helper()
	got, gotErr := e.json(doc)
	want, wantErr := native(typ, doc)
	if string(got) != string(want) || (gotErr == nil) != (wantErr == nil) {
		t.Errorf("%s of %s: got %s (%v), want %s (%v)", typ.Name(), doc, got, gotErr, want, wantErr)
	}
}

// FuzzCodec compares all sample types on any document.
func FuzzCodec(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	all := echoes(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, n := range natives {
			compare(t, all[n.Name()], n, doc)
		}
	})
}

// TestDescribeRefuses holds types that are not read and written as Go does.
func TestDescribeRefuses(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"marshaler", "type T struct{ A U }\ntype U int\nfunc (u U) MarshalJSON() ([]byte, error) { return nil, nil }", `type "U" has a method MarshalJSON`},
		{"unmarshaler by pointer", "type T struct{ A []*U }\ntype U int\nfunc (u *U) UnmarshalJSON(b []byte) error { return nil }", `type "U" has a method UnmarshalJSON`},
		{"text key", "type T struct{ A map[U]int }\ntype U string\nfunc (u U) MarshalText() ([]byte, error) { return nil, nil }", `type "U" has a method MarshalText`},
		{"recursive", "type T struct{ A []T }", `type "T" contains itself`},
		{"recursive in two", "type T struct{ A *U }\ntype U struct{ B map[string]T }", `type "T" contains itself`},
		{"embedded time", "type T struct{ time.Time; A int }", `type "T" has a method MarshalJSON`},
		{"embedded time, unnamed", "type T struct{ A struct{ time.Time; B int } }", `method MarshalJSON of a type that it embeds`},
		{"embedded pointer to unexported", "type T struct{ *u }\ntype u struct{ A int }", `a pointer to the unexported struct "u" is embedded`},
		{"interface", "type T struct{ A error }", `an interface with methods`},
		{"chan", "type T struct{ A chan int }", `type chan int has no JSON`},
		{"func", "type T struct{ A func() }", `type func() has no JSON`},
		{"complex", "type T struct{ A complex128 }", `type complex128 has no JSON`},
		{"omitzero", "type T struct{ A U `json:\"a,omitzero\"` }\ntype U struct{ B int }\nfunc (u U) IsZero() bool { return u.B < 3 }", `left out by the method IsZero`},
	} {
		t.Run(c.name, func(t *testing.T) {
			pkg := check(t, "package samples\nimport \"time\"\nvar _ time.Time\n"+c.src)
			_, ferr := codec.Describe(pkg.Scope().Lookup("T").Type(), func(o types.Object) fault.Position { return fault.Position{File: o.Name(), Line: 1} })
			if ferr == nil || !strings.Contains(ferr.Error(), c.want) || !strings.HasPrefix(ferr.Error(), "not live yet: ") {
				t.Fatalf("Describe: got %v, want an error with %q", ferr, c.want)
			}
			if ferr.Hint == "" || ferr.At.IsZero() || ferr.Code != "gate.codec" {
				t.Errorf("Describe: got hint %q, at %v, code %q; want all of them", ferr.Hint, ferr.At, ferr.Code)
			}
		})
	}
}

// TestBindDisagrees shows that a description of another type is no wrong answer.
func TestBindDisagrees(t *testing.T) {
	d := &codec.Type{Kind: reflect.Struct, Fields: []codec.Field{{Name: "a", Skip: true, Type: &codec.Type{}}, {Name: "B", Type: &codec.Type{Kind: reflect.Int}}}}
	for _, own := range []reflect.Type{
		reflect.TypeFor[struct{ B int }](), reflect.TypeFor[struct{ A, B string }](), reflect.TypeFor[int](),
	} {
		if c, err := codec.Bind(d, own); err == nil {
			t.Errorf("Bind to %s: got %v, want an error", own, c)
		}
	}
	if _, err := codec.Bind(d, reflect.TypeFor[struct{ A, B int }]()); err != nil {
		t.Errorf("Bind: %v, want none", errors.Unwrap(err))
	}
}

func BenchmarkCodec(b *testing.B) {
	all := echoes(b)
	doc := []byte(documents[7])
	for _, name := range []string{"Plain", "Nested"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := all[name].json(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Native", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := native(reflect.TypeFor[Nested](), doc); err != nil {
				b.Fatal(err)
			}
		}
	})
}
