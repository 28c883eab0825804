package interp

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
)

// bundle is what a host sends to a worker: the rewritten source of all packages
// and the services in them. On the wire it is the length of a JSON header, the
// header, and the texts that the header points into, so that a worker reads the
// source and the types only of what it loads.
type bundle struct {
	Packages []bundlePackage `json:"packages"` // each after those that it imports
	Groups   []bundleGroup   `json:"groups"`
	Services []bundleService `json:"services"`

	texts []byte
}

// text is a part of the texts.
type text struct {
	Off int `json:"o"`
	Len int `json:"n"`
}

// bundlePackage is one package.
type bundlePackage struct {
	Path    string   `json:"path"`
	Name    string   `json:"name"`
	Source  text     `json:"source"`
	Notes   text     `json:"notes"`             // its notes, as encodeNotes writes them
	Imports []string `json:"imports,omitempty"` // packages whose symbols it needs
	Project []int    `json:"project,omitempty"` // packages of the bundle that it imports
}

// bundleGroup is what runs in one interpreter: the packages of some services.
type bundleGroup struct {
	Packages []int `json:"packages"`        // those with services; what they import follows from it
	Eager    bool  `json:"eager,omitempty"` // load it before the worker is ready
}

// bundleService is one service.
type bundleService struct {
	Name    string `json:"name"`
	Group   int    `json:"group"`
	Package int    `json:"package"`
	Func    string `json:"func"`
	In      *text  `json:"in,omitempty"`  // description of its input; nil where it takes nothing
	Out     *text  `json:"out,omitempty"` // of its output; nil where it returns nothing
}

// add appends a text.
func (b *bundle) add(s []byte) text {
	t := text{Off: len(b.texts), Len: len(s)}
	b.texts = append(b.texts, s...)
	return t
}

// text returns a text of the bundle; nil for one that is not in it.
func (b *bundle) text(t text) []byte {
	if t.Off < 0 || t.Len < 0 || t.Off > len(b.texts) || t.Len > len(b.texts)-t.Off {
		return nil
	}
	return b.texts[t.Off : t.Off+t.Len : t.Off+t.Len]
}

// encode returns the bundle as it is sent.
func (b *bundle) encode() ([]byte, error) {
	header, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	if len(header) > math.MaxUint32 {
		return nil, errors.New("encode the bundle: too many services")
	}
	out := make([]byte, 0, 4+len(header)+len(b.texts))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	return append(append(out, header...), b.texts...), nil
}

// errBundle means that host and worker are not of the same version.
var errBundle = errors.New("the bundle is not one of this version")

// decodeBundle reads what encode wrote.
func decodeBundle(data []byte) (*bundle, error) {
	if len(data) < 4 {
		return nil, errBundle
	}
	n := binary.LittleEndian.Uint32(data)
	if int64(n) > int64(len(data)-4) {
		return nil, errBundle
	}
	b := &bundle{texts: data[4+n:]}
	if err := json.Unmarshal(data[4:4+n], b); err != nil {
		return nil, errors.Join(errBundle, err)
	}
	return b, b.check()
}

// check makes sure that every index of the bundle is in range.
func (b *bundle) check() error {
	in := func(i, n int) bool { return i >= 0 && i < n }
	for i, p := range b.Packages {
		for _, q := range p.Project {
			if !in(q, i) {
				return errBundle
			}
		}
	}
	for _, g := range b.Groups {
		for _, p := range g.Packages {
			if !in(p, len(b.Packages)) {
				return errBundle
			}
		}
	}
	for _, s := range b.Services {
		if !in(s.Group, len(b.Groups)) || !in(s.Package, len(b.Packages)) {
			return errBundle
		}
	}
	return nil
}

// closure returns the packages of a group and all that they import, each after
// those that it imports.
func (b *bundle) closure(group int) []int {
	need := make([]bool, len(b.Packages))
	for _, p := range b.Groups[group].Packages {
		need[p] = true
	}
	var out []int
	for i, v := range slices.Backward(b.Packages) { // importers before the imported
		if need[i] {
			for _, q := range v.Project {
				need[q] = true
			}
		}
	}
	for i, n := range need {
		if n {
			out = append(out, i)
		}
	}
	return out
}
