package check

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mortise/runtime/shape"
)

// fieldRules reads the rules in the tag of one field, once the shapes of all
// fields are complete.
type fieldRules struct {
	s     *shaper
	field *shape.Field
	json  jsonField
	node  *ast.Field // nil for fields of library types
	what  place

	pattern *regexp.Regexp
}

func (r *fieldRules) apply() {
	pairs, rest := parseTag(r.json.tag)
	r.checkForm(pairs, rest)
	values := map[string]tagPair{}
	for _, p := range slices.Backward(pairs) {
		values[p.key] = p
	}
	if p, ok := values["doc"]; ok {
		r.field.Doc = p.value
	}
	r.bounds(values)
	if p, ok := values["pattern"]; ok {
		r.setPattern(p)
	}
	if p, ok := values["enum"]; ok {
		r.setEnum(p)
	}
	if p, ok := values["default"]; ok {
		r.field.Default = r.value(p)
		r.field.Required = false
	}
	if p, ok := values["example"]; ok {
		r.field.Example = r.value(p)
	}
}

// bounds reads the tags min and max.
func (r *fieldRules) bounds(values map[string]tagPair) {
	into := &r.field.Min
	for _, key := range []string{"min", "max"} {
		if key == "max" {
			into = &r.field.Max
		}
		p, ok := values[key]
		if !ok {
			continue
		}
		switch r.field.Type.Kind {
		case shape.Int, shape.Float, shape.Number, shape.Text, shape.Bytes, shape.List, shape.Map:
		default:
			r.fault(p.at, "shape.bound", "the tag %q of %s does not fit: it bounds numbers, and the length of texts and lists", key, r.what.what).
				WithHint("remove the tag")
			continue
		}
		n, err := strconv.ParseFloat(p.value, 64)
		isLength := !slices.Contains([]shape.Kind{shape.Int, shape.Float, shape.Number}, r.field.Type.Kind)
		switch {
		case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
			r.fault(p.at, "shape.bound", "the tag %q of %s is %q, which is not a number", key, r.what.what, p.value).WithHint("write it as in %s:\"10\"", key)
		case isLength && (n < 0 || n != math.Trunc(n)):
			r.fault(p.at, "shape.bound", "the tag %q of %s bounds a length and is %q", key, r.what.what, p.value).WithHint("write a whole number, 0 or more")
		case r.field.Type.Kind == shape.Int && n != math.Trunc(n):
			r.fault(p.at, "shape.bound", "the tag %q of %s is %q, and the field holds whole numbers", key, r.what.what, p.value).WithHint("write a whole number")
		default:
			*into = &n
		}
	}
	if lo, hi := r.field.Min, r.field.Max; lo != nil && hi != nil && *lo > *hi {
		r.fault(values["min"].at, "shape.bound", "the tag \"min\" of %s is greater than its \"max\": %s and %s", r.what.what, values["min"].value, values["max"].value).
			WithHint("swap them")
	}
}

