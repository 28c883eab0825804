package config

import (
	"encoding/json"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Settings are the values under "config" of mortise.yaml and of the environment.
// They are immutable; the zero value has none.
type Settings struct {
	node  *yaml.Node
	place func(*yaml.Node) fault.Position
	flat  map[string]json.RawMessage
}

// maxSettings bounds the settings, each of which is kept ready as JSON under
// every path that leads to it.
const maxSettings = 10_000

func newSettings(node *yaml.Node, place func(*yaml.Node) fault.Position) (Settings, fault.List) {
	s := Settings{node: node, place: place, flat: map[string]json.RawMessage{}}
	var faults fault.List
	s.flatten("", node, &faults)
	return s, faults
}

func (s *Settings) flatten(prefix string, n *yaml.Node, faults *fault.List) {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := follow(n.Content[i]), n.Content[i+1]
		data, err := spec.ToJSON(v)
		if err != nil {
			faults.Add(s.place(v), "settings.value", "the setting %q: %v", prefix+k.Value, err)
			continue
		}
		if s.flat[prefix+k.Value] = data; len(s.flat) > maxSettings {
			faults.Add(s.place(k), "settings.many", "there are more than %d settings", maxSettings)
			return
		}
		s.flatten(prefix+k.Value+".", v, faults)
	}
}

// Lookup returns the setting that a dotted path leads to as JSON, and whether
// there is one: "mail.sender". What it returns must not be changed.
func (s Settings) Lookup(path string) (json.RawMessage, bool) {
	v, ok := s.flat[path]
	return v, ok
}

// Names returns the dotted paths of all settings, sorted.
func (s Settings) Names() []string { return slices.Sorted(maps.Keys(s.flat)) }

// Expand returns the settings with the placeholders of their texts filled in;
// see spec.Expand.
func (s Settings) Expand(lookup func(name string) (string, error)) (Settings, fault.List) {
	if s.node == nil {
		return s, nil
	}
	var faults fault.List
	expanded := s.expand(s.node, lookup, &faults)
	filled, more := newSettings(expanded, s.place)
	return filled, append(faults, more...)
}

func (s Settings) expand(n *yaml.Node, lookup func(string) (string, error), faults *fault.List) *yaml.Node {
	c := *follow(n)
	if c.Kind == yaml.ScalarNode {
		text, err := spec.ExpandText(c.Value, lookup)
		if err != nil {
			e := faults.Add(s.place(n), "spec.placeholder", "a setting: %v", err)
			e.Hint = fault.As(err).Hint
			return &c
		}
		c.Value = text
		return &c
	}
	c.Content = make([]*yaml.Node, len(c.Content))
	for i, child := range follow(n).Content {
		if c.Kind == yaml.MappingNode && i%2 == 0 {
			c.Content[i] = child
			continue
		}
		c.Content[i] = s.expand(child, lookup, faults)
	}
	return &c
}
