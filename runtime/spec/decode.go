package spec

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
)

// Decode fills a config from a node of a document in a file and returns all that
// is wrong, with positions. Fields that the document does not name get their
// defaults; those without one stay as they are, so the config is a new one. A nil
// node is an empty object.
func Decode(node *yaml.Node, file string, d Described) fault.List {
	return DecodeAt(node, in(file), d)
}

// DecodeAt is Decode for a document whose nodes come from several files: at says
// where a node stands; for nil it returns the place of the document.
func DecodeAt(node *yaml.Node, at func(*yaml.Node) fault.Position, d Described) fault.List {
	dec := decoder{at: at}
	dec.object(node, d, "", 0)
	dec.faults.Sort()
	return dec.faults
}

// DecodeFields is Decode for a form: it says of every fault which field it is
// about. The paths stand beside the faults: "tls.ca", or "" for the whole config.
func DecodeFields(node *yaml.Node, file string, d Described) (fault.List, map[*fault.Error]string) {
	dec := decoder{at: in(file), paths: map[*fault.Error]string{}}
	dec.object(node, d, "", 0)
	dec.faults.Sort()
	return dec.faults, dec.paths
}

type decoder struct {
	at     placer
	faults fault.List
	paths  map[*fault.Error]string // the fields that faults are about; nil where nobody asks
}

// add reports what is wrong with a field.
func (dec *decoder) add(n *yaml.Node, path, code, format string, args ...any) *fault.Error {
	e := dec.faults.Add(dec.at(n), code, format, args...)
	if dec.paths != nil {
		dec.paths[e] = path
	}
	return e
}

func (dec *decoder) object(node *yaml.Node, d Described, prefix string, depth int) {
	if node = target(node); node != nil && node.Kind == yaml.DocumentNode {
		if len(node.Content) == 0 {
			node = nil
		} else {
			node = target(node.Content[0])
		}
	}
	before := len(dec.faults)
	fields := collect(d)
	nodes, ok := dec.split(node, fields, prefix)
	if !ok || depth > maxDepth {
		return
	}
	for _, f := range fields {
		dec.field(nodes[f.key], f, prefix, depth)
	}
	for _, f := range fields {
		dec.presence(node, nodes[f.key], f, fields, prefix)
	}
	if c, ok := d.(Checker); ok && len(dec.faults) == before {
		c.Check(&Problems{dec: dec, node: node, nodes: nodes, prefix: prefix})
	}
}

// pair is a key and its value.
type pair struct{ key, value *yaml.Node }

// split finds the fields' nodes and reports what is no field; false where the
// node holds no fields at all.
func (dec *decoder) split(node *yaml.Node, fields []*Field, prefix string) (map[string]pair, bool) {
	nodes := make(map[string]pair, len(fields))
	if absent(node) {
		return nodes, true
	}
	if node.Kind != yaml.MappingNode {
		_ = dec.add(node, strings.TrimSuffix(prefix, "."), "spec.type", "%s is an object of keys and values, not %s",
			named(prefix), say(node))
		return nil, false
	}
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		k, v := node.Content[i], target(node.Content[i+1])
		name := target(k).Value
		if !slices.Contains(keys, name) {
			dec.add(k, prefix+name, "spec.unknown", "unknown key %q", prefix+clip(name)).
				WithHint("%s", fault.DidYouMean(name, keys))
			continue
		}
		if _, twice := nodes[name]; twice {
			_ = dec.add(k, prefix+name, "yaml.duplicate", "%q stands here twice", prefix+clip(name))
			continue
		}
		nodes[name] = pair{k, v}
	}
	return nodes, true
}

