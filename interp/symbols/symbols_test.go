package symbols_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	yaegi "github.com/traefik/yaegi/interp"

	"mortise/interp/symbols"
	"mortise/interp/symbols/internal/stamp"
)

func TestFresh(t *testing.T) {
	want, err := stamp.Compute(".")
	if err != nil {
		t.Fatalf("Compute: %v", err)
	}
	if symbols.Stamp != want {
		t.Errorf("the symbol tables are of %q, the sources of %q: run go generate ./interp/symbols", symbols.Stamp, want)
	}
}

// TestImport imports every package into one interpreter under the name that its
// users write.
func TestImport(t *testing.T) {
	exports, err := symbols.Exports(symbols.Packages()...)
	if err != nil {
		t.Fatalf("Exports: %v", err)
	}
	in := yaegi.New(yaegi.Options{})
	if err := in.Use(exports); err != nil {
		t.Fatalf("Use: %v", err)
	}
	for _, p := range symbols.Packages() {
		table, _ := symbols.Lookup(p)
		if len(table) == 0 {
			t.Errorf("Lookup(%q): empty", p)
		}
		name := ""
		if p == "math/rand" || p == "crypto/rand" { // the same name as math/rand/v2
			name = strings.ReplaceAll(p, "/", "_")
		}
		if _, err := in.Eval(`import ` + name + ` "` + p + `"`); err != nil {
			t.Errorf("import %q: %v", p, err)
		}
	}
	for expr, want := range map[string]any{
		`strings.ToUpper("a")`:             "A",
		`fmt.Sprintf("%03d", 7)`:           "007",
		`math.MaxInt64`:                    9223372036854775807,
		`time.Duration(1500).String()`:     "1.5µs",
		`service.Conflict.String()`:        "conflict",
		`len(service.JSON{"a": 1})`:        1,
		`errors.Is(io.EOF, io.EOF)`:        true,
		`rand.N == nil`:                    nil, // generic: not there
		`url.QueryEscape("a b")`:           "a+b",
		`base64.StdEncoding.EncodedLen(3)`: 4,
	} {
		v, err := in.Eval(expr)
		if want == nil {
			if err == nil {
				t.Errorf("Eval(%s): got %v, want an error", expr, v)
			}
			continue
		}
		if err != nil || v.Interface() != want {
			t.Errorf("Eval(%s): got %v (%v), want %v", expr, v, err, want)
		}
	}
}

func TestLookup(t *testing.T) {
	if typ, ok := symbols.Type("time", "Time"); !ok || typ != reflect.TypeFor[time.Time]() {
		t.Errorf("Type(time, Time): got %v, %v", typ, ok)
	}
	if typ, ok := symbols.Type("time", "Now"); ok {
		t.Errorf("Type(time, Now): got %v, want nothing: it is a function", typ)
	}
	if symbols.Has("os") || symbols.Has("unsafe") || symbols.Has("syscall") {
		t.Errorf("Has: services reach os, unsafe or syscall")
	}
	if _, err := symbols.Exports("os"); err == nil || !strings.Contains(err.Error(), `"os"`) {
		t.Errorf(`Exports("os"): got %v, want an error that names it`, err)
	}
	table, _ := symbols.Lookup("mortise/runtime/service")
	for _, name := range []string{"New", "Host", "ResultOf", "Operation"} {
		if table[name].IsValid() {
			t.Errorf("services reach service.%s, which is the engines'", name)
		}
	}
	if !slices.IsSorted(symbols.Packages()) {
		t.Errorf("Packages: not sorted")
	}
}

func BenchmarkExports(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		exports, err := symbols.Exports("fmt", "strings", "time", "errors", "mortise/runtime/service")
		if err != nil {
			b.Fatal(err)
		}
		in := yaegi.New(yaegi.Options{})
		if err := in.Use(exports); err != nil {
			b.Fatal(err)
		}
	}
}
