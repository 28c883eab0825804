package shape

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// maxIndex bounds a list that is written as items.0, items.1 and so on.
const maxIndex = 10_000

// FromPairs makes JSON of name=value arguments: a repeated name makes a list,
// a.b=1 an object, items.0.price=5 an element of a list, key:=3 is JSON as it
// stands. What becomes a number or a boolean is decided by the type; a nil type,
// or a field that it does not have, takes text.
func (t *Type) FromPairs(pairs []string) ([]byte, error) {
	root := &tree{}
	var problems []fault.Detail
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		raw := strings.HasSuffix(name, ":")
		name = strings.TrimSuffix(name, ":")
		switch {
		case !ok:
			problems = append(problems, fault.Detail{Path: pair, What: "has no value", Hint: "write name=value, or name:=JSON for what is no text"})
		case name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, ".."):
			problems = append(problems, fault.Detail{Path: pair, What: "has no name in front of the ="})
		case raw && !json.Valid([]byte(value)):
			problems = append(problems, fault.Detail{Path: name, What: "is not JSON behind :=", Hint: "texts stand in double quotes there"})
		default:
			if err := root.put(strings.Split(name, "."), t, value, raw); err != "" {
				problems = append(problems, fault.Detail{Path: name, What: err})
			}
		}
	}
	if len(problems) > 0 {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "input.pairs", What: "the input is wrong", Details: problems}
	}
	return root.json(nil, t), nil
}

// Merge returns a JSON object with the parameters of an address or form put into
// it; they win over fields of the body. Values are converted as FromPairs does.
// A body that is not an object comes back as it is where there are no
// parameters, and is an error else.
func (t *Type) Merge(body []byte, params map[string][]string) ([]byte, error) {
	if len(params) == 0 {
		return body, nil
	}
	root := &tree{}
	if len(strings.TrimSpace(string(body))) > 0 {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			// Checking the body alone finds the same mistake and says where it stands.
			return body, nil //nolint:nilerr // see above
		}
		for name, raw := range members {
			root.member(name).raw = raw
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		steps := strings.Split(name, ".")
		if t.field(name) != nil || slices.Contains(steps, "") {
			steps = []string{name}
		}
		root.drop(steps)
		for _, v := range params[name] {
			if err := root.put(steps, t, v, false); err != "" {
				return nil, &fault.Error{Kind: fault.Invalid, Code: "input.parameters", What: "the parameters are wrong", Details: []fault.Detail{{Path: name, What: err}}}
			}
		}
	}
	return root.json(nil, t), nil
}

// tree is a JSON value that grows argument by argument.
type tree struct {
	members map[string]*tree
	order   []string
	values  []json.RawMessage // of a leaf
	raw     json.RawMessage   // a whole value from a body
}

func (n *tree) member(name string) *tree {
	if n.members == nil {
		n.members = map[string]*tree{}
	}
	m := n.members[name]
	if m == nil {
		m = &tree{}
		n.members[name] = m
		n.order = append(n.order, name)
	}
	return m
}

// drop forgets what stands at a path.
func (n *tree) drop(steps []string) {
	for i, step := range steps {
		if n.members == nil || n.members[step] == nil {
			return
		}
		if i == len(steps)-1 {
			*n.members[step] = tree{}
			return
		}
		n = n.members[step]
	}
}

// put sets or adds a value at a path and returns "" or what is wrong.
func (n *tree) put(steps []string, t *Type, value string, raw bool) string {
	for _, step := range steps {
		if n.values != nil {
			return "is both a value and an object"
		}
		if n.raw != nil {
			var members map[string]json.RawMessage
			if json.Unmarshal(n.raw, &members) != nil {
				return "is both a value and an object"
			}
			n.raw = nil
			for name, m := range members {
				n.member(name).raw = m
			}
		}
		n, t = n.member(step), t.step(step)
	}
	if n.members != nil {
		return "is both a value and an object"
	}
	n.raw = nil
	if raw {
		n.values = append(n.values, json.RawMessage(value))
		return ""
	}
	n.values = append(n.values, t.literal(value))
	return ""
}

// json appends the value as JSON.
func (n *tree) json(out []byte, t *Type) []byte {
	switch {
	case n.raw != nil:
		return append(out, n.raw...)
	case n.values != nil:
		return n.leaf(out, t)
	case t != nil && t.Kind == List && n.indexed():
		out = append(out, '[')
		for i := range n.order {
			if i > 0 {
				out = append(out, ',')
			}
			out = n.members[strconv.Itoa(i)].json(out, t.Elem)
		}
		return append(out, ']')
	}
	out = append(out, '{')
	for i, name := range n.order {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(out, name)
		out = append(out, ':')
		out = n.members[name].json(out, t.step(name))
	}
	return append(out, '}')
}

func (n *tree) leaf(out []byte, t *Type) []byte {
	isList := t != nil && t.Kind == List
	if len(n.values) == 1 && (!isList || n.values[0][0] == '[' || string(n.values[0]) == "null") {
		return append(out, n.values[0]...)
	}
	out = append(out, '[')
	for i, v := range n.values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']')
}

// indexed reports whether the members are 0, 1, 2 and so on without a gap.
func (n *tree) indexed() bool {
	if len(n.order) > maxIndex {
		return false
	}
	for i := range n.order {
		if n.members[strconv.Itoa(i)] == nil {
			return false
		}
	}
	return true
}

func (t *Type) field(name string) *Field {
	if t == nil || t.Kind != Object {
		return nil
	}
	for _, f := range t.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// step returns the type of what stands under a name, or nil.
func (t *Type) step(name string) *Type {
	if f := t.field(name); f != nil {
		if f.Quoted {
			return &Type{Kind: Text}
		}
		return f.Type
	}
	if t != nil && (t.Kind == List || t.Kind == Map) {
		return t.Elem
	}
	return nil
}

// literal returns an argument as the JSON that the type takes: bare where it
// takes a number or boolean and the argument is one, else as text, which the
// check refuses with a clear message where it does not fit.
func (t *Type) literal(value string) json.RawMessage {
	if t != nil {
		switch t.Kind {
		case List:
			return t.Elem.literal(value)
		case Int, Float, Number, Bool:
			if json.Valid([]byte(value)) && t.fits([]byte(value)) == "" {
				return json.RawMessage(value)
			}
			if n, ok := loose(t, value); ok {
				return n
			}
		case Text, Time, Bytes, Map, Object, Any:
			if value == "null" && t.Nullable {
				return json.RawMessage("null")
			}
		}
	}
	return appendText(nil, value)
}

// loose reads what people write for numbers and booleans beside JSON.
func loose(t *Type, value string) (json.RawMessage, bool) {
	if t.Kind == Bool {
		switch strings.ToLower(value) {
		case "1", "yes", "on", "true":
			return json.RawMessage("true"), true
		case "0", "no", "off", "false":
			return json.RawMessage("false"), true
		}
		return nil, false
	}
	trimmed := strings.TrimPrefix(value, "+")
	if trimmed != "" && json.Valid([]byte(trimmed)) && t.fits([]byte(trimmed)) == "" {
		return json.RawMessage(trimmed), true
	}
	return nil, false
}

func appendText(out []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Appendf(out, "%q", s)
	}
	return append(out, b...)
}
