package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// ParseObject reads the text of an object's file as a form shows it, whether it is
// saved or not. A text that is no YAML is not an error of the call.
func (s *Studio) ParseObject(ctx context.Context, in ObjectText) (ObjectForm, error) {
	o, err := s.open()
	if err != nil {
		return ObjectForm{}, err
	}
	if len(in.Text) > spec.MaxDocument {
		return ObjectForm{}, fault.New(fault.Limited, "object.large", "read %q: it has more than %s", in.File, spec.FormatSize(spec.MaxDocument))
	}
	out := ObjectForm{Edit: ObjectEdit{Kind: in.Kind, Was: in.Was}, Fields: []FieldProblem{}}
	node, faults := spec.Parse([]byte(in.Text), in.File)
	if node == nil || node.Kind != yaml.MappingNode {
		out.Faults = append(faults, spec.Decode(node, in.File, &nothing{})...).Whole()
		return out, nil
	}
	f := objectFile{Object: Object{Kind: in.Kind, Name: config.NameOfFile(in.File), File: in.File}, text: []byte(in.Text), node: node}
	if in.Kind == kindProject {
		f.Name = filepath.Base(o.Root())
	}
	out.Faults = o.ownFaults(f, &f.Object)
	e := &out.Edit
	e.Name, e.Type = cmp.Or(scalarAt(node, "name"), f.Name), f.Type
	e.Description, e.Disabled = scalarAt(node, "description"), scalarAt(node, "enabled") == "false"
	if out.Readable, err = e.take(node); err != nil {
		out.Faults = append(out.Faults, fault.Wrap(fault.Invalid, "object.value", err, "read %q", in.File).WithAt(fault.Position{File: in.File, Line: 1}))
	}
	if c, ok := newConfig(in.Kind, e.Type); ok {
		out.Faults = append(out.Faults, spec.Decode(leaveOut(node, commonKeys(in.Kind)), in.File, c)...)
	}
	out.Faults.Sort()
	out.Faults = out.Faults.Whole()
	if !out.Readable {
		return out, nil
	}
	edit := *e
	edit.Text = in.Text
	p, err := o.plan(ctx, edit)
	if err != nil {
		return ObjectForm{}, err
	}
	out.Fields = append(out.Fields, p.fields...)
	return out, nil
}

// nothing is a config without fields.
type nothing struct{}

func (*nothing) Fields(*spec.Fields) {}

// scalarAt returns the text of a key; "" where it is none.
func scalarAt(n *yaml.Node, key string) string {
	if v := valueAt(n, key); v != nil && v.Kind == yaml.ScalarNode && v.ShortTag() != "!!null" {
		return v.Value
	}
	return ""
}

// take fills the values of the fields in from a file; false where a page cannot
// hold them.
func (e *ObjectEdit) take(node *yaml.Node) (bool, error) {
	own := leaveOut(node, commonKeys(e.Kind))
	e.Texts = map[string]string{}
	c, ok := newConfig(e.Kind, e.Type)
	if ok {
		for _, f := range spec.Describe(c) {
			v := valueAt(own, f.Key)
			if f.Kind != spec.KindJSON || v == nil {
				continue
			}
			raw, err := spec.ToJSON(v)
			if err != nil {
				return false, err
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, raw, "", "  "); err != nil {
				return false, err
			}
			e.Texts[f.Key] = pretty.String()
		}
		own = leaveOut(own, slices.Collect(maps.Keys(e.Texts)))
	}
	raw, err := spec.ToJSON(own)
	e.Config = raw
	return err == nil, err
}

// values returns the fields of an edit as YAML, and what is no JSON by key.
func (e *ObjectEdit) values() (*yaml.Node, map[string]error) {
	wrong := map[string]error{}
	raw := bytes.TrimSpace(e.Config)
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	node, err := spec.FromJSON(raw)
	if err != nil || node.Kind != yaml.MappingNode {
		wrong[""] = err
		return &yaml.Node{Kind: yaml.MappingNode}, wrong
	}
	for _, key := range slices.Sorted(maps.Keys(e.Texts)) {
		text := strings.TrimSpace(e.Texts[key])
		if text == "" {
			continue
		}
		v, err := spec.FromJSON([]byte(text))
		if err != nil {
			wrong[key] = err
			continue
		}
		node = leaveOut(node, []string{key})
		node.Content = append(slices.Clone(node.Content), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, v)
	}
	return node, wrong
}

// typed is a config that says just what was typed into a form, right or wrong, in
// the order of the fields of its type.
type typed struct {
	keys   []string
	values []json.RawMessage
}

// newTyped makes one of the values of a form.
func newTyped(node *yaml.Node, order spec.Described) (*typed, error) {
	t := &typed{}
	add := func(key string, v *yaml.Node) error {
		raw, err := spec.ToJSON(v)
		t.keys, t.values = append(t.keys, key), append(t.values, raw)
		return err
	}
	var done []string
	for _, f := range spec.Describe(order) {
		if v := valueAt(node, f.Key); v != nil {
			if err := add(f.Key, v); err != nil {
				return nil, err
			}
		}
		done = append(done, f.Key)
	}
	rest := leaveOut(node, done)
	for i := 0; i+1 < len(rest.Content); i += 2 {
		if err := add(rest.Content[i].Value, rest.Content[i+1]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Fields binds what was typed.
func (t *typed) Fields(f *spec.Fields) {
	for i, key := range t.keys {
		f.JSON(key, &t.values[i])
	}
}
