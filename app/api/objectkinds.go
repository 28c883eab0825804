package api

import (
	"context"
	"encoding/json"
	"slices"

	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/schedule"
	"mortise/runtime/security"
	"mortise/runtime/spec"
)

// kindProject is the kind of the one object that mortise.yaml is.
const kindProject = "project"

// kindWords says the kinds of object in words, in the order in which they are
// listed.
var kindWords = []ObjectKind{
	{Kind: config.Connection, Title: "Connection", Plural: "Connections", Summary: "A system that services call, known to them by its name."},
	{Kind: config.Channel, Title: "Channel", Plural: "Channels", Summary: "A way in: what others call to run a service."},
	{Kind: config.Security, Title: "Security definition", Plural: "Security", Summary: "Who may call a channel, or how a connection shows who we are."},
	{Kind: config.Job, Title: "Job", Plural: "Jobs", Summary: "A service that runs by the clock."},
	{Kind: kindProject, Title: "Project", Plural: "Project", Summary: "What holds for the whole project, and the settings that services read."},
}

// starts are the values that new objects begin with, by kind and type. Half a
// value, such as "https://", is none of them: what is pasted would come after it.
var starts = map[[2]string]string{
	{config.Job, ""}: `{"every":"10s"}`,
}

// kindTypes returns the types of a kind of object without their fields; one with
// the type "" where the kind has none.
func kindTypes(kind string) []ObjectType {
	var out []ObjectType
	switch kind {
	case config.Connection:
		for _, t := range conn.Types() {
			out = append(out, ObjectType{Type: t.Name, Title: t.Title, Summary: t.Summary})
		}
	case config.Channel:
		for _, t := range channel.Types() {
			out = append(out, ObjectType{Type: t.Name, Title: t.Title, Summary: t.Summary})
		}
	case config.Security:
		for _, t := range security.Types() {
			out = append(out, ObjectType{Type: t.Name, Title: t.Title, Summary: t.Summary})
		}
	case config.Job, kindProject:
		i := slices.IndexFunc(kindWords, func(k ObjectKind) bool { return k.Kind == kind })
		out = append(out, ObjectType{Title: kindWords[i].Title, Summary: kindWords[i].Summary})
	}
	return out
}

// newConfig returns an empty config of a type of object; false where there is no
// such type.
func newConfig(kind, typ string) (spec.Described, bool) {
	switch kind {
	case config.Connection:
		if t, ok := conn.Lookup(typ); ok {
			return t.New(), true
		}
	case config.Channel:
		if t, ok := channel.Lookup(typ); ok {
			return t.New(), true
		}
	case config.Security:
		if t, ok := security.Lookup(typ); ok {
			return t.New(), true
		}
	case config.Job:
		if typ == "" {
			return &schedule.Job{}, true
		}
	case kindProject:
		if typ == "" {
			return &projectFile{}, true
		}
	}
	return nil, false
}

// projectFile is mortise.yaml as a form has it: the settings of services are one
// of its fields.
type projectFile struct {
	config.Main

	settings json.RawMessage
}

// Fields binds the keys.
func (p *projectFile) Fields(f *spec.Fields) {
	p.Main.Fields(f)
	f.JSON("config", &p.settings).Title("Settings").Help("Settings that services read with ctx.Config.")
}

// commonKeys are the keys of an object's file that a form has beside the fields of
// its type.
func commonKeys(kind string) []string {
	if kind == kindProject {
		return []string{"name", "description"}
	}
	return []string{"name", "type", "enabled", "description"}
}

// fieldsOf returns the fields of a form.
func fieldsOf(kind string, c spec.Described) []spec.FieldInfo {
	return slices.DeleteFunc(spec.Describe(c), func(f spec.FieldInfo) bool {
		return f.Kind == spec.KindAny || kind == kindProject && slices.Contains(commonKeys(kind), f.Key)
	})
}

// ObjectKinds returns every kind and type of object with the fields of their forms.
func (s *Studio) ObjectKinds(context.Context, None) (ObjectKinds, error) {
	var out ObjectKinds
	for _, k := range kindWords {
		k.Folder = config.Folder(k.Kind)
		k.Types = kindTypes(k.Kind)
		for i, t := range k.Types {
			c, ok := newConfig(k.Kind, t.Type)
			if !ok {
				return out, fault.New(fault.Internal, "object.type", "the type %q of %s has no config", t.Type, k.Kind)
			}
			k.Types[i].Fields = fieldsOf(k.Kind, c)
			if start, ok := starts[[2]string{k.Kind, t.Type}]; ok {
				k.Types[i].Start = json.RawMessage(start)
			}
		}
		out.Kinds = append(out.Kinds, k)
	}
	return out, nil
}

// noun says a kind in a sentence.
func noun(kind string) string {
	if kind == config.Security {
		return "security definition"
	}
	return kind
}
