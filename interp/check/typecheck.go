package check

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// useOf shortens the name where it stands beside others.
type useOf = worker.Use

// errIncomplete marks an import whose faults are reported where they are.
var errIncomplete = errors.New("the package has faults")

// typeCheck checks one package whose imports were checked before.
func (c *Checker) typeCheck(e *entry) *Package {
	u := e.unit
	pkg := &Package{
		Path: e.path, Name: u.name, Dir: u.dir, Files: u.files, Fset: u.fset, Vendored: e.vendored, Hash: e.hash(),
		Info: newInfo(), tokens: u.tokens, Faults: slices.Concat(u.faults, e.faults),
	}
	lock := false
	for _, d := range e.deps {
		pkg.Imports = append(pkg.Imports, d.pkg)
		pkg.Broken = pkg.Broken || d.pkg.Broken
		lock = lock || d.pkg.incomplete
	}
	t := &typeChecker{c: c, entry: e, pkg: pkg}
	if err := cmp.Or(tooLongConst(pkg), tooLargeType(pkg), tooLargeFlow(pkg)); err != nil {
		pkg.Faults = append(pkg.Faults, err)
		pkg.Types = types.NewPackage(pkg.Path, pkg.Name)
		pkg.incomplete, pkg.Broken = true, true
		return pkg
	}
	if lock {
		c.incomplete.Lock()
		defer c.incomplete.Unlock()
	}
	defer func() {
		// A panic here is the type checker's mistake, or ours; source that nobody
		// foresaw must not end the host all the same.
		if r := recover(); r != nil {
			pkg.Faults = append(pkg.Faults, fault.New(fault.Internal, "check.panic", "check package %q: %v", pkg.Path, r).
				WithHint("this is a mistake of Mortise: please report it with the package's source"))
			pkg.Types = types.NewPackage(pkg.Path, pkg.Name)
			pkg.incomplete, pkg.Broken = true, true
		}
	}()
	t.run()
	pkg.index.build(pkg)
	t.report()
	if len(pkg.Faults) == 0 {
		pkg.tooLargeVars()
	}
	if !pkg.Vendored {
		pkg.analyse(e.services)
	}
	pkg.limitFaults()
	pkg.Broken = pkg.Broken || len(pkg.Faults) > 0
	return pkg
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
}

// hash names this version of the package and of all that it imports.
func (e *entry) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n", e.path, e.goVer, e.unit.hash)
	for _, d := range e.deps {
		fmt.Fprintf(h, "%s %s\n", d.path, d.pkg.Hash)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// typeChecker runs go/types over one package.
type typeChecker struct {
	c      *Checker
	entry  *entry
	pkg    *Package
	errors []types.Error
}

// Import returns an imported package: of the project, its vendor folder or the
// library.
func (t *typeChecker) Import(path string) (*types.Package, error) {
	for _, d := range t.entry.deps {
		if d.path == path {
			if d.pkg.incomplete {
				return d.pkg.Types, errIncomplete
			}
			return d.pkg.Types, nil
		}
	}
	if why := t.entry.missing[path]; why != "" {
		return nil, errors.New(why)
	}
	return t.c.library.Import(path)
}

func (t *typeChecker) run() {
	pkg := t.pkg
	conf := types.Config{
		GoVersion: t.entry.goVer,
		Importer:  t,
		Sizes:     types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			if e, ok := errors.AsType[types.Error](err); ok {
				t.errors = append(t.errors, e)
			}
		},
	}
	files := make([]*ast.File, len(pkg.Files))
	for i, f := range pkg.Files {
		files[i] = f.AST
	}
	pkg.Types = types.NewPackage(pkg.Path, pkg.Name)
	_ = types.NewChecker(&conf, pkg.Fset, pkg.Types, pkg.Info).Files(files) // its errors went to Error
}

// report turns the type checker's errors into faults. Behind a syntax error they
// would be about what the parser left out, so they are not shown then.
func (t *typeChecker) report() {
	pkg := t.pkg
	if len(t.entry.unit.faults) > 0 {
		pkg.incomplete = true
		return
	}
	var names []string
	for _, e := range t.errors {
		code := errorCode(e)
		if strings.HasPrefix(e.Msg, "\t") {
			t.addDetail(e)
			continue
		}
		if !e.Soft {
			pkg.incomplete = true
		}
		if (code == codeBrokenImport || code == codeBadImportPath) && t.reportedImport(e) {
			continue
		}
		if len(pkg.Faults) >= maxFaults {
			pkg.more++
			continue
		}
		f := pkg.Faults.Add(pkg.Position(e.Pos), codeName(code), "%s", plain(e.Msg))
		f.Hint = hinter{c: t.c, pkg: pkg, e: e, code: code, names: &names}.hint()
	}
}

// addDetail hangs the second place of an error on the error in front of it.
func (t *typeChecker) addDetail(e types.Error) {
	if len(t.pkg.Faults) == 0 {
		return
	}
	f := t.pkg.Faults[len(t.pkg.Faults)-1]
	f.Details = append(f.Details, fault.Detail{Path: t.pkg.Position(e.Pos).String(), What: plain(strings.TrimSpace(e.Msg))})
}

// reportedImport reports whether the fault of an import stands with the
// package's other faults, or in the package that it imports.
func (t *typeChecker) reportedImport(e types.Error) bool {
	for _, use := range t.entry.unit.imports {
		if use.spec.Path.Pos() == e.Pos || use.spec.Pos() == e.Pos {
			return t.entry.missing[use.path] != "" || slices.ContainsFunc(t.entry.deps, func(d *entry) bool { return d.path == use.path })
		}
	}
	return false
}

// errorCode returns the type checker's code of an error, which go/types keeps in
// a field that it does not export yet.
func errorCode(e types.Error) int {
	f := reflect.ValueOf(e).FieldByName("go116code")
	if !f.IsValid() || !f.CanInt() {
		return 0
	}
	return int(f.Int())
}

func codeName(code int) string {
	if name, ok := codeNames[code]; ok {
		return name
	}
	return "go.error"
}

// plain makes one line of an error text.
func plain(msg string) string {
	msg = strings.ReplaceAll(msg, " (declared at -)", "") // objects of the library have no place
	return strings.Join(strings.FieldsFunc(strings.ReplaceAll(msg, "\n\t", "; "), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}

// limitFaults cuts the faults of a package that has far too many.
func (p *Package) limitFaults() {
	p.more += max(len(p.Faults)-maxFaults, 0)
	if p.more > 0 {
		p.Faults = p.Faults[:maxFaults:maxFaults]
		p.Faults.Add(p.Faults[maxFaults-1].At, "check.many", "package %q has %d more faults", p.Path, p.more).
			WithHint("put right the first ones; many of the others may follow from them")
	}
}
