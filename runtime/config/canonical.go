package config

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// canonical returns a text that two nodes share when they say the same: keys
// sorted, no comments, no style. It is no JSON and is only hashed.
func canonical(n *yaml.Node) []byte {
	var b bytes.Buffer
	writeCanonical(&b, n)
	return b.Bytes()
}

func writeCanonical(b *bytes.Buffer, n *yaml.Node) {
	if n = follow(n); n == nil {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		type entry struct{ key, value *yaml.Node }
		entries := make([]entry, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			entries = append(entries, entry{follow(n.Content[i]), n.Content[i+1]})
		}
		slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key.Value, b.key.Value) })
		b.WriteByte('{')
		for _, e := range entries {
			b.WriteString(strconv.Quote(e.key.Value))
			b.WriteByte(':')
			writeCanonical(b, e.value)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for _, c := range n.Content {
			writeCanonical(b, c)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	default:
		b.WriteString(n.ShortTag())
		b.WriteString(strconv.Quote(n.Value))
	}
}
