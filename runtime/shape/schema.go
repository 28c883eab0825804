package shape

import (
	"encoding/json"
	"fmt"
)

// Schema returns the type as a JSON Schema (draft 2020-12,
// https://json-schema.org/draft/2020-12), with structs that contain themselves
// under "$defs".
func (t *Type) Schema() map[string]any {
	if t == nil {
		return map[string]any{"type": "null"}
	}
	w := schemaWriter{defs: map[string]any{}, names: map[*Type]string{}, busy: map[*Type]bool{}}
	out := w.schema(t)
	if len(w.defs) > 0 {
		out["$defs"] = w.defs
	}
	return out
}

type schemaWriter struct {
	defs  map[string]any
	names map[*Type]string // of types that contain themselves
	busy  map[*Type]bool
}

func (w *schemaWriter) schema(t *Type) map[string]any {
	if w.busy[t] {
		name, ok := w.names[t]
		if !ok {
			name = fmt.Sprintf("%s%d", t.Name, len(w.names)+1)
			w.names[t] = name
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	}
	w.busy[t] = true
	out := w.plain(t)
	w.busy[t] = false
	if name, ok := w.names[t]; ok {
		w.defs[name] = out
		return map[string]any{"$ref": "#/$defs/" + name}
	}
	return out
}

func (w *schemaWriter) plain(t *Type) map[string]any {
	out := map[string]any{}
	kind := ""
	switch t.Kind {
	case Text:
		kind = "string"
	case Bool:
		kind = "boolean"
	case Int:
		kind = "integer"
		if t.Unsigned {
			out["minimum"] = 0
		}
	case Float, Number:
		kind = "number"
	case Time:
		kind, out["format"] = "string", "date-time"
	case Bytes:
		kind, out["contentEncoding"] = "string", "base64"
	case List:
		kind, out["items"] = "array", w.schema(t.Elem)
		if t.Len > 0 {
			out["minItems"], out["maxItems"] = t.Len, t.Len
		}
	case Map:
		kind, out["additionalProperties"] = "object", w.schema(t.Elem)
	case Object:
		kind = "object"
		w.object(t, out)
	case Any:
		return out
	}
	if t.Nullable {
		out["type"] = []string{kind, "null"}
	} else {
		out["type"] = kind
	}
	if t.Doc != "" {
		out["description"] = t.Doc
	}
	return out
}

func (w *schemaWriter) object(t *Type, out map[string]any) {
	properties, required := map[string]any{}, []string{}
	for _, f := range t.Fields {
		p := w.schema(f.Type)
		f.annotate(p)
		properties[f.Name] = p
		if f.Required {
			required = append(required, f.Name)
		}
	}
	out["properties"], out["additionalProperties"] = properties, false
	if len(required) > 0 {
		out["required"] = required
	}
}

func (f *Field) annotate(p map[string]any) {
	if f.Doc != "" {
		p["description"] = f.Doc
	}
	if f.Default != nil {
		p["default"] = json.RawMessage(f.Default)
	}
	if f.Example != nil {
		p["examples"] = []json.RawMessage{f.Example}
	}
	if f.Pattern != "" {
		p["pattern"] = "^(?:" + f.Pattern + ")$"
	}
	if f.Enum != nil {
		values := make([]json.RawMessage, len(f.Enum))
		for i, e := range f.Enum {
			values[i] = f.Type.literal(e)
		}
		p["enum"] = values
	}
	low, high := "minimum", "maximum"
	switch f.Type.Kind {
	case Text:
		low, high = "minLength", "maxLength"
	case List:
		low, high = "minItems", "maxItems"
	case Bool, Int, Float, Number, Time, Bytes, Map, Object, Any:
	}
	if f.Min != nil {
		p[low] = *f.Min
	}
	if f.Max != nil {
		p[high] = *f.Max
	}
}

// Sample returns an example of the type as JSON: the examples, defaults and
// enums of its fields where they have some, else an empty value of their type.
// Structs inside themselves stop at their second level.
func (t *Type) Sample() []byte {
	if t == nil {
		return []byte("null")
	}
	return t.sample(nil, 0)
}

func (t *Type) sample(out []byte, depth int) []byte {
	if depth > 4 {
		return append(out, "null"...)
	}
	switch t.Kind {
	case Text, Bytes:
		return append(out, `""`...)
	case Bool:
		return append(out, "false"...)
	case Int, Float, Number:
		return append(out, '0')
	case Time:
		return append(out, `"2026-01-31T12:00:00Z"`...)
	case List:
		return append(t.Elem.sample(append(out, '['), depth+1), ']')
	case Map:
		return append(out, "{}"...)
	case Object:
		out = append(out, '{')
		for i, f := range t.Fields {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendText(out, f.Name), ':')
			switch {
			case f.Example != nil:
				out = append(out, f.Example...)
			case f.Default != nil:
				out = append(out, f.Default...)
			case f.Enum != nil:
				out = append(out, f.Type.literal(f.Enum[0])...)
			default:
				out = f.Type.sample(out, depth+1)
			}
		}
		return append(out, '}')
	case Any:
	}
	return append(out, "null"...)
}
