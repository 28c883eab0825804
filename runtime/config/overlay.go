package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Overlay is what one environment changes in a project: the file
// environments/<name>.yaml.
type Overlay struct {
	Name string
	File string

	settings *yaml.Node
	objects  []override
	nodes    map[*yaml.Node]bool // all that stand in the file
}

// override is what an environment changes in one object.
type override struct {
	kind, name string
	key, value *yaml.Node
}

// ParseOverlay reads the file of an environment:
//
//	config:
//	  region: eu
//	objects:
//	  connections/CRM:
//	    address: https://crm.example
//
// Objects are merged key by key, lists and texts replaced, and a value of
// nothing takes the project's away.
func ParseOverlay(file string, data []byte) (*Overlay, fault.List) {
	node, faults := spec.Parse(data, file)
	if len(faults) > 0 {
		return nil, faults
	}
	o := &Overlay{Name: NameOfFile(file), File: file, nodes: map[*yaml.Node]bool{}}
	o.adopt(node)
	var c overlayFile
	faults = spec.Decode(node, file, &c)
	o.settings = value(node, "config")
	if o.settings != nil && o.settings.Kind != yaml.MappingNode && o.settings.ShortTag() != "!!null" {
		faults.Add(o.place(o.settings), "spec.type", "%q is an object of settings", "config")
	}
	o.readObjects(value(node, "objects"), &faults)
	if len(faults) > 0 {
		faults.Sort()
		return nil, faults
	}
	return o, nil
}

type overlayFile struct {
	about string
}

func (c *overlayFile) Fields(f *spec.Fields) {
	f.Text("description", &c.about).Help("What the environment is for.")
	f.Any("config").Help("Settings that differ from those of mortise.yaml.")
	f.Any("objects").Help("Objects that differ, by folder and name, with the keys that differ.")
}

func (o *Overlay) adopt(n *yaml.Node) {
	o.nodes[n] = true
	for _, c := range n.Content {
		o.adopt(c)
	}
}

func (o *Overlay) place(n *yaml.Node) fault.Position {
	return fault.Position{File: o.File, Line: n.Line, Column: n.Column}
}

func (o *Overlay) readObjects(objects *yaml.Node, faults *fault.List) {
	if objects == nil || objects.ShortTag() == "!!null" {
		return
	}
	if objects.Kind != yaml.MappingNode {
		faults.Add(o.place(objects), "spec.type", "%q is an object of names and changes", "objects").
			WithHint("write \"connections/CRM: {address: …}\"")
		return
	}
	for i := 0; i+1 < len(objects.Content); i += 2 {
		k, v := follow(objects.Content[i]), follow(objects.Content[i+1])
		folder, name, ok := strings.Cut(k.Value, "/")
		kind := KindOfFolder(folder)
		if !ok || kind == "" {
			faults.Add(o.place(k), "environment.object", "%q names no object of a project", k.Value).
				WithHint("write the folder and the name: \"connections/CRM\"")
			continue
		}
		if v.Kind != yaml.MappingNode {
			faults.Add(o.place(v), "spec.type", "%q is an object of the keys that differ", k.Value)
			continue
		}
		for j := 0; j < len(v.Content); j += 2 {
			if key := follow(v.Content[j]); key.Value == "name" || key.Value == "type" {
				faults.Add(o.place(key), "environment.identity", "an environment cannot change the %s of %q", key.Value, k.Value).
					WithHint("add an object of its own, and disable the one that is not wanted with \"enabled: false\"")
			}
		}
		o.objects = append(o.objects, override{kind: kind, name: name, key: k, value: v})
	}
}

// apply merges the environment into the documents, in place in the slice.
func (o *Overlay) apply(docs []*Document, broken map[string]bool) fault.List {
	var faults fault.List
	for _, change := range o.objects {
		i := slices.IndexFunc(docs, func(d *Document) bool {
			return d.Kind == change.kind && d.Name == change.name
		})
		if i < 0 {
			if broken[change.kind+"/"+change.name] {
				continue
			}
			faults.Add(o.place(change.key), "environment.object", "the environment %q changes the %s %q, which the project does not have",
				o.Name, change.kind, change.name).WithHint("%s", fault.DidYouMean(change.name, names(docs, change.kind)))
			continue
		}
		d, more := newDocument(docs[i].Kind, docs[i].File, merge(docs[i].Node, change.value), o)
		if len(more) > 0 {
			faults = append(faults, more...)
			continue
		}
		docs[i] = d
	}
	return faults
}

func names(docs []*Document, kind string) []string {
	var found []string
	for _, d := range docs {
		if d.Kind == kind {
			found = append(found, d.Name)
		}
	}
	return found
}

// merge returns base with the keys of over laid on it; neither is changed.
func merge(base, over *yaml.Node) *yaml.Node {
	base, over = follow(base), follow(over)
	if base == nil || over == nil || base.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode {
		return over
	}
	merged := *base
	merged.Content = slices.Clone(base.Content)
	for i := 0; i+1 < len(over.Content); i += 2 {
		k, v := over.Content[i], over.Content[i+1]
		at := -1
		for j := 0; j+1 < len(merged.Content); j += 2 {
			if follow(merged.Content[j]).Value == follow(k).Value {
				at = j
			}
		}
		if at < 0 {
			merged.Content = append(merged.Content, k, v)
			continue
		}
		merged.Content[at], merged.Content[at+1] = k, merge(merged.Content[at+1], v)
	}
	return &merged
}
