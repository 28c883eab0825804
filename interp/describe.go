package interp

import (
	"encoding/json"
	"fmt"
	"go/types"

	"mortise/interp/check"
	"mortise/interp/codec"
	"mortise/runtime/fault"
)

// described is one service of a package with the descriptions of its types as
// the worker reads them.
type described struct {
	name, fn string
	in, out  []byte // nil where it has none
}

// describe describes the services of a package.
func describe(p *check.Package) (out []described, faults fault.List) {
	for _, s := range p.Services {
		d := described{name: s.Name, fn: s.Func}
		f, ok := p.Types.Scope().Lookup(s.Func).(*types.Func)
		if !ok {
			faults = append(faults, fault.New(fault.Internal, "interp.build", "service %q: no function %q", s.Name, s.Func).WithAt(s.At))
			continue
		}
		d.in, d.out = describeFunc(p, f.Signature(), s.Name, s.At, &faults)
		out = append(out, d)
	}
	return out, faults
}

// describeFunc describes the input and output of a service's function.
func describeFunc(p *check.Package, sig *types.Signature, name string, at fault.Position, faults *fault.List) (in, out []byte) {
	place := func(obj types.Object) fault.Position {
		if obj.Pkg() == p.Types {
			return p.Position(obj.Pos())
		}
		return at // in another package, whose positions are not at hand
	}
	one := func(t types.Type) []byte {
		d, ferr := codec.Describe(t, place)
		if ferr != nil {
			if ferr.At.IsZero() {
				ferr.At = at
			}
			ferr.What += fmt.Sprintf(" of service %q", name)
			*faults = append(*faults, ferr)
			return nil
		}
		b, err := json.Marshal(d)
		if err != nil {
			*faults = append(*faults, fault.Wrap(fault.Internal, "interp.build", err, "service %q: describe its types", name).WithAt(at))
		}
		return b
	}
	if sig.Params().Len() == 2 {
		in = one(sig.Params().At(1).Type())
	}
	if sig.Results().Len() == 2 {
		out = one(sig.Results().At(0).Type())
	}
	return in, out
}
