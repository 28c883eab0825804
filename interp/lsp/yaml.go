package lsp

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// kindProject is the kind of mortise.yaml for Options.Config.
const kindProject = "project"

// kindOfFile returns the kind of object that a file describes; "" for others.
func kindOfFile(name string) string {
	if name == config.MainFile {
		return kindProject
	}
	if dir, file := path.Split(name); file != "" {
		return config.KindOfFolder(strings.TrimSuffix(dir, "/"))
	}
	return ""
}

// checkYAML returns what is wrong with the file of an object.
func (s *Server) checkYAML(ctx context.Context, snap *snapshot, d *document) fault.List {
	kind := kindOfFile(d.name)
	switch {
	case kind == kindProject:
		_, faults := config.ParseMain(d.name, d.bytes)
		return faults
	case strings.HasPrefix(d.name, "environments/"):
		_, faults := config.ParseOverlay(d.name, d.bytes)
		return faults
	case kind == "":
		return nil
	}
	doc, faults := config.ParseDocument(kind, d.name, d.bytes)
	if doc == nil {
		return faults
	}
	c, types := s.o.Config(kind, doc.Type)
	if c == nil {
		f := faults.Add(doc.Place("type"), "object.type", "there is no type %q of %s", doc.Type, kind)
		f.Hint = fault.DidYouMean(doc.Type, types)
		return faults
	}
	if faults = doc.Decode(c); len(faults) > 0 {
		return faults
	}
	for _, r := range spec.Refs(c) {
		var names []string
		for _, n := range s.names(ctx, snap, r.Kind) {
			names = append(names, n.name)
		}
		if !slices.Contains(names, r.Ref.Name) && !snap.loaded.Broken(r.Kind, r.Ref.Name) {
			faults.Add(r.Ref.At, r.Kind+".unknown", "no %s %q", r.Kind, r.Ref.Name).Hint = fault.DidYouMean(r.Ref.Name, names)
		}
	}
	return faults
}

// refs returns the names of others in an object's file.
func (s *Server) refs(d *config.Document) []spec.RefUse {
	c, _ := s.o.Config(d.Kind, d.Type)
	if c == nil {
		return nil
	}
	_ = d.Decode(c) // what is wrong with it is told elsewhere
	return spec.Refs(c)
}

// keyPlace is where a cursor stands in a YAML text, as its lines tell: broken texts
// are the rule while one types.
type keyPlace struct {
	path    []string        // keys above, outermost first
	key     string          // the key of the line; "" where none is complete
	value   bool            // the cursor stands behind the key
	typed   string          // what was typed of the key or value
	start   int             // where that begins
	end     int             // where the key or value ends
	present map[string]bool // keys beside
	typ     string          // of the object
}

// placeIn finds out where a byte of a YAML text stands; false in comments and lists.
func placeIn(t *text, at int) (keyPlace, bool) {
	p := keyPlace{present: map[string]bool{}}
	line := t.position(at).Line
	begin, end := t.lines[line], t.lineEnd(line)
	before := string(t.bytes[begin:min(at, end)])
	if i := strings.Index(before, "#"); i == 0 || i > 0 && before[i-1] == ' ' {
		return p, false
	}
	whole := string(t.bytes[begin:end])
	indent := len(before) - len(strings.TrimLeft(before, " "))
	if k, _, ok := splitKey(whole); ok {
		indent = len(whole) - len(strings.TrimLeft(whole, " "))
		p.key = k
		colon := strings.IndexByte(whole, ':')
		if at-begin > colon {
			p.value = true
			p.start = begin + colon + 1
			for p.start < at && t.bytes[p.start] == ' ' {
				p.start++
			}
			p.end = end
			p.typed = string(t.bytes[p.start:at])
		}
	}
	if !p.value {
		if strings.HasPrefix(strings.TrimSpace(before), "- ") || strings.TrimSpace(before) == "-" {
			return p, false
		}
		p.start = begin + indent
		p.typed = strings.TrimSpace(before)
		p.end = max(at, p.start+len(p.key))
	}
	p.around(t, line, indent)
	return p, true
}

