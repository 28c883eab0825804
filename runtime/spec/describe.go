package spec

import (
	"encoding/json"
	"fmt"
	"strings"
)

// FieldInfo describes a field for forms, docs and completion.
type FieldInfo struct {
	Key      string          `json:"key"`
	Kind     Kind            `json:"kind"`
	Title    string          `json:"title"`
	Help     string          `json:"help,omitempty"`
	Need     bool            `json:"need,omitempty"`
	Advanced bool            `json:"advanced,omitempty"`
	Default  json.RawMessage `json:"default,omitempty"`
	Min      string          `json:"min,omitempty"` // in the field's unit: "1s"
	Max      string          `json:"max,omitempty"`
	Pattern  string          `json:"pattern,omitempty"`
	Choices  []Choice        `json:"choices,omitempty"`
	Of       string          `json:"of,omitempty"` // of a ref: what it names
	When     *When           `json:"when,omitempty"`
	Fields   []FieldInfo     `json:"fields,omitempty"` // of a group
}

// Describe returns the fields of a config, in order.
func Describe(d Described) []FieldInfo {
	fields := collect(d)
	infos := make([]FieldInfo, len(fields))
	for i, f := range fields {
		infos[i] = f.info()
	}
	return infos
}

func (f *Field) info() FieldInfo {
	info := FieldInfo{
		Key: f.key, Kind: f.value.kind(), Title: f.title, Help: f.help, Need: f.need,
		Advanced: f.advanced, When: f.when, Default: f.defaultJSON(),
	}
	if info.Title == "" {
		info.Title = titleOf(f.key)
	}
	if f.min != nil {
		info.Min = f.show(*f.min)
	}
	if f.max != nil {
		info.Max = f.show(*f.max)
	}
	if f.pattern != nil {
		info.Pattern = f.pattern.String()
	}
	switch v := f.value.(type) {
	case choiceValue:
		info.Choices = v.choices
	case refValue:
		info.Of = v.of
	case groupValue:
		info.Fields = Describe(v.d)
	}
	return info
}

func (f *Field) defaultJSON() json.RawMessage {
	if f.def == nil {
		return nil
	}
	d := f.value.fresh()
	if d.assign(f.def) != nil {
		return nil
	}
	n := d.node()
	if n == nil {
		return nil
	}
	data, err := ToJSON(n)
	if err != nil {
		return nil
	}
	return data
}

// titleOf makes words of a key: "body_limit" is "Body limit".
func titleOf(key string) string {
	s := strings.NewReplacer("_", " ", "-", " ").Replace(key)
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Schema returns the JSON Schema (draft 2020-12) of a config, which editors use
// for its YAML.
func Schema(d Described) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range collect(d) {
		properties[f.key] = f.schema()
		if f.need && f.when == nil && f.def == nil {
			required = append(required, f.key)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (f *Field) schema() map[string]any {
	if g, ok := f.value.(groupValue); ok {
		return f.annotate(Schema(g.d))
	}
	s := map[string]any{}
	text := map[string]any{"type": "string"}
	if f.pattern != nil {
		text["pattern"] = f.pattern.String()
	}
	lowest, highest := "", ""
	switch v := f.value.(type) {
	case textValue, refValue:
		s, lowest, highest = text, "minLength", "maxLength"
	case timeValue:
		s["type"], s["format"] = "string", "date-time"
	case durationValue:
		s["type"], s["pattern"] = "string", `^[0-9a-zµ.]+$`
	case sizeValue:
		s["type"] = []string{"string", "integer"}
	case intValue:
		s["type"], lowest, highest = "integer", "minimum", "maximum"
	case floatValue:
		s["type"], lowest, highest = "number", "minimum", "maximum"
	case boolValue:
		s["type"] = "boolean"
	case choiceValue:
		s["enum"] = v.values()
	case textsValue:
		s["type"], s["items"], lowest, highest = "array", text, "minItems", "maxItems"
	case mapValue:
		s["type"], s["additionalProperties"], lowest, highest = "object", text, "minProperties", "maxProperties"
	case secretValue:
		s["type"], s["required"], s["additionalProperties"] = "object", []string{"secret"}, false
		s["properties"] = map[string]any{"secret": map[string]any{"type": "string"}}
	}
	if f.min != nil && lowest != "" {
		s[lowest] = *f.min
	}
	if f.max != nil && highest != "" {
		s[highest] = *f.max
	}
	return f.annotate(s)
}

func (f *Field) annotate(s map[string]any) map[string]any {
	info := f.info()
	s["title"] = info.Title
	if f.help != "" {
		s["description"] = f.help
	}
	if len(info.Default) > 0 {
		s["default"] = info.Default
	}
	return s
}

// Lint returns what is wrong with a description itself, for the tests of those
// who write one: help is a sentence under 80 characters, keys are lower case and
// unique, conditions name a field of the same config.
func Lint(d Described) []string {
	var found []string
	lint(d, "", &found)
	return found
}

func lint(d Described, prefix string, found *[]string) {
	say := func(f *Field, format string, args ...any) {
		*found = append(*found, fmt.Sprintf("%q: ", prefix+f.key)+fmt.Sprintf(format, args...))
	}
	fields, seen := collect(d), map[string]bool{}
	for _, f := range fields {
		if seen[f.key] {
			say(f, "it is described twice")
		}
		seen[f.key] = true
	}
	for _, f := range fields {
		first, _, _ := strings.Cut(f.help, "\n")
		if !strings.HasSuffix(first, ".") || len(first) >= 80 {
			say(f, "the first line of its help is one sentence with a full stop, under 80 characters, not %q", first)
		}
		if f.key == "" || strings.Trim(f.key, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			say(f, "a key has lower-case letters, digits and _")
		}
		if f.when != nil && !seen[f.when.Key] {
			say(f, "its condition names %q, which is no field here", f.when.Key)
		}
		if f.need && f.def != nil {
			say(f, "a field with a default is not a needed one")
		}
		if g, ok := f.value.(groupValue); ok {
			lint(g.d, prefix+f.key+".", found)
		}
	}
}
