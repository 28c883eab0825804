package api

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"unicode"

	"mortise/projects/history"
	"mortise/runtime/fault"
)

// servicesFolder holds the packages of services.
const servicesFolder = "services"

// maxPackage is how many files of a package are read for what it declares.
const maxPackage = 500

// verbs are what services are usually called; a name that begins with one is
// taken apart, and a name without one gets the first that is free.
var verbs = []string{"Get", "List", "Create", "Update", "Delete", "Find", "Check", "Send", "Sync", "Import", "Export"}

// CreateService makes a working service of this name in a package folder of its
// own, or in the one that its package has, and deploys it. A name is "orders.Create",
// or one or more words: "orders" is orders.Get and "create order" is order.Create.
func (s *Studio) CreateService(ctx context.Context, in ServiceName) (ServiceCreated, error) {
	o, err := s.open()
	if err != nil {
		return ServiceCreated{}, err
	}
	pkg, function, err := serviceName(in.Name)
	if err != nil {
		return ServiceCreated{}, err
	}
	folder := path.Join(servicesFolder, pkg)
	there, err := o.declared(folder)
	if err != nil {
		return ServiceCreated{}, err
	}
	if there.pkg != "" && there.pkg != pkg {
		return ServiceCreated{}, fault.New(fault.Conflict, "service.folder", "the folder %q holds the package %q", folder, there.pkg).
			WithHint("name the service %s.%s, or choose another name", there.pkg, function)
	}
	if function == "" {
		function = there.free()
	} else if there.taken(function) {
		return ServiceCreated{}, fault.New(fault.Conflict, "service.exists", "%q is there already", pkg+"."+function).
			WithHint("%s.%s is free", pkg, there.free())
	}
	file := path.Join(folder, strings.ToLower(function)+".go")
	for n := 2; slices.Contains(there.files, file) || strings.HasSuffix(file, "_test.go"); n++ {
		file = path.Join(folder, fmt.Sprintf("%s%d.go", strings.ToLower(function), n))
	}
	text := serviceSource(pkg, function, there.pkg == "")
	err = o.change(ctx, whySaved, []string{file}, nil, func() error { return o.WriteFile(file, text) })
	line := 1 + bytes.Count(text[:bytes.Index(text, []byte("\nfunc "))+1], []byte("\n"))
	return ServiceCreated{Name: pkg + "." + function, File: file, Line: line}, err
}

// serviceName reads the name of a new service; function is "" where the name does
// not say one.
func serviceName(name string) (pkg, function string, err error) {
	name = strings.TrimSpace(name)
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "service.name", "create the service %q: %s", name, fmt.Sprintf(format, args...)).
			WithHint("write a package and a function, such as orders.Create, or one word, such as orders")
	}
	first, second, dotted := strings.Cut(name, ".")
	if dotted {
		pkg, function = strings.ToLower(strings.Join(splitWords(first), "")), exported(splitWords(second))
		if function == "" {
			return "", "", bad("there is no function behind the dot")
		}
	} else {
		words := splitWords(name)
		if i := verbIndex(words); i >= 0 && len(words) > 1 {
			function, words = verbs[i], words[1:]
		}
		pkg = strings.ToLower(strings.Join(words, ""))
	}
	switch {
	case len(name) > 100:
		return "", "", bad("it is longer than 100 characters")
	case !plainWord(pkg):
		return "", "", bad("%q cannot be the name of a package: use letters and digits, and a letter first", pkg)
	case token.IsKeyword(pkg) || slices.Contains([]string{"main", "service", "internal", "vendor", "testdata", "init"}, pkg):
		return "", "", bad("%q means something else in Go", pkg)
	case function != "" && !plainWord(function):
		return "", "", bad("%q cannot be the name of a function: use letters and digits, and a letter first", function)
	}
	return pkg, function, nil
}

// plainWord reports whether a name has nothing but ASCII letters and digits, a
// letter first.
func plainWord(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// splitWords takes a name apart at spaces, hyphens, underscores and capitals.
func splitWords(s string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
		}
		word = nil
	}
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == ' ' || r == '-' || r == '_':
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

// exported returns words as one name that begins each with a capital.
func exported(words []string) string {
	var b strings.Builder
	for _, w := range words {
		r := []rune(w)
		b.WriteString(string(unicode.ToUpper(r[0])) + string(r[1:]))
	}
	return b.String()
}

func verbIndex(words []string) int {
	if len(words) == 0 {
		return -1
	}
	return slices.IndexFunc(verbs, func(v string) bool { return strings.EqualFold(v, words[0]) })
}

// declared is what a package folder holds.
type declared struct {
	pkg   string // "" where there is no package
	names map[string]bool
	files []string
}

// declared reads what the package in a folder declares. A file that does not parse
// tells as much as it can.
func (o *opened) declared(folder string) (declared, error) {
	d := declared{names: map[string]bool{}}
	files, err := o.ListFolder(folder, ".go", maxPackage)
	if err != nil {
		return d, err
	}
	d.files = files
	for _, name := range files {
		text, err := o.ReadFile(name, history.MaxText)
		if err != nil {
			return d, err
		}
		parsed, _ := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if parsed == nil || parsed.Name == nil {
			continue
		}
		if !strings.HasSuffix(name, "_test.go") && d.pkg == "" {
			d.pkg = parsed.Name.Name
		}
		for _, decl := range parsed.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil {
					d.names[decl.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						d.names[spec.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							d.names[n.Name] = true
						}
					}
				}
			}
		}
	}
	return d, nil
}

// taken reports whether a service of this name, or its types, would collide.
func (d declared) taken(function string) bool {
	return d.names[function] || d.names[function+"In"] || d.names[function+"Out"]
}

// free returns a name that is not taken.
func (d declared) free() string {
	for n := 1; ; n++ {
		for _, v := range verbs {
			if n > 1 {
				v = fmt.Sprintf("%s%d", v, n)
			}
			if !d.taken(v) {
				return v
			}
		}
	}
}

// serviceSource returns the source of a new service that works as it is.
func serviceSource(pkg, function string, first bool) []byte {
	var b bytes.Buffer
	if first {
		fmt.Fprintf(&b, "// Package %s holds the services of %s.\n", pkg, pkg)
	}
	fmt.Fprintf(&b, `package %[1]s

import (
	"cmp"

	"mortise/runtime/service"
)

// %[2]sIn is what callers send.
type %[2]sIn struct {
	Name string `+"`json:\"name,omitempty\" example:\"Mike\"`"+` // whom to greet; may be left out
}

// %[2]sOut is what they get.
type %[2]sOut struct {
	Greeting string `+"`json:\"greeting\"`"+`
}

// %[2]s greets a person by name.
func %[2]s(ctx *service.Context, in %[2]sIn) (%[2]sOut, error) {
	name := cmp.Or(in.Name, "partner")
	ctx.Log().Info("greeting", "name", name)
	return %[2]sOut{Greeting: "Hello " + name + "!"}, nil
}
`, pkg, function)
	return b.Bytes()
}