// around reads the keys beside and above a line.
func (p *keyPlace) around(t *text, line, indent int) {
	level := indent
	for i := line - 1; i >= 0; i-- {
		k, in, ok := splitKey(string(t.bytes[t.lines[i]:t.lineEnd(i)]))
		switch {
		case !ok:
		case in < level:
			p.path = append([]string{k}, p.path...)
			level = in
		case in == indent && level == indent:
			p.present[k] = true
		}
	}
	for i := line + 1; i < len(t.lines); i++ {
		k, in, ok := splitKey(string(t.bytes[t.lines[i]:t.lineEnd(i)]))
		if ok && in < indent {
			break
		}
		if ok && in == indent {
			p.present[k] = true
		}
	}
	for i := range t.lines {
		l := string(t.bytes[t.lines[i]:t.lineEnd(i)])
		if k, in, ok := splitKey(l); ok && in == 0 && k == "type" {
			p.typ = strings.Trim(strings.TrimSpace(l[strings.IndexByte(l, ':')+1:]), `"'`)
		}
	}
}

// splitKey returns the key of a line and how far it is indented.
func splitKey(line string) (key string, indent int, ok bool) {
	trimmed := strings.TrimLeft(line, " ")
	i := strings.IndexByte(trimmed, ':')
	if i <= 0 || trimmed[0] == '#' || trimmed[0] == '-' || i+1 < len(trimmed) && trimmed[i+1] != ' ' {
		return "", 0, false
	}
	return strings.Trim(trimmed[:i], `"'`), len(line) - len(trimmed), true
}

// fields returns the fields that may stand at a place.
func (s *Server) fields(kind string, p keyPlace) []spec.FieldInfo {
	c, types := s.o.Config(kind, p.typ)
	var list []spec.FieldInfo
	if c != nil {
		list = spec.Describe(c)
	}
	if kind != kindProject && !slices.ContainsFunc(list, func(f spec.FieldInfo) bool { return f.Key == "name" && f.Kind != spec.KindAny }) {
		list = slices.Concat(commonFields(types), slices.DeleteFunc(list, func(f spec.FieldInfo) bool { return f.Kind == spec.KindAny }))
	}
	for _, key := range p.path {
		i := slices.IndexFunc(list, func(f spec.FieldInfo) bool { return f.Key == key })
		if i < 0 {
			return nil
		}
		list = list[i].Fields
		if p.path[len(p.path)-1] == key && list == nil {
			return nil
		}
	}
	return list
}

// commonFields are those that every object has.
func commonFields(types []string) []spec.FieldInfo {
	out := []spec.FieldInfo{{Key: "name", Kind: spec.KindText, Help: "The name by which others know it; that of the file where it is left out."}}
	if len(types) > 0 && types[0] != "" {
		f := spec.FieldInfo{Key: "type", Kind: spec.KindChoice, Need: true, Help: "What it is; the other keys depend on it."}
		for _, t := range types {
			f.Choices = append(f.Choices, spec.Choice{Value: t})
		}
		out = append(out, f)
	}
	return append(out,
		spec.FieldInfo{Key: "description", Kind: spec.KindText, Help: "What it is for, in words."},
		spec.FieldInfo{Key: "enabled", Kind: spec.KindBool, Help: "Whether it is in use: true where it is left out."})
}

