package spec

import (
	"fmt"
	"maps"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
)

// Expand fills the placeholders in: ${name} in a text, a list or a map becomes
// what lookup returns for the name, and $${ stands for ${ itself. It comes after
// Decode, with the same node and file, or nil and "", which cost the positions.
// Rules on texts that had placeholders are checked here.
func Expand(node *yaml.Node, file string, d Described, lookup func(name string) (string, error)) fault.List {
	return ExpandAt(node, in(file), d, lookup)
}

// ExpandAt is Expand for a document whose nodes come from several files.
func ExpandAt(node *yaml.Node, at func(*yaml.Node) fault.Position, d Described,
	lookup func(name string) (string, error),
) fault.List {
	x := expander{decoder: decoder{at: at}, lookup: lookup}
	walk(d, "", func(f *Field, path string) { x.field(f, path, find(node, path)) })
	x.faults.Sort()
	return x.faults
}

// find returns the value that a dotted path of keys leads to; nil where there is
// none.
func find(n *yaml.Node, path string) *yaml.Node {
	for key := range strings.SplitSeq(path, ".") {
		if n = target(n); n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var next *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if target(n.Content[i]).Value == key {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return target(n)
}

type expander struct {
	decoder
	lookup func(string) (string, error)
}

func (x *expander) field(f *Field, path string, n *yaml.Node) {
	changed := false
	switch v := f.value.(type) {
	case textValue:
		changed = x.text(v.p, path, n)
	case textsValue:
		// The list may be shared with whoever decoded it.
		list := make([]string, len(*v.p))
		for i, s := range *v.p {
			changed = x.text(&s, path, n) || changed
			list[i] = s
		}
		if changed {
			*v.p = list
		}
	case mapValue:
		m := maps.Clone(*v.p)
		for k, s := range *v.p {
			changed = x.text(&s, path, n) || changed
			m[k] = s
		}
		if changed {
			*v.p = m
		}
	}
	if changed {
		for _, problem := range f.problems() {
			x.faults.Add(x.at(n), problem.code, "%q %s", path, problem.what)
		}
	}
}

func (x *expander) text(p *string, path string, n *yaml.Node) bool {
	if !strings.Contains(*p, "${") {
		return false
	}
	s, err := ExpandText(*p, x.lookup)
	if err != nil {
		e := x.faults.Add(x.at(n), "spec.placeholder", "%q: %s", path, err)
		if f := fault.All(err)[0]; f.Kind == fault.Invalid {
			e.Hint = f.Hint
		}
		return false
	}
	*p = s
	return true
}

// hasPlaceholder reports whether a text is not yet what it will be.
func hasPlaceholder(s string) bool { return strings.Contains(s, "${") }

// ExpandText fills the placeholders of one text in.
func ExpandText(s string, lookup func(string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			b.WriteString(s)
			return b.String(), nil
		}
		if i > 0 && s[i-1] == '$' {
			b.WriteString(s[:i-1] + "${")
			s = s[i+2:]
			continue
		}
		name, rest, ok := strings.Cut(s[i+2:], "}")
		if !ok {
			return "", fault.New(fault.Invalid, "", "the placeholder %q has no end", clip(s[i:])).
				WithHint("close it with }, or write $${ for the characters themselves")
		}
		v, err := lookup(name)
		if err != nil {
			return "", err
		}
		b.WriteString(s[:i] + v)
		if b.Len() > MaxDocument {
			return "", fmt.Errorf("the text is longer than %s", FormatSize(MaxDocument))
		}
		s = rest
	}
}

// Lookup returns the placeholders that projects know: ${self} is the runtime's
// own address, ${env:NAME} a variable of the environment, which env looks up.
func Lookup(self string, env func(name string) (string, bool)) func(name string) (string, error) {
	return func(name string) (string, error) {
		if name == "self" {
			if self == "" {
				return "", fault.New(fault.Invalid, "spec.self", "nothing listens, so ${self} has no address")
			}
			return self, nil
		}
		variable, ok := strings.CutPrefix(name, "env:")
		if !ok {
			return "", fault.New(fault.Invalid, "spec.placeholder", "unknown placeholder \"${%s}\"", clip(name)).
				WithHint("there are ${self}, the runtime's own address, and ${env:NAME}")
		}
		v, ok := env(variable)
		if !ok {
			return "", fault.New(fault.Invalid, "spec.env", "the environment has no variable %q", clip(variable)).
				WithHint("set it where the server starts")
		}
		return v, nil
	}
}
