package spec

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"mortise/runtime/fault"
)

// Limits on a document. A config written by a person stays far below each.
const (
	MaxDocument = 1 << 20 // bytes of a document
	maxDepth    = 40      // objects and lists inside each other
	maxNodes    = 100_000 // values of a document, aliases followed
	maxJSON     = 8 << 20 // bytes of a value as JSON
)

// placer says where a node stands.
type placer func(*yaml.Node) fault.Position

// in returns the placer of a document that stands in one file.
func in(file string) placer {
	return func(n *yaml.Node) fault.Position {
		if n == nil {
			return fault.Position{File: file}
		}
		return fault.Position{File: file, Line: n.Line, Column: n.Column}
	}
}

// Parse reads one YAML document and refuses what no config needs and what makes
// documents dangerous or ambiguous: duplicate and non-text keys, merge keys, tags
// of their own, several documents in a file, aliases that multiply, and what is
// too large or too deep. An empty document is an empty object. The node returned
// is the object itself; it is nil where there are faults.
func Parse(data []byte, file string) (*yaml.Node, fault.List) {
	var faults fault.List
	at := in(file)
	if len(data) > MaxDocument {
		faults.Add(at(nil), "yaml.large", "%q has %s, and a document may have %s",
			file, FormatSize(int64(len(data))), FormatSize(MaxDocument))
		return nil, faults
	}
	if !utf8.Valid(data) {
		return nil, fault.List{notUTF8(data, file)}
	}
	var doc yaml.Node
	err := yaml.Load(data, &doc, yaml.WithV4Defaults(), yaml.WithPlugin(loaderlimits.New(
		loaderlimits.DepthValue(maxDepth), loaderlimits.AliasNone()))) // check follows aliases itself
	if err != nil && (len(strings.TrimSpace(string(data))) > 0 && !onlyComments(data)) {
		return nil, fault.List{syntaxFault(err, file)}
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 || doc.Content[0].ShortTag() == tagNull {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, nil
	}
	c := checker{at: at}
	c.check(doc.Content[0], 0)
	if len(c.faults) > 0 {
		c.faults.Sort()
		return nil, c.faults
	}
	return doc.Content[0], nil
}

func notUTF8(data []byte, file string) *fault.Error {
	at := fault.Position{File: file, Line: 1, Column: 1}
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if at.Column += n; r == '\n' {
			at.Line, at.Column = at.Line+1, 1
		}
		data = data[n:]
	}
	return fault.New(fault.Invalid, "yaml.encoding", "this is not text in UTF-8").
		WithAt(at).WithHint("save the file in the encoding UTF-8")
}

// onlyComments reports whether a document says nothing, which the library calls
// an error.
func onlyComments(data []byte) bool {
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && line != "---" {
			return false
		}
	}
	return true
}

// inWords replaces what a parser says to itself.
var inWords = strings.NewReplacer(
	"did not find expected ", "there should be a ",
	"found character that cannot start any token", "this character cannot stand here; put the text in quotes",
	"mapping values are not allowed in this context", "a colon cannot stand here; put the text in quotes or check the indentation",
	"could not find expected ':'", "there should be a colon behind the key",
	"<document start>", "document, not more behind the first one",
	"expected single document, found multiple", "a file holds one document, and here are several",
)

// position is how the library ends its messages where an error has no mark.
var position = regexp.MustCompile(`line (\d+)(?:, column (\d+))?:? ?`)

func syntaxFault(err error, file string) *fault.Error {
	at := fault.Position{File: file}
	what := err.Error()
	if load, ok := errors.AsType[*yaml.LoadError](err); ok {
		at.Line, at.Column = load.Mark.Line, load.Mark.Column
		what = load.Message
	} else if m := position.FindStringSubmatch(what); m != nil {
		_, _ = fmt.Sscan(m[1], &at.Line)
	}
	what = strings.TrimPrefix(position.ReplaceAllString(what, ""), "yaml: ")
	return fault.New(fault.Invalid, "yaml.syntax", "this is not YAML: %s", inWords.Replace(what)).
		WithAt(at).WithHint("indent with spaces, write \"key: value\", and put texts with : # { [ * & in quotes")
}

// checker walks a whole document once, aliases followed.
type checker struct {
	at     placer
	faults fault.List
	nodes  int
	full   bool // too large: said once
}

// stdTags are those that say no more than the form of the value.
var stdTags = map[string]bool{
	tagText: true, tagInt: true, tagFloat: true, tagBool: true, tagNull: true, tagTime: true,
	"!!map": true, "!!seq": true, "!!merge": true, "": true,
}

func (c *checker) check(n *yaml.Node, depth int) {
	if c.nodes++; c.nodes > maxNodes || depth > maxDepth || c.full {
		if !c.full {
			c.full = true
			c.faults.Add(c.at(n), "yaml.large", "the document holds too much: more than %d values with its aliases, "+
				"or more than %d objects and lists inside each other", maxNodes, maxDepth)
		}
		return
	}
	if n.Kind == yaml.AliasNode {
		c.check(n.Alias, depth+1)
		return
	}
	if !stdTags[n.ShortTag()] {
		c.faults.Add(c.at(n), "yaml.tag", "the tag %q means nothing here", clip(n.ShortTag())).WithHint("leave it out")
	}
	if n.Kind == yaml.MappingNode {
		c.keys(n)
	}
	for _, child := range n.Content {
		c.check(child, depth+1)
	}
}

func (c *checker) keys(n *yaml.Node) {
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := target(n.Content[i])
		switch first := seen[k.Value]; {
		case k.Kind != yaml.ScalarNode:
			c.faults.Add(c.at(n.Content[i]), "yaml.key", "a key is a text, not %s", say(k))
		case k.Value == "<<" && k.Style == 0:
			c.faults.Add(c.at(k), "yaml.merge", "\"<<\" merges another object, which is not supported").
				WithHint("write the keys out")
		case first != nil:
			c.faults.Add(c.at(k), "yaml.duplicate", "%q stands here twice", clip(k.Value)).
				WithHint("the first one is in line %d; keep one of them", first.Line)
		default:
			seen[k.Value] = k
		}
	}
}

// target returns the node that an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return n
}

// say describes a value for a message.
func say(n *yaml.Node) string {
	switch {
	case n == nil:
		return "nothing"
	case n.Kind == yaml.MappingNode:
		return "an object"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.ScalarNode && n.ShortTag() == tagNull:
		return "nothing"
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return fmt.Sprintf("the text %q", clip(n.Value))
	default:
		return fmt.Sprintf("%q", clip(n.Value))
	}
}
