package spec

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Short tags of YAML's core schema, as the library resolves them.
const (
	tagText  = "!!str"
	tagInt   = "!!int"
	tagFloat = "!!float"
	tagBool  = "!!bool"
	tagNull  = "!!null"
	tagTime  = "!!timestamp"
)

// A node's tag is known to be one of the above: Parse refuses others.

func scalar(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

// written returns a scalar as the file has it; false where it is none.
func written(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == tagNull {
		return "", false
	}
	return n.Value, true
}

// number turns what a program gives as a bound into a number.
func number(v any) (float64, error) {
	switch v := v.(type) {
	case int:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case time.Duration:
		return float64(v), nil
	}
	return 0, fmt.Errorf("a %T is not a number", v)
}

func mismatch(want string, v any) error { return fmt.Errorf("%v (%T) is not %s", v, v, want) }

type textValue struct{ p *string }

func (v textValue) kind() Kind                   { return KindText }
func (v textValue) want() string                 { return "a text" }
func (v textValue) fresh() value                 { return textValue{new(string)} }
func (v textValue) bound(b any) (float64, error) { return number(b) }
func (v textValue) size() (float64, bool) {
	return float64(utf8.RuneCountInString(*v.p)), !hasPlaceholder(*v.p)
}
func (v textValue) empty() bool { return *v.p == "" }
func (v textValue) read(n *yaml.Node, _ placer) (ok bool) {
	*v.p, ok = written(n)
	return ok
}

func (v textValue) assign(d any) (err error) {
	var ok bool
	if *v.p, ok = d.(string); !ok {
		return mismatch("a string", d)
	}
	return nil
}

func (v textValue) node() *yaml.Node {
	if *v.p == "" {
		return nil
	}
	return scalar(tagText, *v.p)
}

// wholeNumber is how files write whole numbers: decimal, since 0755 means one
// number to people of YAML 1.1 and another to those of YAML 1.2.
var wholeNumber = regexp.MustCompile(`^[-+]?(0|[1-9][0-9_]*)$`)

type intValue struct{ p *int }

func (v intValue) kind() Kind                   { return KindInt }
func (v intValue) want() string                 { return "a whole number" }
func (v intValue) fresh() value                 { return intValue{new(int)} }
func (v intValue) bound(b any) (float64, error) { return number(b) }
func (v intValue) size() (float64, bool)        { return float64(*v.p), true }
func (v intValue) empty() bool                  { return *v.p == 0 }
func (v intValue) read(n *yaml.Node, _ placer) bool {
	s, ok := written(n)
	if !ok || n.ShortTag() != tagInt || !wholeNumber.MatchString(s) {
		return false
	}
	i, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
	*v.p = i
	return err == nil
}

func (v intValue) assign(d any) (err error) {
	var ok bool
	if *v.p, ok = d.(int); !ok {
		return mismatch("an int", d)
	}
	return nil
}
func (v intValue) node() *yaml.Node { return scalar(tagInt, strconv.Itoa(*v.p)) }

type floatValue struct{ p *float64 }

func (v floatValue) kind() Kind                   { return KindFloat }
func (v floatValue) want() string                 { return "a number" }
func (v floatValue) fresh() value                 { return floatValue{new(float64)} }
func (v floatValue) bound(b any) (float64, error) { return number(b) }
func (v floatValue) size() (float64, bool)        { return *v.p, true }
func (v floatValue) empty() bool                  { return *v.p == 0 }
func (v floatValue) read(n *yaml.Node, _ placer) bool {
	s, ok := written(n)
	if !ok || (n.ShortTag() != tagInt && n.ShortTag() != tagFloat) {
		return false
	}
	f, err := strconv.ParseFloat(s, 64)
	*v.p = f
	return err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

func (v floatValue) assign(d any) (err error) {
	*v.p, err = number(d)
	return err
}

func (v floatValue) node() *yaml.Node {
	return numeral(strconv.FormatFloat(*v.p, 'g', -1, 64))
}

type boolValue struct{ p *bool }

func (v boolValue) kind() Kind                 { return KindBool }
func (v boolValue) want() string               { return "true or false" }
func (v boolValue) fresh() value               { return boolValue{new(bool)} }
func (v boolValue) bound(any) (float64, error) { return 0, errors.New("true or false has no range") }
func (v boolValue) size() (float64, bool)      { return 0, false }
func (v boolValue) empty() bool                { return !*v.p }
func (v boolValue) read(n *yaml.Node, _ placer) bool {
	s, ok := written(n)
	*v.p = strings.EqualFold(s, "true")
	return ok && n.ShortTag() == tagBool && (*v.p || strings.EqualFold(s, "false"))
}

func (v boolValue) assign(d any) error {
	var ok bool
	if *v.p, ok = d.(bool); !ok {
		return mismatch("a bool", d)
	}
	return nil
}
func (v boolValue) node() *yaml.Node { return scalar(tagBool, strconv.FormatBool(*v.p)) }

type durationValue struct{ p *time.Duration }

func (v durationValue) kind() Kind            { return KindDuration }
func (v durationValue) want() string          { return "a time span such as \"10s\"" }
func (v durationValue) fresh() value          { return durationValue{new(time.Duration)} }
func (v durationValue) size() (float64, bool) { return float64(*v.p), true }
func (v durationValue) empty() bool           { return *v.p == 0 }
func (v durationValue) read(n *yaml.Node, _ placer) bool {
	s, ok := written(n)
	d, err := ParseDuration(s)
	*v.p = d
	return ok && err == nil && (n.ShortTag() == tagText || s == "0")
}

func (v durationValue) bound(b any) (float64, error) {
	d := v.fresh().(durationValue) //nolint:forcetypeassert // fresh returns its own kind
	if err := d.assign(b); err != nil {
		return 0, err
	}
	return float64(*d.p), nil
}

func (v durationValue) assign(d any) (err error) {
	switch d := d.(type) {
	case time.Duration:
		*v.p = d
	case string:
		*v.p, err = ParseDuration(d)
	default:
		return mismatch("a time span", d)
	}
	return err
}
func (v durationValue) node() *yaml.Node { return scalar(tagText, FormatDuration(*v.p)) }

type timeValue struct{ p *time.Time }

func (v timeValue) kind() Kind                 { return KindTime }
func (v timeValue) want() string               { return "a moment such as \"2026-11-30T08:00:00Z\"" }
func (v timeValue) fresh() value               { return timeValue{new(time.Time)} }
func (v timeValue) bound(any) (float64, error) { return 0, errors.New("a moment has no range") }
func (v timeValue) size() (float64, bool)      { return 0, false }
func (v timeValue) empty() bool                { return v.p.IsZero() }
func (v timeValue) read(n *yaml.Node, _ placer) bool {
	s, ok := written(n)
	return ok && v.assign(s) == nil
}

func (v timeValue) assign(d any) (err error) {
	switch d := d.(type) {
	case time.Time:
		*v.p = d
	case string:
		if *v.p, err = time.Parse(time.RFC3339Nano, d); err != nil {
			*v.p, err = time.Parse(time.DateOnly, d)
		}
	default:
		return mismatch("a moment", d)
	}
	return err
}

func (v timeValue) node() *yaml.Node {
	if v.p.IsZero() {
		return nil
	}
	return scalar(tagText, v.p.Format(time.RFC3339Nano))
}

type sizeValue struct{ p *int64 }

func (v sizeValue) kind() Kind            { return KindSize }
func (v sizeValue) want() string          { return "a size such as \"10MB\"" }
func (v sizeValue) fresh() value          { return sizeValue{new(int64)} }
func (v sizeValue) size() (float64, bool) { return float64(*v.p), true }
func (v sizeValue) empty() bool           { return *v.p == 0 }
func (v sizeValue) read(n *yaml.Node, _ placer) bool {
	s, ok := written(n)
	i, err := ParseSize(s)
	*v.p = i
	return ok && err == nil
}

func (v sizeValue) bound(b any) (float64, error) {
	s := v.fresh().(sizeValue) //nolint:forcetypeassert // fresh returns its own kind
	if err := s.assign(b); err != nil {
		return 0, err
	}
	return float64(*s.p), nil
}

func (v sizeValue) assign(d any) (err error) {
	switch d := d.(type) {
	case int:
		*v.p = int64(d)
	case int64:
		*v.p = d
	case string:
		*v.p, err = ParseSize(d)
	default:
		return mismatch("a size", d)
	}
	return err
}
func (v sizeValue) node() *yaml.Node { return scalar(tagText, FormatSize(*v.p)) }

type choiceValue struct {
	p       *string
	choices []Choice
}

func (v choiceValue) kind() Kind                 { return KindChoice }
func (v choiceValue) fresh() value               { return choiceValue{new(string), v.choices} }
func (v choiceValue) bound(any) (float64, error) { return 0, errors.New("a choice has no range") }
func (v choiceValue) size() (float64, bool)      { return 0, false }
func (v choiceValue) empty() bool                { return *v.p == "" }
func (v choiceValue) node() *yaml.Node           { return textValue{v.p}.node() }
func (v choiceValue) read(n *yaml.Node, _ placer) bool {
	s, ok := written(n)
	return ok && v.assign(s) == nil
}

func (v choiceValue) want() string {
	quoted := make([]string, len(v.choices))
	for i, c := range v.choices {
		quoted[i] = strconv.Quote(c.Value)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	last := max(len(quoted)-1, 0)
	return strings.Join(quoted[:last], ", ") + " or " + strings.Join(quoted[last:], "")
}

func (v choiceValue) values() []string {
	values := make([]string, len(v.choices))
	for i, c := range v.choices {
		values[i] = c.Value
	}
	return values
}

func (v choiceValue) assign(d any) error {
	s, _ := d.(string)
	for _, c := range v.choices {
		if c.Value == s {
			*v.p = s
			return nil
		}
	}
	return mismatch(v.want(), d)
}
