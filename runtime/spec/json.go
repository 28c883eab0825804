package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ToJSON returns a node as JSON, keys in the order of the document. A document
// that Parse accepted fails only where it holds a number that JSON has no word
// for, such as .nan.
func ToJSON(n *yaml.Node) (json.RawMessage, error) {
	var b bytes.Buffer
	if err := writeJSON(&b, n, 0); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeJSON(b *bytes.Buffer, n *yaml.Node, depth int) error {
	if n = target(n); n == nil {
		b.WriteString("null")
		return nil
	}
	if depth > maxDepth || b.Len() > maxJSON {
		return errTooLarge
	}
	switch n.Kind {
	case yaml.MappingNode:
		return writeObject(b, n, depth)
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, c, depth+1); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case yaml.ScalarNode:
		s, err := scalarJSON(n)
		b.WriteString(s)
		return err
	default:
		return fmt.Errorf("line %d holds something that JSON cannot", n.Line)
	}
}

func writeObject(b *bytes.Buffer, n *yaml.Node, depth int) error {
	b.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoteJSON(target(n.Content[i]).Value))
		b.WriteByte(':')
		if err := writeJSON(b, n.Content[i+1], depth+1); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

var errTooLarge = errors.New("the value is too large or too deep")

// scalarJSON returns a scalar as JSON; numbers keep their digits.
func scalarJSON(n *yaml.Node) (string, error) {
	switch n.ShortTag() {
	case tagNull:
		return "null", nil
	case tagBool:
		return strings.ToLower(n.Value), nil
	case tagInt, tagFloat:
		text := strings.TrimPrefix(strings.ReplaceAll(n.Value, "_", ""), "+")
		if json.Valid([]byte(text)) {
			return text, nil
		}
		if i, err := strconv.ParseInt(text, 0, 64); err == nil {
			return strconv.FormatInt(i, 10), nil
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return "", fmt.Errorf("%q is not a number that JSON can hold", clip(n.Value))
		}
		return strconv.FormatFloat(f, 'g', -1, 64), nil
	default:
		return quoteJSON(n.Value), nil
	}
}

// quoteJSON returns a text as JSON.
func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// numeral returns a number as a node; it has the tag that a reader would find.
func numeral(s string) *yaml.Node {
	if strings.ContainsAny(s, ".eE") {
		return scalar(tagFloat, s)
	}
	return scalar(tagInt, s)
}

// FromJSON returns JSON as a node, keys in the order of the text.
func FromJSON(data []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := readJSON(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more behind the value")
	}
	return n, nil
}

func readJSON(d *json.Decoder, depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, errTooLarge
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		if t == '{' {
			n.Kind = yaml.MappingNode
		}
		for d.More() {
			c, err := readJSON(d, depth+1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, c)
		}
		_, err = d.Token()
		return n, err
	case string:
		return scalar(tagText, t), nil
	case json.Number:
		return numeral(t.String()), nil
	case bool:
		return scalar(tagBool, strconv.FormatBool(t)), nil
	default:
		return scalar(tagNull, "null"), nil
	}
}
