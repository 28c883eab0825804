package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
)

// generator writes the types that travel, each once.
type generator struct {
	sources sources
	names   map[string]reflect.Type // of interfaces that are written, or to be
	todo    []reflect.Type
	out     strings.Builder
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// kinds are the texts that a kind of error is in JSON.
func kinds() string {
	var names []string
	for k := range fault.Kind(64) {
		if name := k.String(); !strings.HasPrefix(name, "kind ") {
			names = append(names, fmt.Sprintf("%q", name))
		}
	}
	return strings.Join(names, " | ")
}

// typeOf returns what a Go type is in TypeScript.
func (g *generator) typeOf(t reflect.Type) (string, error) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "string", nil
	case reflect.TypeFor[json.RawMessage]():
		return "unknown", nil
	case reflect.TypeFor[fault.Kind]():
		return "FaultKind", nil
	}
	if p := reflect.PointerTo(t); p.Implements(textMarshaler) {
		return "string", nil
	} else if p.Implements(jsonMarshaler) {
		return "", fmt.Errorf("%s writes itself as JSON, so nobody knows what it is", t)
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean", nil
	case reflect.String:
		return g.text(t)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return "number", nil
	case reflect.Pointer:
		return g.typeOf(t.Elem())
	case reflect.Interface:
		return "unknown", nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string", nil // base64
		}
		return g.list(t.Elem())
	case reflect.Array:
		elem, err := g.typeOf(t.Elem())
		return "[" + strings.Join(slices.Repeat([]string{elem}, t.Len()), ", ") + "]", err
	case reflect.Map:
		elem, err := g.typeOf(t.Elem())
		return "Record<string, " + elem + ">", err
	case reflect.Struct:
		return g.named(t)
	default:
		return "", fmt.Errorf("%s cannot travel", t)
	}
}

func (g *generator) list(elem reflect.Type) (string, error) {
	name, err := g.typeOf(elem)
	if strings.Contains(name, " ") && !strings.HasPrefix(name, "[") {
		name = "(" + name + ")"
	}
	return name + "[]", err
}

// text returns the type of a text: of a named one with constants, their values.
func (g *generator) text(t reflect.Type) (string, error) {
	if t.PkgPath() == "" {
		return "string", nil
	}
	source, err := g.sources.of(t)
	if err != nil || len(source.values[t.Name()]) == 0 {
		return "string", err
	}
	return strings.Join(source.values[t.Name()], " | "), nil
}

// named returns the name of the interface of a struct and remembers to write it.
// Where two packages have types of one name, one of them needs another in renamed.
func (g *generator) named(t reflect.Type) (string, error) {
	if t.Name() == "" {
		return "", fmt.Errorf("a struct without a name cannot travel: %s", t)
	}
	name := interfaceName(t)
	if g.names[name] == nil {
		g.names[name] = t
		g.todo = append(g.todo, t)
	}
	if g.names[name] != t {
		return "", fmt.Errorf("%s and %s are both called %s", g.names[name], t, name)
	}
	return name, nil
}

// renamed are the types whose own name says too little on the page.
var renamed = map[reflect.Type]string{
	reflect.TypeFor[fault.Error]():   "Fault",
	reflect.TypeFor[conn.Report]():   "PingReport",
	reflect.TypeFor[config.Report](): "DeployReport",
}

// interfaceName returns the name of a type on the page: nearly always its own.
func interfaceName(t reflect.Type) string {
	if name, ok := renamed[t]; ok {
		return name
	}
	return t.Name()
}

// write writes the interface of a struct.
func (g *generator) write(t reflect.Type) error {
	source, err := g.sources.of(t)
	if err != nil {
		return err
	}
	g.comment("", source.types[t.Name()])
	if t.NumField() == 0 {
		fmt.Fprintf(&g.out, "export type %s = Record<string, never>;\n\n", interfaceName(t))
		return nil
	}
	fmt.Fprintf(&g.out, "export interface %s {\n", interfaceName(t))
	if err := g.fields(t); err != nil {
		return fmt.Errorf("%s: %w", t, err)
	}
	g.out.WriteString("}\n\n")
	return nil
}

// fields writes the fields of a struct; those of an embedded one are its own.
func (g *generator) fields(t reflect.Type) error {
	source, err := g.sources.of(t)
	if err != nil {
		return err
	}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			if err := g.fields(f.Type); err != nil {
				return err
			}
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			return fmt.Errorf("the field %s has no name in JSON", f.Name)
		}
		typ, err := g.typeOf(f.Type)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		optional := ""
		if strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") {
			optional = "?"
		} else if f.Type.Kind() == reflect.Pointer {
			typ += " | null"
		}
		g.comment("\t", source.fields[t.Name()+"."+f.Name])
		fmt.Fprintf(&g.out, "\t%s%s: %s;\n", name, optional, typ)
	}
	return nil
}

// comment writes a comment of Go as one of TypeScript.
func (g *generator) comment(indent, text string) {
	if text == "" {
		return
	}
	lines := strings.Split(strings.ReplaceAll(text, "*/", "* /"), "\n")
	if len(lines) == 1 {
		fmt.Fprintf(&g.out, "%s/** %s */\n", indent, lines[0])
		return
	}
	fmt.Fprintf(&g.out, "%s/**\n", indent)
	for _, line := range lines {
		fmt.Fprintf(&g.out, "%s\n", strings.TrimRight(indent+" * "+line, " "))
	}
	fmt.Fprintf(&g.out, "%s */\n", indent)
}
