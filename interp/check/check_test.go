package check_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"mortise/interp/check"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestFaults checks every project of testdata/faults and compares all faults,
// warnings and hints with the golden part of the file.
func TestFaults(t *testing.T) {
	golden(t, "testdata/faults/*.txtar", func(p *check.Project) string {
		var b strings.Builder
		describe(&b, "", p.Faults)
		describe(&b, "warning: ", p.Warnings)
		if b.Len() == 0 {
			return "nothing\n"
		}
		return b.String()
	})
}

// TestShapes checks every project of testdata/shapes and compares its services,
// shapes and uses with the golden part of the file.
func TestShapes(t *testing.T) {
	golden(t, "testdata/shapes/*.txtar", func(p *check.Project) string {
		var b strings.Builder
		describe(&b, "", p.Faults)
		describe(&b, "warning: ", p.Warnings)
		for _, s := range p.Services {
			fmt.Fprintf(&b, "service %s (%s) at %s\n", s.Name, s.Package, s.At)
			if s.Doc != "" {
				fmt.Fprintf(&b, "\tdoc %q\n", s.Doc)
			}
			if s.In != nil {
				fmt.Fprintf(&b, "\tin ")
				dump(&b, s.In, "\t", map[*shape.Type]bool{})
			}
			if s.Out != nil {
				fmt.Fprintf(&b, "\tout ")
				dump(&b, s.Out, "\t", map[*shape.Type]bool{})
			}
		}
		for _, u := range p.Uses {
			fmt.Fprintf(&b, "use %s %q in %s at %s\n", u.Family, u.Name, u.In, u.At)
		}
		return b.String()
	})
}

func golden(t *testing.T, pattern string, run func(p *check.Project) string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(%q) = %d files, %v", pattern, len(files), err)
	}
	c := check.New()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			src, want := split(a)
			got := run(c.Check(t.Context(), src))
			if *update {
				a.Files = append(a.Files[:len(a.Files)-btoi(want != "")], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Check(%s): -want +got; run go test ./interp/check -update where the new one is right\n%s", file, diff)
			}
		})
	}
}

// split returns the project of an archive, with a go.mod where it has none, and
// what is expected of it.
func split(a *txtar.Archive) (src fstest.MapFS, want string) {
	src = fstest.MapFS{"go.mod": {Data: []byte("module app\n\ngo 1.26\n")}}
	for _, f := range a.Files {
		switch f.Name {
		case "want":
			want = string(f.Data)
		case "no-go.mod":
			delete(src, "go.mod")
		default:
			src[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return src, want
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func describe(b *strings.Builder, prefix string, l fault.List) {
	for _, f := range l {
		fmt.Fprintf(b, "%s%s: %s [%s]\n", prefix, f.At, f.Error(), f.Code)
		if f.Hint != "" {
			fmt.Fprintf(b, "  hint: %s\n", f.Hint)
		}
	}
}

// dump writes a shape as an indented tree.
func dump(b *strings.Builder, t *shape.Type, indent string, seen map[*shape.Type]bool) {
	fmt.Fprintf(b, "%s", t.Kind)
	if t.Name != "" {
		fmt.Fprintf(b, " %s", t.Name)
	}
	if t.Bits > 0 {
		fmt.Fprintf(b, " %d", t.Bits)
	}
	for name, on := range map[string]bool{"unsigned": t.Unsigned} {
		if on {
			fmt.Fprintf(b, " %s", name)
		}
	}
	if t.Nullable {
		b.WriteString(" nullable")
	}
	if t.Len > 0 {
		fmt.Fprintf(b, " [%d]", t.Len)
	}
	if t.Doc != "" {
		fmt.Fprintf(b, " %q", t.Doc)
	}
	if seen[t] {
		b.WriteString(" (again)\n")
		return
	}
	seen[t] = true
	b.WriteString("\n")
	if t.Elem != nil {
		b.WriteString(indent + "\tof ")
		dump(b, t.Elem, indent+"\t", seen)
	}
	for _, f := range t.Fields {
		b.WriteString(indent + "\t" + f.Name)
		if f.Go != f.Name {
			b.WriteString(" (" + f.Go + ")")
		}
		if f.Required {
			b.WriteString(" required")
		}
		if f.Quoted {
			b.WriteString(" quoted")
		}
		for _, v := range []struct {
			name string
			json []byte
		}{{"default", f.Default}, {"example", f.Example}} {
			if v.json != nil {
				if !json.Valid(v.json) {
					b.WriteString(" NOT JSON")
				}
				fmt.Fprintf(b, " %s=%s", v.name, v.json)
			}
		}
		if f.Enum != nil {
			fmt.Fprintf(b, " enum=%q", f.Enum)
		}
		if f.Min != nil {
			fmt.Fprintf(b, " min=%v", *f.Min)
		}
		if f.Max != nil {
			fmt.Fprintf(b, " max=%v", *f.Max)
		}
		if f.Pattern != "" {
			fmt.Fprintf(b, " pattern=%q", f.Pattern)
		}
		if f.Doc != "" {
			fmt.Fprintf(b, " doc=%q", f.Doc)
		}
		b.WriteString(" at " + strings.TrimPrefix(f.At.String(), "services/") + ": ")
		dump(b, f.Type, indent+"\t", seen)
	}
}

// project makes a source tree of file names and contents.
func project(files map[string]string) fs.FS {
	src := fstest.MapFS{"go.mod": {Data: []byte("module app\n\ngo 1.26\n")}}
	for name, text := range files {
		src[name] = &fstest.MapFile{Data: bytes.Clone([]byte(text))}
	}
	return src
}
