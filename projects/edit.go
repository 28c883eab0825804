package projects

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// edit returns a document that says what want says and otherwise is as it was:
// comments, order, blank lines, quotes and line ends of whatever does not change
// stay. Where that cannot be done, because the document is written in a way that
// lines do not tell apart, it is written anew with its first comment.
func edit(old []byte, want *yaml.Node) ([]byte, error) {
	have, faults := spec.Parse(old, "")
	if len(faults) == 0 && have.Kind == yaml.MappingNode && have.Style&yaml.FlowStyle == 0 && len(have.Content) > 0 {
		e := editor{lines: strings.SplitAfter(string(old), "\n")}
		if err := e.object(have, want, e.length()); err != nil {
			return nil, err
		}
		text := e.text(old)
		if says([]byte(text), want) {
			return []byte(text), nil
		}
	}
	text, err := spec.Marshal(want)
	if err != nil {
		return nil, err
	}
	if head := append(firstComment(old), text...); says(head, want) {
		return head, nil
	}
	return text, nil // the comment itself is what is wrong
}

// firstComment returns the comment at the head of a document.
func firstComment(text []byte) []byte {
	var head bytes.Buffer
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("#")) {
			break
		}
		head.Write(bytes.TrimRight(line, "\r\n"))
		head.WriteByte('\n')
	}
	return head.Bytes()
}

func says(text []byte, want *yaml.Node) bool {
	now, faults := spec.Parse(text, "")
	return len(faults) == 0 && same(now, want)
}

// same reports whether two nodes say the same, whatever the order of keys.
func same(a, b *yaml.Node) bool {
	x, errA := spec.ToJSON(a)
	y, errB := spec.ToJSON(b)
	if errA != nil || errB != nil {
		return false
	}
	if bytes.Equal(x, y) {
		return true
	}
	if a, b = follow(a), follow(b); a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	switch a.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(a.Content); i += 2 {
			other := valueOf(b, a.Content[i].Value)
			if other == nil || !same(a.Content[i+1], other) {
				return false
			}
		}
		return true
	case yaml.SequenceNode:
		for i := range a.Content {
			if !same(a.Content[i], b.Content[i]) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

func follow(n *yaml.Node) *yaml.Node {
	for range 100 { // an alias of an alias is already rare
		if n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return n
}

func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if follow(n.Content[i]).Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// editor collects changes of the lines of a document.
type editor struct {
	lines   []string
	changes []change
}

// change puts text in the place of the lines from first to before last, counted
// from 0; where the two are equal it is an insertion.
type change struct {
	first, last int
	text        string
}

// text returns the document with all changes made.
func (e *editor) text(old []byte) string {
	// Insertions stand in front of what replaces the same line, and among
	// themselves in the order in which they were asked for.
	slices.SortStableFunc(e.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(min(a.last-a.first, 1), min(b.last-b.first, 1)))
	})
	var out strings.Builder
	at := 0
	for _, c := range e.changes {
		for ; at < c.first; at++ {
			out.WriteString(e.lines[at])
		}
		if s := out.String(); s != "" && !strings.HasSuffix(s, "\n") && c.text != "" {
			out.WriteByte('\n')
		}
		out.WriteString(c.text)
		at = max(at, c.last)
	}
	for ; at < len(e.lines); at++ {
		out.WriteString(e.lines[at])
	}
	text := out.String()
	if bytes.Contains(old, []byte("\r\n")) {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	}
	return text
}

// length returns the number of lines; what strings.SplitAfter leaves behind the
// last line end is none.
func (e *editor) length() int {
	if n := len(e.lines); n > 0 && e.lines[n-1] == "" {
		return n - 1
	}
	return len(e.lines)
}

// object changes the entries of a block of keys that ends before the line end,
// counted from 0.
func (e *editor) object(have, want *yaml.Node, end int) error {
	for i := 0; i+1 < len(have.Content); i += 2 {
		key, value := have.Content[i], have.Content[i+1]
		first, last := key.Line-1, e.last(have, i, end)
		wanted := valueOf(want, key.Value)
		var err error
		switch {
		case wanted == nil:
			e.changes = append(e.changes, change{first, last, ""})
		case same(value, wanted):
		case isBlock(value) && wanted.Kind == yaml.MappingNode && len(wanted.Content) > 0:
			err = e.object(value, wanted, last)
		case e.inLine(key, value, wanted, last):
		default:
			var text string
			text, err = render(key.Value, wanted, key.Column-1)
			e.changes = append(e.changes, change{first, last, text})
		}
		if err != nil {
			return err
		}
	}
	return e.added(have, want, end)
}

func isBlock(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0
}

// last returns the line behind an entry: that of the next key, without the blank
// lines and comments in front of it, which belong to the next.
func (e *editor) last(have *yaml.Node, i, end int) int {
	if i+2 < len(have.Content) {
		end = have.Content[i+2].Line - 1
	}
	indent := have.Content[i].Column - 1
	for end > have.Content[i].Line {
		line := e.lines[end-1]
		text := strings.TrimSpace(line)
		comment := strings.HasPrefix(text, "#") && len(line)-len(strings.TrimLeft(line, " ")) <= indent
		if text != "" && text != "..." && !comment {
			break
		}
		end--
	}
	return end
}

// added puts new entries where the order of want has them: behind the nearest
// entry in front of them that is there already, else in front of all.
func (e *editor) added(have, want *yaml.Node, end int) error {
	at := have.Content[0].Line - 1
	for i := 0; i+1 < len(want.Content); i += 2 {
		key := want.Content[i].Value
		if k := indexOf(have, key); k >= 0 {
			at = e.last(have, k, end)
			continue
		}
		text, err := render(key, want.Content[i+1], have.Content[0].Column-1)
		if err != nil {
			return err
		}
		e.changes = append(e.changes, change{at, at, text})
	}
	return nil
}

func indexOf(n *yaml.Node, key string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// inLine changes a value that stands on one line with its key and is followed by
// nothing but a comment, which stays; false where it is not so.
func (e *editor) inLine(key, value, wanted *yaml.Node, last int) bool {
	if value.Kind != yaml.ScalarNode || wanted.Kind != yaml.ScalarNode || value.Anchor != "" ||
		value.Line != key.Line || last != key.Line || value.Style&(yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0 {
		return false
	}
	text, err := spec.Marshal(wanted)
	if err != nil || bytes.Count(text, []byte("\n")) != 1 {
		return false
	}
	line := strings.TrimRight(e.lines[key.Line-1], "\r\n")
	comment := ""
	if at := strings.LastIndex(line, value.LineComment); value.LineComment != "" && at > 0 {
		start := len(strings.TrimRight(line[:at], " \t"))
		comment = line[start:]
	}
	if value.Column-1 > len(line) {
		return false
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	e.changes = append(e.changes, change{key.Line - 1, key.Line, line[:value.Column-1] + string(text) + comment + "\n"})
	return true
}

// render writes one key and its value, indented.
func render(key string, value *yaml.Node, indent int) (string, error) {
	text, err := spec.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, value,
	}})
	if err != nil {
		return "", fault.Wrap(fault.Internal, "project.edit", err, "write the value of %q", key)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) != "" {
			out.WriteString(strings.Repeat(" ", indent))
		}
		out.WriteString(line)
	}
	return out.String(), nil
}