func (r *fieldRules) setPattern(p tagPair) {
	if r.field.Type.Kind != shape.Text {
		r.fault(p.at, "shape.pattern", "the tag \"pattern\" of %s does not fit: it belongs to text", r.what.what).WithHint("remove the tag")
		return
	}
	re, err := regexp.Compile("^(?:" + p.value + ")$")
	if err != nil {
		r.fault(p.at, "shape.pattern", "the tag \"pattern\" of %s is not a regular expression: %s", r.what.what,
			strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
			WithHint("write it as in pattern:\"[a-z]+\", and every backslash twice, as in pattern:\"\\\\d+\"")
		return
	}
	r.field.Pattern, r.pattern = p.value, re
}

func (r *fieldRules) setEnum(p tagPair) {
	switch r.field.Type.Kind {
	case shape.Text, shape.Int, shape.Float, shape.Number:
	default:
		r.fault(p.at, "shape.enum", "the tag \"enum\" of %s does not fit: it belongs to texts and numbers", r.what.what).WithHint("remove the tag")
		return
	}
	for v := range strings.SplitSeq(p.value, ",") {
		v = strings.TrimSpace(v)
		switch _, err := literal(v, r.field.Type); {
		case err != nil:
			r.fault(p.at, "shape.enum", "the tag \"enum\" of %s has %q, which is %v", r.what.what, v, err).WithHint("values stand between commas, as in enum:\"1,2,3\"")
		case slices.Contains(r.field.Enum, v):
			r.warn(p.at, "shape.enum", "the tag \"enum\" of %s has %q twice", r.what.what, v).WithHint("remove one")
		default:
			r.field.Enum = append(r.field.Enum, v)
		}
	}
}

// value reads the tags default and example, and holds them against the other
// rules.
func (r *fieldRules) value(p tagPair) []byte {
	out, err := literal(p.value, r.field.Type)
	if err == nil {
		err = r.obeys(p.value)
	}
	if err != nil {
		r.fault(p.at, "shape.value", "the tag %q of %s is %q, which is %v", p.key, r.what.what, shorten(p.value), err).
			WithHint("write a value that callers could send")
		return nil
	}
	if r.field.Quoted {
		out, err = json.Marshal(string(out))
		if err != nil {
			return nil
		}
	}
	return out
}

// obeys holds a plain value against enum, pattern and bounds.
func (r *fieldRules) obeys(v string) error {
	f := r.field
	if len(f.Enum) > 0 && !slices.Contains(f.Enum, v) {
		return fmt.Errorf("not one of %q", f.Enum)
	}
	if r.pattern != nil && !r.pattern.MatchString(v) {
		return fmt.Errorf("not of the pattern %q", f.Pattern)
	}
	var n float64
	switch f.Type.Kind {
	case shape.Int, shape.Float, shape.Number:
		n, _ = strconv.ParseFloat(v, 64)
	case shape.Text:
		n = float64(utf8.RuneCountInString(v))
	default:
		return nil
	}
	if f.Min != nil && n < *f.Min {
		return fmt.Errorf("below the min of %v", *f.Min)
	}
	if f.Max != nil && n > *f.Max {
		return fmt.Errorf("above the max of %v", *f.Max)
	}
	return nil
}

// literal returns a value from a tag as JSON. Texts and times stand there
// without quotes, lists of plain values with commas or as JSON, the rest as JSON.
// The error completes "which is".
func literal(v string, t *shape.Type) ([]byte, error) {
	switch t.Kind {
	case shape.Text:
		return json.Marshal(v)
	case shape.Bool:
		if v != "true" && v != "false" {
			return nil, errors.New("neither true nor false")
		}
		return []byte(v), nil
	case shape.Int:
		return intLiteral(v, t)
	case shape.Float, shape.Number:
		if !json.Valid([]byte(v)) || !strings.ContainsAny(v[:1], "-0123456789") {
			return nil, errors.New("not a number")
		}
		if _, err := strconv.ParseFloat(v, max(t.Bits, 32)); err != nil && t.Kind == shape.Float {
			return nil, errors.New("too large a number")
		}
		return []byte(v), nil
	case shape.Time:
		if _, err := time.Parse(time.RFC3339, v); err != nil {
			return nil, errors.New("not a time such as 2026-03-29T02:30:00Z")
		}
		return json.Marshal(v)
	case shape.Bytes:
		if _, err := base64.StdEncoding.DecodeString(v); err != nil {
			return nil, errors.New("not base64")
		}
		return json.Marshal(v)
	case shape.List:
		if !strings.HasPrefix(strings.TrimSpace(v), "[") {
			return listLiteral(v, t)
		}
	case shape.Any:
		if !json.Valid([]byte(v)) {
			return json.Marshal(v)
		}
	case shape.Map, shape.Object:
	}
	return jsonLiteral(v, t)
}

func intLiteral(v string, t *shape.Type) ([]byte, error) {
	var err error
	if t.Unsigned {
		_, err = strconv.ParseUint(v, 10, t.Bits)
	} else {
		_, err = strconv.ParseInt(v, 10, t.Bits)
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, fmt.Errorf("too large for %d bits", t.Bits)
	case err != nil && t.Unsigned && strings.HasPrefix(v, "-"):
		return nil, errors.New("below 0")
	case err != nil:
		return nil, errors.New("not a whole number")
	}
	// What Go reads and JSON does not, such as +1 and 007, is written anew.
	sign := ""
	if strings.HasPrefix(v, "-") {
		sign = "-"
	}
	digits := strings.TrimLeft(strings.TrimLeft(v, "+-"), "0")
	if digits == "" {
		return []byte("0"), nil
	}
	return []byte(sign + digits), nil
}

// listLiteral reads values between commas.
func listLiteral(v string, t *shape.Type) ([]byte, error) {
	if k := t.Elem.Kind; k == shape.List || k == shape.Map || k == shape.Object || k == shape.Any {
		return nil, errors.New("not a list in JSON")
	}
	out := []byte{'['}
	n := 0
	if strings.TrimSpace(v) != "" {
		for e := range strings.SplitSeq(v, ",") {
			lit, err := literal(strings.TrimSpace(e), t.Elem)
			if err != nil {
				return nil, fmt.Errorf("a list with %q, which is %w", strings.TrimSpace(e), err)
			}
			if n++; n > 1 {
				out = append(out, ',')
			}
			out = append(out, lit...)
		}
	}
	if t.Len > 0 && n != t.Len {
		return nil, fmt.Errorf("a list of %d, not of %d", n, t.Len)
	}
	return append(out, ']'), nil
}

// jsonLiteral reads JSON and holds it against a shape.
func jsonLiteral(v string, t *shape.Type) ([]byte, error) {
	d := json.NewDecoder(strings.NewReader(v))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil || d.More() {
		return nil, errors.New("not JSON")
	}
	if err := conforms(tree, t); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(v)); err != nil {
		return nil, errors.New("not JSON")
	}
	return out.Bytes(), nil
}

