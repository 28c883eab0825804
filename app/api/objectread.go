package api

import (
	"cmp"
	"context"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/projects"
	"mortise/projects/history"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// objectsState is the event objects.
func (s *Studio) objectsState(ctx context.Context) Objects {
	o, err := s.open()
	if err != nil {
		return Objects{Objects: []Object{}, Secrets: []Secret{}}
	}
	p, faults := o.Load(ctx)
	out := Objects{Objects: o.objects(ctx, p, faults)}
	if out.Secrets, err = o.secrets(ctx, p); err != nil {
		o.log.Logger().WarnContext(ctx, "the secrets cannot be listed", "error", err)
	}
	return out
}

// objects returns every object, in the order of kinds and names, those whose files
// cannot be read included.
func (o *opened) objects(ctx context.Context, p *config.Project, faults fault.List) []Object {
	wrong := o.faultsByFile(ctx, faults)
	seen := map[string]bool{}
	out := []Object{}
	if p != nil {
		for _, d := range p.Documents {
			seen[d.File] = true
			out = append(out, objectOf(d, wrong[d.File]))
		}
		out = append(out, Object{Kind: kindProject, Name: p.Name, Description: p.Description, File: config.MainFile, Line: 1, Problems: wrong[config.MainFile]})
	}
	for _, f := range faults {
		file := f.At.File
		folder, _, _ := strings.Cut(file, "/")
		if kind := config.KindOfFolder(folder); kind != "" && !seen[file] && path.Ext(file) == ".yaml" {
			seen[file] = true
			out = append(out, Object{Kind: kind, Name: config.NameOfFile(file), File: file, Line: f.At.Line, Problems: wrong[file]})
		}
	}
	order := append(config.Kinds(), kindProject)
	slices.SortStableFunc(out, func(a, b Object) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.File, b.File))
	})
	return out
}

func objectOf(d *config.Document, problems int) Object {
	return Object{
		Kind: d.Kind, Type: d.Type, Name: d.Name, Description: d.Description, Disabled: !d.Enabled, File: d.File,
		Line: lineIn(d), Problems: problems,
	}
}

// lineIn returns the line of an object in its own file, where its name does not
// stand in that of an environment.
func lineIn(d *config.Document) int {
	if d.At.File == d.File {
		return d.At.Line
	}
	return 1
}

// faultsByFile counts the errors of what was saved last, by file.
func (o *opened) faultsByFile(ctx context.Context, faults fault.List) map[string]int {
	all := slices.Clone(faults)
	if h, err := o.running(); err == nil && !o.pending() {
		if report, err := h.Report(ctx); err == nil {
			all = report.Faults // those of the load are among them
		}
	}
	count := map[string]int{}
	for _, f := range all {
		count[f.At.File]++
	}
	return count
}

// objectFile is an object of the project with its file as it stands on disk.
type objectFile struct {
	Object

	text []byte
	hash string
	node *yaml.Node // of the file; nil where it is no YAML
}

// find returns an object by its kind and name.
func (o *opened) find(ctx context.Context, kind, name string) (objectFile, error) {
	p, faults := o.Load(ctx)
	all := o.objects(ctx, p, faults)
	i := slices.IndexFunc(all, func(x Object) bool { return x.Kind == kind && (x.Name == name || kind == kindProject) })
	if i < 0 {
		var names []string
		for _, x := range all {
			if x.Kind == kind {
				names = append(names, x.Name)
			}
		}
		return objectFile{}, fault.New(fault.NotFound, "object.unknown", "no %s %q", noun(kind), name).WithHint("%s", fault.DidYouMean(name, names))
	}
	text, err := o.ReadFile(all[i].File, spec.MaxDocument)
	if err != nil {
		return objectFile{}, err
	}
	f := objectFile{Object: all[i], text: text, hash: history.Hash(text)}
	f.node, _ = spec.Parse(text, f.File) // what is wrong is found again where it is wanted
	return f, nil
}

// ReadObject returns an object.
func (s *Studio) ReadObject(ctx context.Context, in ObjectID) (ObjectView, error) {
	o, err := s.open()
	if err != nil {
		return ObjectView{}, err
	}
	f, err := o.find(ctx, in.Kind, in.Name)
	if err != nil {
		return ObjectView{}, err
	}
	return o.objectView(ctx, f)
}

// objectView returns an object with all that its form needs. What its file says
// without an environment is what is edited.
func (o *opened) objectView(ctx context.Context, f objectFile) (ObjectView, error) {
	v := ObjectView{Object: f.Object, YAML: string(f.text), Hash: f.hash, Config: json.RawMessage("{}"), Values: json.RawMessage("{}"), Uses: []ObjectUse{}}
	v.Faults = o.ownFaults(f, &v.Object)
	if c, ok := newConfig(f.Kind, v.Type); ok && f.node != nil {
		own := leaveOut(f.node, commonKeys(f.Kind))
		raw, err := spec.ToJSON(own)
		if err != nil {
			v.Faults = append(v.Faults, fault.Wrap(fault.Invalid, "object.value", err, "read %q", f.File))
		} else {
			v.Config = raw
		}
		v.Faults = append(v.Faults, spec.Decode(own, f.File, c)...)
		v.Values = spec.Redacted(c)
	}
	v.Faults.Sort()
	v.Faults = v.Faults.Whole()
	if f.Kind == kindProject {
		return v, nil
	}
	mentions, err := o.mentions(ctx, f.Kind, f.Name)
	for _, m := range mentions {
		v.Uses = append(v.Uses, ObjectUse{File: m.at.File, Line: m.at.Line, Column: m.at.Column, What: m.what})
	}
	return v, err
}

// ownFaults returns what is wrong with the common part of an object's file, and
// sets what that says of the object, without an environment.
func (o *opened) ownFaults(f objectFile, into *Object) fault.List {
	if f.Kind == kindProject {
		_, faults := config.ParseMain(f.File, f.text)
		return faults
	}
	d, faults := config.ParseDocument(f.Kind, f.File, f.text)
	if d != nil {
		into.Type, into.Name, into.Description, into.Disabled = d.Type, d.Name, d.Description, !d.Enabled
		return faults
	}
	if n := valueAt(f.node, "type"); n != nil && n.Kind == yaml.ScalarNode {
		into.Type = n.Value
	}
	return faults
}

// leaveOut returns an object of YAML without some keys.
func leaveOut(n *yaml.Node, keys []string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	rest := *n
	rest.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !slices.Contains(keys, n.Content[i].Value) {
			rest.Content = append(rest.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &rest
}

// valueAt returns the value at a dotted path of keys; nil where there is none.
func valueAt(n *yaml.Node, path string) *yaml.Node {
	for key := range strings.SplitSeq(path, ".") {
		if n = follow(n); n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var value *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if follow(n.Content[i]).Value == key {
				value = n.Content[i+1]
			}
		}
		n = value
	}
	return follow(n)
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for range 100 { // an alias of an alias is already rare
		if n == nil || n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	return n
}

// fileFor returns the file that an object of a name has when it is new, or renamed
// and stood in a file of its own name.
func fileFor(kind, name, old string) string {
	folder := config.Folder(kind)
	if old != "" {
		folder = path.Dir(old)
	}
	return path.Join(folder, projects.FileName(name)+".yaml")
}
