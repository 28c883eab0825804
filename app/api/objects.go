package api

import (
	"encoding/json"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

func objectMethods() []Method {
	return []Method{
		on("objects.kinds", (*Studio).ObjectKinds),
		on("objects.read", (*Studio).ReadObject),
		on("objects.parse", (*Studio).ParseObject),
		on("objects.check", (*Studio).CheckObject),
		on("objects.write", (*Studio).WriteObject),
		on("objects.delete", (*Studio).DeleteObject),
		on("objects.paste", (*Studio).PasteObject),
		on("secrets.list", (*Studio).ListSecrets),
		on("secrets.write", (*Studio).WriteSecret),
		on("secrets.generate", (*Studio).GenerateSecret),
		on("secrets.delete", (*Studio).DeleteSecret),
	}
}

// ObjectKinds is every kind of object, in the order in which they are listed.
type ObjectKinds struct {
	Kinds []ObjectKind `json:"kinds"`
}

// ObjectKind is one kind: "connection", "channel", "security", "job". The kind
// "project" is the one object of mortise.yaml; it cannot be made or deleted.
type ObjectKind struct {
	Kind    string       `json:"kind"`
	Title   string       `json:"title"`  // "Connection"
	Plural  string       `json:"plural"` // "Connections"
	Summary string       `json:"summary"`
	Folder  string       `json:"folder"`
	Types   []ObjectType `json:"types"` // one with the type "" where the kind has none
}

// ObjectType is one type of a kind, such as the connection type "rest".
type ObjectType struct {
	Type    string           `json:"type"`
	Title   string           `json:"title"`
	Summary string           `json:"summary"`
	Fields  []spec.FieldInfo `json:"fields"`
	Start   json.RawMessage  `json:"start,omitempty"` // values that a new one begins with
}

// Objects is every object of the project as its files say.
type Objects struct {
	Objects []Object `json:"objects"`
	Secrets []Secret `json:"secrets"` // that the project needs or has
}

// Object is one object.
type Object struct {
	Kind        string `json:"kind"`
	Type        string `json:"type,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Disabled    bool   `json:"disabled,omitempty"`
	File        string `json:"file"`
	Line        int    `json:"line,omitempty"`
	Problems    int    `json:"problems,omitempty"` // errors in its file
}

// ObjectID names an object.
type ObjectID struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// ObjectView is an object with all that its form needs.
type ObjectView struct {
	Object
	Config json.RawMessage `json:"config"` // the values that its file names
	Values json.RawMessage `json:"values"` // the values of all fields, defaults included
	YAML   string          `json:"yaml"`   // the file
	Hash   string          `json:"hash"`   // of the file; what objects.write takes as base
	Uses   []ObjectUse     `json:"uses"`   // where it is named
	Faults fault.List      `json:"faults,omitempty"`
}

// ObjectUse is a place that names an object.
type ObjectUse struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	What   string `json:"what"` // in words: `service users.GetDetails`, `channel "Details"`
}

// ObjectEdit is what an object is to become.
type ObjectEdit struct {
	Kind        string          `json:"kind"`
	Type        string          `json:"type,omitempty"`
	Name        string          `json:"name"`
	Was         string          `json:"was,omitempty"`  // its present name; "" makes a new one
	Base        string          `json:"base,omitempty"` // hash of the file that the edit began from
	Description string          `json:"description,omitempty"`
	Disabled    bool            `json:"disabled,omitempty"`
	Config      json.RawMessage `json:"config,omitempty"`

	// Texts are values of fields of the kind json, by key, as JSON texts: pages
	// cannot hold long numbers otherwise. They go before those in Config.
	Texts map[string]string `json:"texts,omitempty"`
	// Text is unsaved text of the file, on which the edit builds instead of what
	// stands on disk. Only objects.check takes it; the file keeps its name then.
	Text string `json:"text,omitempty"`
}

// ObjectText is the text of an object's file as it is being edited.
type ObjectText struct {
	Kind string `json:"kind"`
	Was  string `json:"was,omitempty"` // the name of the saved object; "" where it is new
	File string `json:"file"`
	Text string `json:"text"`
}

// ObjectForm is such a text as a form shows it.
type ObjectForm struct {
	Edit     ObjectEdit     `json:"edit"`
	Readable bool           `json:"readable"` // false where a form cannot show it: Faults say why
	Fields   []FieldProblem `json:"fields"`
	Faults   fault.List     `json:"faults,omitempty"` // all that is wrong with the text, with places
}

// ObjectChecked is what is wrong with an edit, by field.
type ObjectChecked struct {
	Fields []FieldProblem `json:"fields"`         // empty where it can be saved
	File   string         `json:"file,omitempty"` // where it would stand; "" where its name is wrong
	YAML   string         `json:"yaml"`           // the file as it would be, what is wrong included
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Path string `json:"path"` // "name", "type", or a dotted path in the config: "tls.ca"
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
}

// ObjectSaved is the outcome of a save; with Fields nothing was written.
type ObjectSaved struct {
	Object   *ObjectView    `json:"object,omitempty"`
	Fields   []FieldProblem `json:"fields,omitempty"`
	Changed  []string       `json:"changed,omitempty"`  // other files that named it and were changed with it
	Conflict bool           `json:"conflict,omitempty"` // the file is not Base any more; nothing was written
}

// Paste is a text that describes the other side: a curl command or an OpenAPI
// document (JSON or YAML).
type Paste struct {
	Text string `json:"text"` // 4 MB at most
}

// Pasted is the objects that it describes, to be looked at and saved.
type Pasted struct {
	What    string         `json:"what"` // "curl" or "openapi"
	Title   string         `json:"title,omitempty"`
	Edits   []ObjectEdit   `json:"edits"`
	Secrets []PastedSecret `json:"secrets,omitempty"` // credentials that stood in it
	Notes   []string       `json:"notes,omitempty"`   // what could not be taken over
}

// PastedSecret is a credential that stood in a pasted text, or that the text says is
// needed. The edits name it; secrets.write keeps the value once the person wants
// that. It stands in no file.
type PastedSecret struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Value string `json:"value"`
}

// Secret is a secret that the project needs or has on this machine.
type Secret struct {
	Name   string   `json:"name"`
	Set    bool     `json:"set"`
	Needed bool     `json:"needed"`         // an object or a service names it
	By     []string `json:"by,omitempty"`   // who: `connection "CRM"`
	From   string   `json:"from,omitempty"` // "environment" where a variable of it gives it, which cannot be changed here
}

// SecretList is all of them, sorted by name.
type SecretList struct {
	Secrets []Secret `json:"secrets"`
}

// SecretEdit sets a secret. The value goes to the encrypted store of the project
// on this machine and never comes back.
type SecretEdit struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Generated is a new random value, shown once.
type Generated struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
