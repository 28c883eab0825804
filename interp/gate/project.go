package gate

import (
	"context"
	"go/ast"

	"mortise/interp/check"
)

// Admit judges all packages of a checked project. Packages that do not compile
// are passed over, as are those that import them: their faults stand in the
// project. The error is that of ctx.
func (g *Gate) Admit(ctx context.Context, p *check.Project) (*Result, error) {
	units := make([]*Unit, 0, len(p.Packages))
	var broken []string
	for _, pkg := range p.Packages {
		if pkg.Broken || pkg.Types == nil {
			broken = append(broken, pkg.Path)
			continue
		}
		u := &Unit{Path: pkg.Path, Hash: pkg.Hash, Fset: pkg.Fset, Types: pkg.Types, Info: pkg.Info}
		u.Files = make([]*ast.File, len(pkg.Files))
		for i, f := range pkg.Files {
			u.Files[i] = f.AST
		}
		units = append(units, u)
	}
	res, err := g.AdmitUnits(ctx, units)
	if err != nil {
		return nil, err
	}
	res.Refused = append(res.Refused, broken...)
	return res, nil
}