func (s *Server) completeYAML(ctx context.Context, p place) (any, error) {
	out := completionList{Items: []completionItem{}}
	kind := kindOfFile(p.name)
	at, ok := placeIn(p.text, p.at)
	if kind == "" || !ok {
		return out, nil
	}
	span := p.span(at.start, max(at.end, p.at))
	add := func(label, insert, what, detail, doc string) {
		out.Items = append(out.Items, completionItem{
			Label: label, Kind: completionKinds[what], Detail: detail, Documentation: prose(doc), SortText: fmt.Sprintf("%04d", len(out.Items)), TextEdit: &textEdit{span, insert},
		})
	}
	fields := s.fields(kind, at)
	if !at.value {
		for _, f := range fields {
			if at.present[f.Key] {
				continue
			}
			insert := f.Key + ": "
			if at.key != "" {
				insert = f.Key
			} else if f.Kind == spec.KindGroup || f.Kind == spec.KindMap {
				insert = f.Key + ":\n" + strings.Repeat(" ", at.start-p.lines[p.position(at.start).Line]+2)
			}
			add(f.Key, insert, "field", string(f.Kind), f.Help)
		}
		return out, nil
	}
	i := slices.IndexFunc(fields, func(f spec.FieldInfo) bool { return f.Key == at.key })
	if i < 0 {
		return out, nil
	}
	switch f := fields[i]; f.Kind {
	case spec.KindChoice:
		for _, c := range f.Choices {
			add(c.Value, c.Value, "constant", c.Title, "")
		}
	case spec.KindBool:
		add("true", "true", "constant", "", "")
		add("false", "false", "constant", "", "")
	case spec.KindRef, spec.KindSecret:
		snap, err := s.last(ctx)
		if err != nil {
			return out, err
		}
		of := f.Of
		if f.Kind == spec.KindSecret {
			of = "secret"
		}
		for _, n := range s.names(ctx, snap, of) {
			insert := n.name
			if of == "secret" {
				insert = "{secret: " + n.name + "}"
			}
			add(n.name, insert, "name", n.what, n.doc)
		}
	default: // nobody can guess it
	}
	return out, nil
}

func (s *Server) hoverYAML(_ context.Context, p place) (any, error) {
	at, ok := placeIn(p.text, p.at)
	kind := kindOfFile(p.name)
	if !ok || kind == "" || at.key == "" {
		return nil, nil //nolint:nilnil // there is nothing
	}
	for _, f := range s.fields(kind, at) {
		if f.Key != at.key {
			continue
		}
		value := "**" + f.Key + "**: " + string(f.Kind)
		if f.Need {
			value += ", needed"
		}
		if len(f.Default) > 0 {
			value += ", " + escape(string(f.Default)) + " where it is left out"
		}
		if f.Min != "" || f.Max != "" {
			value += fmt.Sprintf(", from %s to %s", orAny(f.Min), orAny(f.Max))
		}
		if f.Help != "" {
			value += "\n\n" + escape(f.Help)
		}
		if f.When != nil {
			value += "\n\nApplies " + escape(f.When.String())
		}
		line := p.position(p.at).Line
		return hover{markup{"markdown", value}, p.span(p.lines[line], p.lineEnd(line))}, nil
	}
	return nil, nil //nolint:nilnil // there is nothing
}

func orAny(bound string) string {
	if bound == "" {
		return "any"
	}
	return bound
}

// definitionYAML returns where what the line names is described.
func (s *Server) definitionYAML(ctx context.Context, p place) (any, error) {
	at, ok := placeIn(p.text, p.at)
	kind := kindOfFile(p.name)
	if !ok || kind == "" || !at.value {
		return nil, nil //nolint:nilnil // there is none
	}
	for _, f := range s.fields(kind, at) {
		if f.Key == at.key && f.Kind == spec.KindRef {
			snap, err := s.project(ctx)
			if err != nil {
				return nil, err
			}
			word := strings.Trim(strings.TrimSpace(string(p.bytes[at.start:at.end])), `"'`)
			return s.definitionOfName(snap, f.Of, word), nil
		}
	}
	return nil, nil //nolint:nilnil // there is none
}

// symbolsYAML returns the keys of a text that are not inside of others.
func symbolsYAML(t *text) []documentSymbol {
	out := []documentSymbol{}
	for i := range t.lines {
		line := string(t.bytes[t.lines[i]:t.lineEnd(i)])
		if k, in, ok := splitKey(line); ok && in == 0 {
			at := t.span(t.lines[i], t.lineEnd(i))
			out = append(out, documentSymbol{Name: k, Detail: strings.TrimSpace(line[strings.IndexByte(line, ':')+1:]), Kind: symbolKinds["key"], Range: at, SelectionRange: at})
		}
	}
	return out
}
