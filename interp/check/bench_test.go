package check_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"mortise/interp/check"
)

// large makes a project of n packages of which every tenth imports the one
// before it.
func large(n int) fstest.MapFS {
	src := fstest.MapFS{"go.mod": {Data: []byte("module app\n\ngo 1.26\n")}}
	for i := range n {
		imp, use := "", ""
		if i%10 == 9 {
			imp = fmt.Sprintf("\t\"app/services/s%03d\"\n", i-1)
			use = fmt.Sprintf("var _ = s%03d.Limit\n", i-1)
		}
		src[fmt.Sprintf("services/s%03d/s.go", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, service, i, imp, use, 0)}
	}
	return src
}

const service = `// Package s%03d is one of many.
package s%03[1]d

import (
	"strings"

%[2]s	"mortise/runtime/service"
)

%[3]s
// Limit bounds it.
const Limit = %[4]d

// In is the input.
type In struct {
	Name  string   ` + "`json:\"name\" doc:\"Who.\"`" + `
	Count int      ` + "`json:\"count\" default:\"3\" min:\"1\" max:\"10\"`" + `
	Tags  []string ` + "`json:\"tags,omitempty\"`" + `
}

// Out is the output.
type Out struct {
	Text string ` + "`json:\"text\"`" + `
}

// Get answers.
func Get(ctx *service.Context, in In) (Out, error) {
	var user struct{ Name string }
	if err := ctx.REST("CRM").Get(service.JSON{"name": in.Name}).Into(&user); err != nil {
		return Out{}, err
	}
	var b strings.Builder
	for i := range in.Count {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strings.ToUpper(user.Name))
	}
	return Out{Text: b.String()}, nil
}
`

func lines(n int) fs.FS {
	text := fmt.Sprintf(service, 1, "", "", 0)
	for i := 0; strings.Count(text, "\n") < n; i++ {
		text += fmt.Sprintf("\nfunc helper%d(list []string) (int, error) {\n\ttotal := 0\n\tfor i, v := range list {\n\t\ttotal += i * len(strings.TrimSpace(v))\n\t}\n\treturn total, nil\n}\n", i)
	}
	return project(map[string]string{"services/s001/s.go": text})
}

func BenchmarkCold200(b *testing.B) {
	src := lines(200)
	for b.Loop() {
		if p := check.New().Check(b.Context(), src); len(p.Faults) > 0 {
			b.Fatalf("Check() = %d faults, the first is %v", len(p.Faults), p.Faults[0])
		}
	}
}

func BenchmarkWarm200(b *testing.B) {
	src := lines(200).(fstest.MapFS)
	text := string(src["services/s001/s.go"].Data)
	c := check.New()
	for i := 0; b.Loop(); i++ {
		src["services/s001/s.go"] = &fstest.MapFile{Data: fmt.Appendf(nil, "%s\nvar V%d int\n", text, i)}
		if p := c.Check(b.Context(), src); len(p.Faults) > 0 {
			b.Fatalf("Check() = %d faults, the first is %v", len(p.Faults), p.Faults[0])
		}
	}
}

func Benchmark500Cold(b *testing.B) {
	src := large(500)
	for b.Loop() {
		if p := check.New().Check(b.Context(), src); len(p.Faults) > 0 || len(p.Services) != 500 {
			b.Fatalf("Check() = %d services, %d faults", len(p.Services), len(p.Faults))
		}
	}
}

func Benchmark500OneChanged(b *testing.B) {
	dir := b.TempDir()
	if err := os.CopyFS(dir, large(500)); err != nil {
		b.Fatal(err)
	}
	for name, src := range map[string]func(text []byte) fs.FS{
		"memory": func() func([]byte) fs.FS {
			m := large(500)
			return func(text []byte) fs.FS {
				m["services/s123/s.go"] = &fstest.MapFile{Data: text}
				return m
			}
		}(),
		"disk": func(text []byte) fs.FS {
			if err := os.WriteFile(dir+"/services/s123/s.go", text, 0o600); err != nil {
				b.Fatal(err)
			}
			return os.DirFS(dir)
		},
	} {
		b.Run(name, func(b *testing.B) {
			c := check.New()
			for i := 0; b.Loop(); i++ {
				p := c.Check(b.Context(), src(fmt.Appendf(nil, service, 123, "", "", i)))
				if len(p.Faults) > 0 {
					b.Fatalf("Check() = %d faults, the first is %v", len(p.Faults), p.Faults[0])
				}
			}
		})
	}
}
