package linked

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

type in struct {
	Name string         `json:"name"`
	List []int          `json:"list"`
	More map[string]any `json:"more"`
}

// loud has a method that encoding/json uses for pointers only.
type loud struct{ Text string }

func (l *loud) MarshalJSON() ([]byte, error) { return json.Marshal(strings.ToUpper(l.Text)) }

// broken cannot be written.
type broken struct{ C chan int }

type host struct{}

func (host) Do(context.Context, *service.Operation) (*service.Reply, error) {
	return &service.Reply{}, nil
}
func (host) Log(context.Context, slog.Level, string, json.RawMessage) {}

var registered = []Service{
	Plain("a.Plain", func(*service.Context) error { return nil }),
	Plain("a.Fails", func(*service.Context) error { return service.Errorf(service.Conflict, "no") }),
	In("a.In", func(_ *service.Context, in in) error {
		if in.Name == "" {
			return errors.New("no name")
		}
		return nil
	}),
	Out("a.Text", func(*service.Context) (string, error) { return "<x>", nil }),
	Out("a.Loud", func(*service.Context) (loud, error) { return loud{"x"}, nil }),
	Out("a.LoudPointer", func(*service.Context) (*loud, error) { return &loud{"x"}, nil }),
	Out("a.Nil", func(*service.Context) (*in, error) { return nil, nil }),
	Out("a.Any", func(*service.Context) (any, error) { return []any{1, nil}, nil }),
	Out("a.Broken", func(*service.Context) (broken, error) { return broken{}, nil }),
	Out("a.Both", func(*service.Context) (string, error) { return "lost", errors.New("why") }),
	InOut("a.Echo", func(_ *service.Context, in in) (in, error) { return in, nil }),
	InOut("a.Panic", func(_ *service.Context, in in) (int, error) { return in.List[3], nil }),
}