// kindWords name kinds in errors.
var kindWords = map[shape.Kind]string{
	shape.Text: "text", shape.Bool: "true or false", shape.Int: "a whole number", shape.Float: "a number", shape.Number: "a number",
	shape.Time: "a time", shape.Bytes: "base64 text", shape.List: "a list", shape.Map: "an object", shape.Object: "an object",
}

// conforms holds decoded JSON against a shape, as far as kinds go.
func conforms(v any, t *shape.Type) error {
	if v == nil {
		if t.Nullable {
			return nil
		}
		return errors.New("null, which the type does not take")
	}
	wrong := fmt.Errorf("not %s in JSON", kindWords[t.Kind])
	switch t.Kind {
	case shape.List:
		list, ok := v.([]any)
		if !ok {
			return wrong
		}
		for _, e := range list {
			if err := conforms(e, t.Elem); err != nil {
				return fmt.Errorf("a list with an element that is %w", err)
			}
		}
	case shape.Map, shape.Object:
		object, ok := v.(map[string]any)
		if !ok {
			return wrong
		}
		return conformFields(object, t)
	case shape.Any:
	case shape.Bool:
		if _, ok := v.(bool); !ok {
			return wrong
		}
	case shape.Int, shape.Float, shape.Number:
		n, ok := v.(json.Number)
		if !ok {
			return wrong
		}
		_, err := literal(n.String(), t)
		return err
	default:
		s, ok := v.(string)
		if !ok {
			return wrong
		}
		_, err := literal(s, t)
		return err
	}
	return nil
}

func conformFields(object map[string]any, t *shape.Type) error {
	known := map[string]bool{}
	for _, f := range t.Fields {
		known[f.Name] = true
		v, ok := object[f.Name]
		if ok && f.Quoted {
			continue
		}
		if ok {
			if err := conforms(v, f.Type); err != nil {
				return fmt.Errorf("an object whose field %q is %w", f.Name, err)
			}
		} else if f.Required {
			return fmt.Errorf("an object without the field %q", f.Name)
		}
	}
	for name, v := range object {
		if t.Kind == shape.Map {
			if err := conforms(v, t.Elem); err != nil {
				return fmt.Errorf("an object whose field %q is %w", name, err)
			}
		} else if !known[name] {
			return fmt.Errorf("an object with the unknown field %q", name)
		}
	}
	return nil
}
