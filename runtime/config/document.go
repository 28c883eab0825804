// Package config holds a project as the runtime takes it: its objects as
// documents with positions, its settings, and its Go source as an immutable
// snapshot; what differs between two of them; and the report of a deploy. It
// reads no disk: package projects does, or whoever has the files.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// The kinds of object that a project has.
const (
	Connection = "connection"
	Channel    = "channel"
	Security   = "security"
	Job        = "job"
)

// kinds says for each kind the folder of its files and whether they name a type.
var kinds = []struct {
	kind, folder string
	typed        bool
}{
	{Connection, "connections", true},
	{Channel, "channels", true},
	{Security, "security", true},
	{Job, "jobs", false},
}

// Kinds returns the kinds of object, in the order in which they are listed.
func Kinds() []string { return []string{Connection, Channel, Security, Job} }

// Folder returns the folder of a project that holds the objects of a kind; ""
// for an unknown kind.
func Folder(kind string) string {
	for _, k := range kinds {
		if k.kind == kind {
			return k.folder
		}
	}
	return ""
}

// KindOfFolder returns the kind of the objects in a folder; "" where the folder
// holds none.
func KindOfFolder(folder string) string {
	for _, k := range kinds {
		if k.folder == folder {
			return k.kind
		}
	}
	return ""
}

func typed(kind string) bool {
	for _, k := range kinds {
		if k.kind == kind {
			return k.typed
		}
	}
	return false
}

// Document is one object of a project as its file describes it, with what the
// environment changes in it. It is immutable.
type Document struct {
	Kind        string // Connection, Channel, Security or Job
	Type        string // "rest", "api-key"; "" for jobs
	Name        string // unique among those of its kind
	Description string
	Enabled     bool
	File        string         // relative to the project, with slashes
	Node        *yaml.Node     // the whole object, common keys included
	Hash        string         // of what the object says: comments, order, description and places do not count
	At          fault.Position // the object's name, or the beginning of its file

	overlay *Overlay // what the environment merged in; nil where nothing
}

// common are the keys that every object has.
type common struct {
	typed             bool
	name, kind, about string
	enabled           bool
}

func (c *common) Fields(f *spec.Fields) {
	f.Text("name", &c.name).Help("Name of the object, unique among those of its kind.")
	if c.typed {
		f.Text("type", &c.kind).Need().Match(`[a-z][a-z0-9-]*`).Help("What sort of object it is.")
	}
	f.Bool("enabled", &c.enabled).Or(true).Help("Whether it takes part.")
	f.Text("description", &c.about).Range(0, 10_000).Help("What it is for.")
}

// commonKeys are the keys that common describes.
func commonKeys(kind string) []string {
	if typed(kind) {
		return []string{"name", "type", "enabled", "description"}
	}
	return []string{"name", "enabled", "description"}
}

// ParseDocument reads the file of one object. The document is nil where there
// are faults. What is particular to its type is read by Document.Decode.
func ParseDocument(kind, file string, data []byte) (*Document, fault.List) {
	node, faults := spec.Parse(data, file)
	if len(faults) > 0 {
		return nil, faults
	}
	return newDocument(kind, file, node, nil)
}

// newDocument makes a document of its node.
func newDocument(kind, file string, node *yaml.Node, overlay *Overlay) (*Document, fault.List) {
	d := &Document{Kind: kind, File: file, Node: node, overlay: overlay}
	c := common{typed: typed(kind)}
	faults := spec.DecodeAt(pick(node, commonKeys(kind), true), d.place, &c)
	d.Name, d.Type, d.Enabled, d.Description = c.name, c.kind, c.enabled, c.about
	d.At = fault.Position{File: file, Line: 1, Column: 1}
	if n := value(node, "name"); n != nil && d.Name != "" {
		d.At = d.place(n)
		if err := spec.CheckName(d.Name); err != nil {
			faults.Add(d.At, "object.name", "%v", err)
		}
	} else {
		d.Name = NameOfFile(file)
		if err := spec.CheckName(d.Name); err != nil {
			faults.Add(d.At, "object.name", "%v", err).
				WithHint("rename the file, or write \"name: …\" into it")
		}
	}
	if len(faults) > 0 {
		faults.Sort()
		return nil, faults
	}
	d.Hash = d.hash()
	return d, nil
}

// NameOfFile returns the name that an object has where its file says none: the
// base of the file's name.
func NameOfFile(file string) string {
	base := path.Base(file)
	return strings.TrimSuffix(base, path.Ext(base))
}

func (d *Document) hash() string {
	h := sha256.New()
	for _, s := range []string{d.Kind, d.Type, d.Name, map[bool]string{true: "on"}[d.Enabled]} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	h.Write(canonical(pick(d.Node, commonKeys(d.Kind), false)))
	return hex.EncodeToString(h.Sum(nil))
}

// place returns where a node of the document stands, in its own file or in that
// of the environment.
func (d *Document) place(n *yaml.Node) fault.Position {
	if n == nil {
		return fault.Position{File: d.File, Line: 1, Column: 1}
	}
	file := d.File
	if d.overlay != nil && d.overlay.nodes[n] {
		file = d.overlay.File
	}
	return fault.Position{File: file, Line: n.Line, Column: n.Column}
}

// Place returns where the value of a dotted path of keys stands; the place of
// the object where there is no such value.
func (d *Document) Place(key string) fault.Position {
	n := d.Node
	for k := range strings.SplitSeq(key, ".") {
		if n = value(n, k); n == nil {
			return d.At
		}
	}
	return d.place(n)
}

// Decode fills the config of the object's type and returns all that is wrong
// with the document.
func (d *Document) Decode(c spec.Described) fault.List {
	return spec.DecodeAt(d.Node, d.place, &whole{kind: d.Kind, own: c})
}

// Expand fills placeholders in after Decode; see spec.Expand.
func (d *Document) Expand(c spec.Described, lookup func(name string) (string, error)) fault.List {
	return spec.ExpandAt(d.Node, d.place, c, lookup)
}

// whole is the config of a type together with the common keys, which are checked
// already, so that a mistyped one finds its hint.
type whole struct {
	kind string
	own  spec.Described
}

func (w *whole) Fields(f *spec.Fields) {
	for _, key := range commonKeys(w.kind) {
		f.Any(key)
	}
	w.own.Fields(f)
}

func (w *whole) Check(p *spec.Problems) {
	if c, ok := w.own.(spec.Checker); ok {
		c.Check(p)
	}
}

// value returns the value of a key of an object; nil where there is none.
func value(n *yaml.Node, key string) *yaml.Node {
	if n = follow(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if follow(n.Content[i]).Value == key {
			return follow(n.Content[i+1])
		}
	}
	return nil
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for range 100 { // an alias of an alias is already rare
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return n
}

// pick returns an object with only the keys of a list, or with all but those.
func pick(n *yaml.Node, keys []string, with bool) *yaml.Node {
	if n = follow(n); n == nil || n.Kind != yaml.MappingNode {
		return n
	}
	picked := *n
	picked.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if slices.Contains(keys, follow(n.Content[i]).Value) == with {
			picked.Content = append(picked.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &picked
}
