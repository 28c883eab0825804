package linked

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"mortise/runtime/fault"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// format is the version of the text that Describe makes.
const format = 1

// about is what is known of linked services.
type about struct {
	services []shape.Service
	uses     []worker.Use
	versions map[string]string
	sums     map[string]string
}

// Description is what Describe makes a text of.
type Description struct {
	Services []shape.Service
	Uses     []worker.Use
	Versions map[string]string // of the services: see Program.Version
	Sums     map[string]string // of the source: see Sums
}

// Describe returns the text that a registration carries as About. The same
// description gives the same text.
func Describe(d Description) (string, error) {
	e := encoder{index: map[*shape.Type]int{}}
	doc := aboutText{Format: format, Uses: d.Uses, Versions: d.Versions, Sums: d.Sums}
	for _, s := range d.Services {
		doc.Services = append(doc.Services, aboutService{s.Name, s.Package, s.Func, s.Doc, e.of(s.In), e.of(s.Out), s.At})
	}
	doc.Types = e.types
	text, err := json.Marshal(doc)
	return string(text), err
}

// aboutText is the form of the text. Types may contain themselves, so they stand
// in a list and name each other by their number there, which counts from 1.
type aboutText struct {
	Format   int               `json:"format"`
	Services []aboutService    `json:"services"`
	Types    []aboutType       `json:"types"`
	Uses     []worker.Use      `json:"uses,omitempty"`
	Versions map[string]string `json:"versions,omitempty"`
	Sums     map[string]string `json:"sums"`
}

type aboutService struct {
	Name    string         `json:"name"`
	Package string         `json:"package"`
	Func    string         `json:"func"`
	Doc     string         `json:"doc,omitempty"`
	In      int            `json:"in,omitempty"`
	Out     int            `json:"out,omitempty"`
	At      fault.Position `json:"at"`
}

// aboutType hides the pointers of a type behind numbers.
type aboutType struct {
	shape.Type

	Elem   int          `json:",omitempty"`
	Fields []aboutField `json:",omitempty"`
}

type aboutField struct {
	shape.Field

	Type int
}

type encoder struct {
	types []aboutType
	index map[*shape.Type]int
}

// of returns the number of a type, 0 of nil.
func (e *encoder) of(t *shape.Type) int {
	if t == nil {
		return 0
	}
	if n, ok := e.index[t]; ok {
		return n
	}
	e.types = append(e.types, aboutType{Type: *t})
	n := len(e.types)
	e.index[t] = n
	elem := e.of(t.Elem)
	fields := make([]aboutField, len(t.Fields))
	for i, f := range t.Fields {
		fields[i] = aboutField{Field: *f, Type: e.of(f.Type)}
		fields[i].Field.Type = nil
	}
	at := &e.types[n-1]
	at.Type.Elem, at.Type.Fields = nil, nil
	at.Elem, at.Fields = elem, fields
	return n
}

// parseAbout reads what Describe wrote.
func parseAbout(text string) (*about, error) {
	var doc aboutText
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	if doc.Format != format {
		return nil, fmt.Errorf("its format is %d, want %d", doc.Format, format)
	}
	types := make([]shape.Type, len(doc.Types))
	var wrong error
	at := func(n int) *shape.Type {
		switch {
		case n == 0:
			return nil
		case n < 0 || n > len(types):
			wrong = errors.New("a type is not there")
			return nil
		}
		return &types[n-1]
	}
	for i, t := range doc.Types {
		types[i] = t.Type
		types[i].Elem = at(t.Elem)
		for _, f := range t.Fields {
			field := f.Field
			field.Type = at(f.Type)
			types[i].Fields = append(types[i].Fields, &field)
		}
	}
	a := &about{uses: doc.Uses, versions: doc.Versions, sums: doc.Sums}
	for _, s := range doc.Services {
		a.services = append(a.services, shape.Service{
			Name: s.Name, Package: s.Package, Func: s.Func, Doc: s.Doc, In: at(s.In), Out: at(s.Out), At: s.At,
		})
	}
	slices.SortFunc(a.services, func(x, y shape.Service) int { return cmp.Compare(x.Name, y.Name) })
	return a, wrong
}
