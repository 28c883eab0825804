package spec

import (
	"bytes"
	"encoding/json"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
)

// Encode returns the canonical YAML of a config: fields in their order, without
// defaults, empty values and fields that do not apply. The same config gives the
// same bytes. An empty config gives none.
func Encode(d Described) ([]byte, error) { return Marshal(encode(d)) }

// EncodeNode is Encode as a node.
func EncodeNode(d Described) *yaml.Node { return encode(d) }

// Marshal writes a node in the one form that files have. The node stays as it is.
func Marshal(n *yaml.Node) ([]byte, error) {
	if n == nil || (n.Kind == yaml.MappingNode && len(n.Content) == 0) {
		return nil, nil
	}
	data, err := yaml.Dump(clone(n), // since the library writes into what it is given
		yaml.WithV4Defaults(), yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent(false))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "yaml.write", err, "write YAML")
	}
	return data, nil
}

func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = clone(child)
	}
	return &c
}

func encode(d Described) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	fields := collect(d)
	for _, f := range fields {
		if !f.applies(fields) || f.isDefault() {
			continue
		}
		v := f.value.node()
		if v == nil { // a default that was emptied on purpose
			if v = emptyNode(f.value.kind()); v == nil {
				continue
			}
		}
		n.Content = append(n.Content, scalar(tagText, f.key), v)
	}
	return n
}

// emptyNode is how a file says that a value is empty though its default is not.
func emptyNode(k Kind) *yaml.Node {
	switch k {
	case KindText:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tagText, Style: yaml.DoubleQuotedStyle}
	case KindTexts:
		return &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	case KindMap:
		return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	default:
		return nil
	}
}

// Redacted returns a config for people and logs: an object of all its fields
// with their values, defaults included, secrets as references.
func Redacted(d Described) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	fields, first := collect(d), true
	for _, f := range fields {
		if !f.applies(fields) || f.value.kind() == KindAny {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(quoteJSON(f.key))
		b.WriteByte(':')
		b.Write(f.json())
	}
	b.WriteByte('}')
	return b.Bytes()
}

func (f *Field) json() json.RawMessage {
	if g, ok := f.value.(groupValue); ok {
		return Redacted(g.d)
	}
	n := f.value.node()
	if n == nil {
		n = emptyNode(f.value.kind())
	}
	data, err := ToJSON(n)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}
