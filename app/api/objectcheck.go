package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"mortise/projects"
	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/security"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/spec"
)

// plan is what an edit would do.
type plan struct {
	edit   ObjectEdit
	was    *objectFile // nil where the object is new
	config spec.Described
	values *yaml.Node // of the fields, as they were typed
	file   string     // where the object is to stand
	text   []byte     // of that file
	fields []FieldProblem
}

func (p *plan) wrong(at, what, hint string) {
	p.fields = append(p.fields, FieldProblem{at, what, hint})
}

// CheckObject returns what is wrong with an edit, and writes nothing.
func (s *Studio) CheckObject(ctx context.Context, in ObjectEdit) (ObjectChecked, error) {
	o, err := s.open()
	if err != nil {
		return ObjectChecked{}, err
	}
	p, err := o.plan(ctx, in)
	if err != nil {
		return ObjectChecked{}, err
	}
	return ObjectChecked{Fields: append([]FieldProblem{}, p.fields...), File: p.file, YAML: string(p.text)}, nil
}

// plan finds out what an edit would do, and all that is wrong with it. The error
// is for an edit of what is not there.
func (o *opened) plan(ctx context.Context, e ObjectEdit) (*plan, error) {
	p := &plan{edit: e}
	if e.Was != "" || e.Kind == kindProject {
		f, err := o.find(ctx, e.Kind, e.Was)
		if err != nil {
			return nil, err
		}
		p.was, p.file = &f, f.File
	} else if config.Folder(e.Kind) == "" {
		return nil, fault.New(fault.NotFound, "object.kind", "there is no kind of object %q", e.Kind).
			WithHint("%s", fault.DidYouMean(e.Kind, config.Kinds()))
	}
	loaded, _ := o.Load(ctx)
	p.name(o, loaded)
	if !p.decode() {
		return p, nil
	}
	if len(p.fields) == 0 && !e.Disabled && loaded != nil {
		o.references(ctx, p, loaded)
	}
	if c, ok := p.config.(channel.Config); ok && e.Kind == config.Channel && !e.Disabled && len(p.fields) == 0 && loaded != nil {
		p.routes(ctx, c, loaded)
	}
	return p, p.render(o)
}

// name checks the name and finds the file for it.
func (p *plan) name(o *opened, loaded *config.Project) {
	e := p.edit
	if e.Kind == kindProject {
		if e.Name != "" {
			if err := spec.CheckName(e.Name); err != nil {
				p.wrong("name", err.Error(), "")
			}
		}
		return
	}
	if err := spec.CheckName(e.Name); err != nil {
		p.wrong("name", err.Error(), "")
		return
	}
	if loaded != nil && e.Name != e.Was {
		if d, taken := loaded.Find(e.Kind, e.Name); taken {
			p.wrong("name", fmt.Sprintf("there is a %s %q already, in %s", noun(e.Kind), e.Name, d.File), "choose another name")
			return
		}
	}
	switch {
	case p.was == nil:
		p.file = fileFor(e.Kind, e.Name, "")
	case e.Text == "" && e.Name != e.Was && slices.Contains([]string{projects.FileName(e.Was), e.Was}, config.NameOfFile(p.was.File)):
		p.file = fileFor(e.Kind, e.Name, p.was.File)
	}
	if p.was == nil || p.file != p.was.File {
		if _, err := o.Stat(p.file); err == nil {
			p.wrong("name", fmt.Sprintf("there is a file %q already", p.file), "choose another name")
		}
	}
}

// decode reads the fields of the form; false where there is no such type.
func (p *plan) decode() bool {
	e := p.edit
	c, ok := newConfig(e.Kind, e.Type)
	if !ok {
		var types []string
		for _, t := range kindTypes(e.Kind) {
			types = append(types, t.Type)
		}
		what := fmt.Sprintf("there is no type %q", e.Type)
		if e.Type == "" {
			what = "the type is missing"
		}
		p.wrong("type", what, fault.DidYouMean(e.Type, types))
		return false
	}
	p.config = c
	node, wrong := e.values()
	p.values = node
	for _, key := range slices.Sorted(maps.Keys(wrong)) {
		if key == "" {
			p.wrong("", "the fields are no JSON object", "")
			return true
		}
		p.wrong(key, fmt.Sprintf("%q is not JSON: %v", key, wrong[key]), "texts stand in double quotes")
	}
	faults, paths := spec.DecodeFields(leaveOut(node, commonKeys(e.Kind)), p.file, c)
	for _, f := range faults {
		p.wrong(paths[f], f.What, f.Hint)
	}
	p.values = leaveOut(node, commonKeys(e.Kind))
	return true
}

