// Package spec describes a config once. A type binds its fields in one method,
// Fields, and from that come strict decoding of YAML with positions, defaults
// and checks, canonical saving, the form and the docs, the JSON Schema, the
// references to other objects and to secrets, and redaction.
//
// Documents come from strangers, so size, depth and aliases are bounded, every
// key must be known, and all the problems of a document are reported at once.
package spec

import (
	"encoding/json"
	"time"
)

// Described is a config that binds its fields. Fields is called each time that
// something is wanted of the config, always on the same pointers, and must not
// depend on the values that stand in it.
type Described interface {
	Fields(f *Fields)
}

// Checker is what a Described may implement for rules across its fields. Check
// is called after decoding, and only where the fields by themselves are right.
type Checker interface {
	Check(p *Problems)
}

// Fields collects the fields of a config, in the order in which forms show and
// files keep them.
type Fields struct {
	list []*Field
}

// collect returns the fields of a config.
func collect(d Described) []*Field {
	var f Fields
	d.Fields(&f)
	return f.list
}

func (f *Fields) add(key string, v value) *Field {
	field := &Field{key: key, value: v}
	f.list = append(f.list, field)
	return field
}

// Text binds a text. Numbers and true or false are taken as they are written.
// Range bounds its length in letters, Match its form.
func (f *Fields) Text(key string, p *string) *Field { return f.add(key, textValue{p}) }

// Int binds a whole number.
func (f *Fields) Int(key string, p *int) *Field { return f.add(key, intValue{p}) }

// Float binds any number.
func (f *Fields) Float(key string, p *float64) *Field { return f.add(key, floatValue{p}) }

// Bool binds true or false.
func (f *Fields) Bool(key string, p *bool) *Field { return f.add(key, boolValue{p}) }

// Duration binds a time span such as "10s", "1m30s" or "2d".
func (f *Fields) Duration(key string, p *time.Duration) *Field {
	return f.add(key, durationValue{p})
}

// Time binds a moment in the form of RFC 3339, or a date, which is its midnight
// in UTC.
func (f *Fields) Time(key string, p *time.Time) *Field { return f.add(key, timeValue{p}) }

// Size binds a number of bytes such as "10MB" or "64KiB"; a plain number counts
// bytes.
func (f *Fields) Size(key string, p *int64) *Field { return f.add(key, sizeValue{p}) }

// Choice binds one of several values.
func (f *Fields) Choice(key string, p *string, choices ...Choice) *Field {
	return f.add(key, choiceValue{p, choices})
}

// Secret binds a reference to a secret, {secret: crm/password} in the file.
func (f *Fields) Secret(key string, p *Secret) *Field { return f.add(key, secretValue{p}) }

// Texts binds a list of texts. Range bounds their number, Match the form of each.
func (f *Fields) Texts(key string, p *[]string) *Field { return f.add(key, textsValue{p}) }

// Map binds names and texts. Range bounds their number, Match the form of each
// text.
func (f *Fields) Map(key string, p *map[string]string) *Field { return f.add(key, mapValue{p}) }

// JSON binds any YAML at all, kept as JSON.
func (f *Fields) JSON(key string, p *json.RawMessage) *Field { return f.add(key, jsonValue{p}) }

// Any binds a value that somebody else reads: the key is known, and its value is
// neither looked at nor saved.
func (f *Fields) Any(key string) *Field { return f.add(key, anyValue{}) }

// Ref binds the name of another object or service; kind says of what:
// "connection", "security", "service".
func (f *Fields) Ref(key string, p *Ref, kind string) *Field {
	return f.add(key, refValue{p, kind})
}

// Group binds a config inside this one, an object of its own in the file.
func (f *Fields) Group(key string, d Described) *Field { return f.add(key, groupValue{d}) }