func TestServices(t *testing.T) {
	x := worker.NewLinked(funcs(registered), worker.LinkedOptions{})
	for _, c := range []struct{ name, in, want, err string }{
		{"a.Plain", "", "", ""},
		{"a.Fails", "", "", "no"},
		{"a.In", `{"name":"x"}`, "", ""},
		{"a.In", "", "", `service "a.In" failed: no name`},
		{"a.In", `{"name":1}`, "", `service "a.In": read the input: json: cannot unmarshal number into Go struct field in.name of type string`},
		{"a.Text", "", `"\u003cx\u003e"`, ""},
		{"a.Loud", "", `{"Text":"x"}`, ""},
		{"a.LoudPointer", "", `"X"`, ""},
		{"a.Nil", "", "null", ""},
		{"a.Any", "", "[1,null]", ""},
		{"a.Broken", "", "", `service "a.Broken": write the output: json: unsupported type: chan int`},
		{"a.Both", "", "", `service "a.Both" failed: why`},
		{"a.Echo", "", `{"name":"","list":null,"more":null}`, ""},
		{"a.Echo", `{"name":"ä","list":[],"more":{"b":1,"a":[]}}`, `{"name":"ä","list":[],"more":{"a":[],"b":1}}`, ""},
		{"a.Panic", `{}`, "", "a.Panic: index out of range [3] with length 0"},
		{"a.None", "", "", `no service "a.None"`},
	} {
		r, err := x.Call(t.Context(), worker.Call{Service: c.name, Input: []byte(c.in)}, host{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if string(r.Body) != c.want || got != c.err {
			t.Errorf("Call(%s, %s) = %s, %q; want %s, %q", c.name, c.in, r.Body, got, c.want, c.err)
		}
	}
}

// described has a type that contains itself.
func described() Description {
	node := &shape.Type{Kind: shape.Object, Name: "Node"}
	low := 1.5
	node.Fields = []*shape.Field{
		{Name: "kids", Go: "Kids", Type: &shape.Type{Kind: shape.List, Nullable: true, Elem: node}},
		{Name: "n", Go: "N", Required: true, Min: &low, Default: []byte("2"), Enum: []string{"2", "3"}, Type: &shape.Type{Kind: shape.Int, Bits: 64}},
	}
	return Description{
		Services: []shape.Service{
			{Name: "a.Echo", Package: "app/a", Func: "Echo", Doc: "Echo \"echoes\".", In: node, Out: node, At: fault.Position{File: "a.go", Line: 3, Column: 6}},
			{Name: "a.Plain", Package: "app/a", Func: "Plain"},
		},
		Uses:     []worker.Use{{Family: "rest", Name: "CRM", In: "a.Echo", At: fault.Position{File: "a.go", Line: 4}}},
		Versions: map[string]string{"a.Echo": "1"},
	}
}

func TestDescribe(t *testing.T) {
	d := described()
	text, err := Describe(d)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Describe(d)
	if text != again {
		t.Error("Describe gives another text the second time")
	}
	got, err := parseAbout(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.services, d.Services) || !reflect.DeepEqual(got.uses, d.Uses) {
		t.Errorf("parseAbout(Describe()) = %+v\nwant %+v", got, d)
	}
	if s := got.services[0]; s.In != s.Out || s.In.Fields[0].Type.Elem != s.In {
		t.Error("a type that was one is several")
	}
	for _, wrong := range []string{"", "{}", `{"format":2}`, `{"format":1,"types":[{"Elem":9}],"services":[]}`, `{"format":1,"types":[{"Elem":-1}]}`} {
		if _, err := parseAbout(wrong); err == nil {
			t.Errorf("parseAbout(%s) finds nothing wrong", wrong)
		}
	}
}

func TestBuilder(t *testing.T) {
	tree := func() fstest.MapFS {
		return fstest.MapFS{
			"go.mod": {Data: []byte("module app\n")}, "helpers/h.go": {}, "services/a/a.go": {Data: []byte("package a\n")}, "services/a/a_test.go": {Data: []byte("package a\n")},
			"vendor/x/x.go": {Data: []byte("package x\n")}, "vendor/modules.txt": {Data: []byte("# x v1.0.0\n")},
		}
	}
	d := described()
	var err error
	if d.Sums, err = Sums(t.Context(), tree()); err != nil {
		t.Fatal(err)
	}
	text, err := Describe(d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBuilder(Options{Registration: Registration{About: text, Services: registered}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"same", func(fstest.MapFS) {}, ""},
		{"nothing", func(m fstest.MapFS) { clear(m) }, ""},
		{"a test", func(m fstest.MapFS) { m["services/a/b_test.go"] = &fstest.MapFile{} }, ""},
		{"hidden", func(m fstest.MapFS) { m[".sdk/x.go"] = &fstest.MapFile{}; m["_old/x.go"] = &fstest.MapFile{} }, ""},
		{"changed", func(m fstest.MapFS) { m["services/a/a.go"].Data = []byte("package b\n") }, `services/a/a.go: "services/a/a.go" was changed since this server was built`},
		{"added", func(m fstest.MapFS) { m["services/b/b.go"] = &fstest.MapFile{} }, `services/b/b.go: "services/b/b.go" was added since this server was built`},
		{"removed", func(m fstest.MapFS) { delete(m, "services/a/a.go") }, `services/a/a.go: "services/a/a.go" was removed since this server was built`},
		{"vendor", func(m fstest.MapFS) { m["vendor/x/x.go"].Data = []byte("package y\n") }, `vendor: "vendor" was changed since this server was built`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := tree()
			c.change(m)
			p, _, err := b.Build(t.Context(), m)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.want || len(p.Services()) != 2 {
				t.Fatalf("Build() = %d services, %q; want 2 and %q", len(p.Services()), got, c.want)
			}
			x, err := p.Start(t.Context())
			if (err == nil) != (c.want == "") {
				t.Errorf("Start() = %v", err)
			}
			if err == nil {
				_ = x.Close(t.Context())
			}
		})
	}
	if _, err := NewBuilder(Options{Registration: Registration{About: text}}); err == nil {
		t.Error("NewBuilder without services finds nothing wrong")
	}
}

func BenchmarkEcho(b *testing.B) {
	f := funcs(registered)["a.Echo"]
	ctx := service.New(b.Context(), "a.Echo", host{})
	data := []byte(`{"name":"Mike","list":[1,2,3,4,5],"more":{"a":"b"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f(ctx, data); err != nil {
			b.Fatal(err)
		}
	}
}