// references checks the names of other objects and services.
func (o *opened) references(ctx context.Context, p *plan, loaded *config.Project) {
	for _, r := range spec.Refs(p.config) {
		var names []string
		if r.Kind == "service" {
			for _, s := range o.Checker.Check(ctx, loaded.Source).Services {
				names = append(names, s.Name)
			}
		} else {
			names = loaded.Names(r.Kind)
			if loaded.Broken(r.Kind, r.Ref.Name) {
				continue
			}
		}
		if !slices.Contains(names, r.Ref.Name) {
			p.wrong(r.Key, fmt.Sprintf("no %s %q", noun(r.Kind), r.Ref.Name), fault.DidYouMean(r.Ref.Name, names))
		}
	}
}

// routes finds out whether the channel could have its path beside the others.
func (p *plan) routes(ctx context.Context, edited channel.Config, loaded *config.Project) {
	table := channel.NewTable()
	prepare := func(name string, at fault.Position, c channel.Config) error {
		_, err := c.Prepare(ctx, channel.Env{
			Name: name, At: at, Log: nopLog(), Routes: table, Timeout: time.Second,
			Security: func(string) (security.Definition, bool) { return nobody{}, true },
			Service:  func(name string) (*shape.Service, bool) { return &shape.Service{Name: name}, true },
		})
		return err
	}
	for _, d := range loaded.Of(config.Channel) {
		t, ok := channel.Lookup(d.Type)
		if !ok || !d.Enabled || d.Name == p.edit.Was {
			continue
		}
		c := t.New()
		if len(d.Decode(c)) == 0 {
			_ = prepare(d.Name, d.Place("path"), c) // what is wrong with others is not for here
		}
	}
	if err := prepare(p.edit.Name, fault.Position{}, edited); err != nil {
		f, at := fault.As(err), ""
		if strings.HasPrefix(f.Code, "route.") {
			at = "path"
		}
		p.wrong(at, f.What, f.Hint)
	}
}

// nobody is a definition that lets nobody in, for channels that are only looked at.
type nobody struct{}

func (nobody) Kind() string      { return "nobody" }
func (nobody) Challenge() string { return "" }
func (nobody) Check(*http.Request) (service.Caller, error) {
	return service.Caller{}, fault.New(fault.Unauthenticated, "security.missing", "nobody may call")
}
func (nobody) Sign(*http.Request) error { return nil }

// render makes the file, and checks it once more as the runtime will read it.
func (p *plan) render(o *opened) error {
	e := p.edit
	if slices.ContainsFunc(p.fields, func(f FieldProblem) bool { return f.Path == "name" }) {
		return nil // without a name there is no file
	}
	var faults fault.List
	if main, ok := p.config.(*projectFile); ok {
		main.Name, main.Description = e.Name, e.Description
		if n := valueAt(p.was.node, "name"); n == nil && e.Name == filepath.Base(o.Root()) {
			main.Name = "" // as it was: that of its folder
		}
		text, err := o.RenderMain(p.described(main), []byte(e.Text))
		if err != nil {
			return err
		}
		p.text = text
		_, faults = config.ParseMain(p.file, text)
	} else {
		object := projects.Object{Kind: e.Kind, Type: e.Type, Name: e.Name, Description: e.Description, Disabled: e.Disabled, Config: p.described(p.config), Old: []byte(e.Text)}
		if p.was != nil {
			object.File, object.Becomes = p.was.File, p.file
		}
		_, text, err := o.RenderObject(object)
		if err != nil {
			return err
		}
		p.text = text
		var doc *config.Document
		if doc, faults = config.ParseDocument(e.Kind, p.file, text); doc != nil {
			again, _ := newConfig(e.Kind, e.Type)
			faults = doc.Decode(again)
		}
	}
	if len(p.fields) == 0 {
		for _, f := range faults {
			p.wrong(commonPath(f), f.What, f.Hint)
		}
	}
	return nil
}

// described returns what the file is to say: the config as it was understood, and
// for a draft of a form what was typed where that is not right yet.
func (p *plan) described(c spec.Described) spec.Described {
	if len(p.fields) == 0 || p.values == nil {
		return c
	}
	values := p.values
	if main, ok := c.(*projectFile); ok {
		for _, x := range [][2]string{{"description", main.Description}, {"name", main.Name}} {
			if x[1] != "" {
				values = leaveOut(values, []string{x[0]})
				pair := []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: x[0]}, {Kind: yaml.ScalarNode, Tag: "!!str", Value: x[1]}}
				values.Content = append(pair, values.Content...)
			}
		}
	}
	if t, err := newTyped(values, c); err == nil {
		return t
	}
	return c
}

// commonPath returns the field that a fault of the common part is about.
func commonPath(f *fault.Error) string {
	for _, key := range []string{"name", "type", "description", "enabled"} {
		if strings.HasPrefix(f.What, `"`+key+`"`) {
			return key
		}
	}
	return ""
}
