package spec

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"
)

type textsValue struct{ p *[]string }

func (v textsValue) kind() Kind                   { return KindTexts }
func (v textsValue) want() string                 { return "a list of texts" }
func (v textsValue) fresh() value                 { return textsValue{new([]string)} }
func (v textsValue) bound(b any) (float64, error) { return number(b) }
func (v textsValue) size() (float64, bool)        { return float64(len(*v.p)), true }
func (v textsValue) empty() bool                  { return len(*v.p) == 0 }
func (v textsValue) read(n *yaml.Node, _ placer) bool {
	if s, ok := written(n); ok { // one text is a list of one
		*v.p = []string{s}
		return true
	}
	if n.Kind != yaml.SequenceNode {
		return false
	}
	*v.p = make([]string, len(n.Content))
	for i, c := range n.Content {
		s, ok := written(target(c))
		if !ok {
			*v.p = nil
			return false
		}
		(*v.p)[i] = s
	}
	return true
}

func (v textsValue) assign(d any) error {
	s, ok := d.([]string)
	if !ok {
		return mismatch("a []string", d)
	}
	*v.p = slices.Clone(s)
	return nil
}

func (v textsValue) node() *yaml.Node {
	if len(*v.p) == 0 {
		return nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range *v.p {
		n.Content = append(n.Content, scalar(tagText, s))
	}
	return n
}

type mapValue struct{ p *map[string]string }

func (v mapValue) kind() Kind                   { return KindMap }
func (v mapValue) want() string                 { return "an object of names and texts" }
func (v mapValue) fresh() value                 { return mapValue{new(map[string]string)} }
func (v mapValue) bound(b any) (float64, error) { return number(b) }
func (v mapValue) size() (float64, bool)        { return float64(len(*v.p)), true }
func (v mapValue) empty() bool                  { return len(*v.p) == 0 }
func (v mapValue) read(n *yaml.Node, _ placer) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	*v.p = make(map[string]string, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		s, ok := written(target(n.Content[i+1]))
		if !ok {
			*v.p = nil
			return false
		}
		(*v.p)[target(n.Content[i]).Value] = s
	}
	return true
}

func (v mapValue) assign(d any) error {
	m, ok := d.(map[string]string)
	if !ok {
		return mismatch("a map[string]string", d)
	}
	*v.p = maps.Clone(m)
	return nil
}

func (v mapValue) node() *yaml.Node {
	if len(*v.p) == 0 {
		return nil
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, k := range slices.Sorted(maps.Keys(*v.p)) {
		n.Content = append(n.Content, scalar(tagText, k), scalar(tagText, (*v.p)[k]))
	}
	return n
}

type jsonValue struct{ p *json.RawMessage }

func (v jsonValue) kind() Kind                 { return KindJSON }
func (v jsonValue) want() string               { return "a value that JSON can hold" }
func (v jsonValue) fresh() value               { return jsonValue{new(json.RawMessage)} }
func (v jsonValue) bound(any) (float64, error) { return 0, errors.New("any JSON has no range") }
func (v jsonValue) size() (float64, bool)      { return 0, false }
func (v jsonValue) empty() bool                { return len(*v.p) == 0 }
func (v jsonValue) read(n *yaml.Node, _ placer) (ok bool) {
	data, err := ToJSON(n)
	*v.p = data
	return err == nil
}

func (v jsonValue) assign(d any) error {
	data, err := json.Marshal(d)
	*v.p = data
	return err
}

func (v jsonValue) node() *yaml.Node {
	if len(*v.p) == 0 {
		return nil
	}
	n, err := FromJSON(*v.p)
	if err != nil {
		return scalar(tagText, string(*v.p))
	}
	return n
}

type anyValue struct{}

func (v anyValue) kind() Kind                   { return KindAny }
func (v anyValue) want() string                 { return "any value" }
func (v anyValue) fresh() value                 { return v }
func (v anyValue) bound(any) (float64, error)   { return 0, errors.New("any value has no range") }
func (v anyValue) size() (float64, bool)        { return 0, false }
func (v anyValue) empty() bool                  { return true }
func (v anyValue) read(*yaml.Node, placer) bool { return true }
func (v anyValue) assign(d any) error           { return mismatch("allowed: it has no default", d) }
func (v anyValue) node() *yaml.Node             { return nil }

type secretValue struct{ p *Secret }

func (v secretValue) kind() Kind                 { return KindSecret }
func (v secretValue) want() string               { return "a reference to a secret" }
func (v secretValue) fresh() value               { return secretValue{new(Secret)} }
func (v secretValue) bound(any) (float64, error) { return 0, errors.New("a secret has no range") }
func (v secretValue) size() (float64, bool)      { return 0, false }
func (v secretValue) empty() bool                { return v.p.Name == "" }
func (v secretValue) assign(d any) error         { return mismatch("allowed: a secret has no default", d) }

func (v secretValue) read(n *yaml.Node, at placer) bool {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 || n.Content[0].Value != "secret" {
		return false
	}
	name, ok := written(target(n.Content[1]))
	if !ok || CheckSecretName(name) != nil {
		return false
	}
	*v.p = Secret{Name: name, At: at(n)}
	return true
}

func (v secretValue) node() *yaml.Node {
	if v.p.Name == "" {
		return nil
	}
	return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{
		scalar(tagText, "secret"), scalar(tagText, v.p.Name),
	}}
}

type refValue struct {
	p  *Ref
	of string
}

func (v refValue) kind() Kind                 { return KindRef }
func (v refValue) want() string               { return "the name of a " + v.of }
func (v refValue) fresh() value               { return refValue{new(Ref), v.of} }
func (v refValue) bound(any) (float64, error) { return 0, errors.New("a name has no range") }
func (v refValue) size() (float64, bool)      { return 0, false }
func (v refValue) empty() bool                { return v.p.Name == "" }
func (v refValue) read(n *yaml.Node, at placer) bool {
	s, ok := written(n)
	*v.p = Ref{Name: s, At: at(n)}
	return ok
}

func (v refValue) assign(d any) error {
	s, ok := d.(string)
	if !ok {
		return mismatch("a string", d)
	}
	*v.p = Ref{Name: s}
	return nil
}
func (v refValue) node() *yaml.Node { return textValue{&v.p.Name}.node() }

// groupValue is a config inside a config. The decoder and the encoder walk into
// it, so that it has hardly a value of its own.
type groupValue struct{ d Described }

func (v groupValue) kind() Kind                   { return KindGroup }
func (v groupValue) want() string                 { return "an object" }
func (v groupValue) fresh() value                 { return v }
func (v groupValue) read(*yaml.Node, placer) bool { return false }
func (v groupValue) assign(d any) error           { return mismatch("allowed: its fields have defaults", d) }
func (v groupValue) bound(any) (float64, error)   { return 0, errors.New("a group has no range") }
func (v groupValue) size() (float64, bool)        { return 0, false }
func (v groupValue) empty() bool                  { return v.node() == nil }
func (v groupValue) node() *yaml.Node {
	n := encode(v.d)
	if len(n.Content) == 0 {
		return nil
	}
	return n
}