func (dec *decoder) field(p pair, f *Field, prefix string, depth int) {
	if g, ok := f.value.(groupValue); ok {
		dec.object(p.value, g.d, prefix+f.key+".", depth+1)
		return
	}
	if absent(p.value) {
		if f.def != nil {
			_ = f.value.assign(f.def) // Or has tried it
		}
		return
	}
	if !f.value.read(p.value, dec.at) {
		f.wrong = true
		dec.wrong(p.value, f, prefix)
		return
	}
	dec.rules(p.value, f, prefix)
}

// absent reports whether a file says nothing: it leaves the key or the value out.
func absent(n *yaml.Node) bool {
	return n == nil || (n.Kind == yaml.ScalarNode && n.ShortTag() == tagNull)
}

// wrong reports a value of another sort.
func (dec *decoder) wrong(n *yaml.Node, f *Field, prefix string) {
	name := prefix + f.key
	if f.value.kind() == KindSecret {
		dec.wrongSecret(n, name)
		return
	}
	e := dec.add(n, name, "spec.type", "%q is %s%s, not %s", name, f.value.want(), f.bounds(), say(n))
	switch v := f.value.(type) {
	case choiceValue:
		e.Code = "spec.choice"
		if near := fault.Nearest(n.Value, v.values()); near != "" {
			e.WithHint("did you mean %q?", near)
		}
	case intValue, floatValue, boolValue:
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			e.WithHint("leave the quotes out")
		}
	case durationValue:
		e.WithHint("write a number and a unit: \"500ms\", \"10s\", \"5m\", \"2h\", \"1d\"")
	}
}

// wrongSecret never shows what stands there: it may be the secret.
func (dec *decoder) wrongSecret(n *yaml.Node, name string) {
	example := "NAME"
	if file := dec.at(n).File; file != "" {
		example = strings.TrimSuffix(path.Base(file), path.Ext(file)) + "/" + name[strings.LastIndex(name, ".")+1:]
		if CheckSecretName(example) != nil {
			example = "NAME"
		}
	}
	what := "%q is a secret, and its value does not belong into a file"
	if n.Kind == yaml.MappingNode {
		what = "%q names a secret as {secret: NAME}, with letters, digits and . _ - / in the name"
	}
	dec.add(n, name, "spec.secret", what, name).
		WithHint("store it with \"mortise secret set %s\" and write {secret: %s} here", example, example)
}

// presence reports fields that are missing, empty, or do not apply.
func (dec *decoder) presence(node *yaml.Node, p pair, f *Field, siblings []*Field, prefix string) {
	if !f.applies(siblings) {
		if !absent(p.value) {
			dec.add(p.key, prefix+f.key, "spec.when", "%q has no meaning here: it applies only where %s",
				prefix+f.key, f.when).WithHint("leave it out")
		}
		return
	}
	if !f.need || f.wrong || !f.value.empty() {
		return
	}
	switch {
	case p.key == nil:
		dec.add(node, prefix+f.key, "spec.missing", "%q is missing", prefix+f.key).
			WithHint("it is %s%s", f.value.want(), f.bounds())
	case absent(p.value), f.value.kind() == KindText, f.value.kind() == KindRef,
		f.value.kind() == KindTexts, f.value.kind() == KindMap:
		dec.add(p.key, prefix+f.key, "spec.missing", "%q is empty", prefix+f.key).
			WithHint("it is %s%s", f.value.want(), f.bounds())
	}
}

// String says the condition in words.
func (w *When) String() string {
	switch len(w.Values) {
	case 0:
		return fmt.Sprintf("%q is set", w.Key)
	default:
		return fmt.Sprintf("%q is %s", w.Key, or(w.Values))
	}
}

// rules checks the range and the form.
func (dec *decoder) rules(n *yaml.Node, f *Field, prefix string) {
	for _, problem := range f.problems() {
		_ = dec.add(n, prefix+f.key, problem.code, "%q %s", prefix+f.key, problem.what)
	}
}

func named(prefix string) string {
	if prefix == "" {
		return "the document"
	}
	return fmt.Sprintf("%q", strings.TrimSuffix(prefix, "."))
}
