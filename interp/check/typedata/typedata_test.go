package typedata_test

import (
	"go/types"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"mortise/interp/check/typedata"
)

func open(t testing.TB) *typedata.Library {
	t.Helper()
	l, err := typedata.Open()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestStale fails where the data was made from another SDK or by other tools
// than those at hand.
func TestStale(t *testing.T) {
	want, err := typedata.CurrentStamp(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	if got := open(t).Stamp(); got != want {
		t.Errorf("interp/check/typedata is stale: it was made from %+v, and there is %+v\nrun: go generate ./interp/check/typedata", got, want)
	}
}

// TestOrder reads all packages in several orders at the same time, and checks
// that each is whole whatever was read before it.
func TestOrder(t *testing.T) {
	want := map[string]int{}
	for _, e := range open(t).Packages() {
		// Alone in a library of its own, nothing can have come before it.
		pkg, err := open(t).Import(e.Path)
		if err != nil {
			t.Fatal(err)
		}
		if !pkg.Complete() || pkg.Name() != e.Name {
			t.Errorf("Import(%q) = package %q, complete: %v; want %q, complete", e.Path, pkg.Name(), pkg.Complete(), e.Name)
		}
		want[e.Path] = exported(pkg)
	}
	var wg sync.WaitGroup
	for range 2 {
		l := open(t)
		for range 3 {
			wg.Go(func() {
				entries := l.Packages()
				for _, i := range rand.Perm(len(entries)) {
					pkg, err := l.Import(entries[i].Path)
					if err != nil {
						t.Error(err)
						return
					}
					if got := exported(pkg); got != want[pkg.Path()] {
						t.Errorf("Import(%q) = %d exported names, alone it has %d", pkg.Path(), got, want[pkg.Path()])
					}
				}
			})
		}
	}
	wg.Wait()
}

func exported(pkg *types.Package) int {
	n := 0
	for _, name := range pkg.Scope().Names() {
		if pkg.Scope().Lookup(name).Exported() {
			n++
		}
	}
	return n
}

func TestLibrary(t *testing.T) {
	l := open(t)
	if n := len(l.Packages()); n < 150 {
		t.Errorf("Packages() = %d packages, want at least 150", n)
	}
	for path, want := range map[string]bool{"strings": true, "unsafe": true, "mortise/runtime/service": true, "net/http": true, "internal/abi": false, "C": false, "": false, "stamp.json": false} {
		if got := l.Has(path); got != want {
			t.Errorf("Has(%q) = %v, want %v", path, got, want)
		}
	}
	if _, err := l.Import("internal/abi"); err == nil {
		t.Error("Import(internal/abi) = no error, want one")
	}
	ctx, err := l.Import("mortise/runtime/service")
	if err != nil {
		t.Fatal(err)
	}
	if obj := ctx.Scope().Lookup("Context"); obj == nil || obj.Pos().IsValid() {
		t.Errorf("Lookup(Context) = %v, want a type without a position", obj)
	}
}

func BenchmarkAll(b *testing.B) {
	for b.Loop() {
		l := open(b)
		for _, e := range l.Packages() {
			if _, err := l.Import(e.Path); err != nil {
				b.Fatal(err)
			}
		}
	}
}
