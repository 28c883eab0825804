package api

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// onDisk returns a file of the open project.
func onDisk(t testing.TB, p Project, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// problemsOf returns what is wrong with an edit, one line a field.
func problemsOf(fields []FieldProblem) string {
	lines := make([]string, len(fields))
	for i, f := range fields {
		lines[i] = f.Path + ": " + f.What
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestObjectKinds(t *testing.T) {
	s := newStudio(t, testOptions(t))
	kinds, err := s.ObjectKinds(t.Context(), None{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range kinds.Kinds {
		names = append(names, k.Kind)
		if len(k.Types) == 0 || k.Title == "" || !strings.HasSuffix(k.Summary, ".") {
			t.Errorf("the kind %+v is not described", k)
		}
		for _, typ := range k.Types {
			if typ.Title == "" || typ.Summary == "" || len(typ.Fields) == 0 {
				t.Errorf("the type %q of %s is not described: %+v", typ.Type, k.Kind, typ)
			}
			for _, f := range typ.Fields {
				if f.Kind == spec.KindAny || f.Title == "" {
					t.Errorf("the field %q of %s %q cannot be shown", f.Key, k.Kind, typ.Type)
				}
			}
			if typ.Start != nil && !json.Valid(typ.Start) {
				t.Errorf("the start of %s %q is %s", k.Kind, typ.Type, typ.Start)
			}
		}
	}
	if want := append(config.Kinds(), kindProject); !slices.Equal(names, want) {
		t.Errorf("the kinds are %v, want %v", names, want)
	}
}

// filled are values for the required fields of every type.
var filled = map[string]string{
	"connection/rest":     `{"address":"https://new.example","timeout":"3s","retries":{"max":4},"headers":{"X-A":"b"}}`,
	"channel/rest":        `{"path":"/new/{id}","service":"demo.Hello","methods":["GET"]}`,
	"security/api-key":    `{"key":{"secret":"new/key"}}`,
	"security/basic-auth": `{"username":"me","password":{"secret":"new/password"}}`,
	"job/":                `{"service":"demo.Hello","every":"1h","input":{"name":"Mike"}}`,
}

// TestEveryType makes, changes, renames, reads and deletes an object of each type
// that there is.
func TestEveryType(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	kinds, err := s.ObjectKinds(ctx, None{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds.Kinds {
		for _, typ := range k.Types {
			if k.Kind == kindProject {
				continue
			}
			t.Run(k.Kind+" "+typ.Type, func(t *testing.T) {
				values, ok := filled[k.Kind+"/"+typ.Type]
				if !ok {
					t.Fatalf("the test knows no values for %s of the type %q: add them", k.Kind, typ.Type)
				}
				edit := ObjectEdit{Kind: k.Kind, Type: typ.Type, Name: "New one", Description: "What it is for.", Config: json.RawMessage(values)}
				checked, err := s.CheckObject(ctx, edit)
				if err != nil || len(checked.Fields) > 0 || checked.YAML == "" {
					t.Fatalf("CheckObject = %+v, %v; want nothing wrong", checked, err)
				}
				saved, err := s.WriteObject(ctx, edit)
				if err != nil || saved.Object == nil {
					t.Fatalf("WriteObject = %+v, %v", saved, err)
				}
				file := k.Folder + "/new-one.yaml"
				if saved.Object.File != file || onDisk(t, p, file) != checked.YAML || saved.Object.Type != typ.Type {
					t.Errorf("WriteObject made %+v with %q; want %s as checked", saved.Object.Object, onDisk(t, p, file), file)
				}
				if len(saved.Object.Faults) > 0 || !sameJSON(saved.Object.Config, json.RawMessage(values)) {
					t.Errorf("it reads back as %s, %v; want %s", saved.Object.Config, saved.Object.Faults, values)
				}
				// A person writes a comment; it survives the form.
				put(t, s, file, "# keep me\n"+checked.YAML)
				view, err := s.ReadObject(ctx, ObjectID{k.Kind, "New one"})
				if err != nil {
					t.Fatal(err)
				}
				edit.Was, edit.Base, edit.Name, edit.Disabled, edit.Config = "New one", view.Hash, "Other one", true, view.Config
				if saved, err = s.WriteObject(ctx, edit); err != nil || saved.Object == nil {
					t.Fatalf("WriteObject of another name = %+v, %v", saved, err)
				}
				file = k.Folder + "/other-one.yaml"
				text := onDisk(t, p, file)
				if !strings.HasPrefix(text, "# keep me\n") || !strings.Contains(text, "name: Other one") || !strings.Contains(text, "enabled: false") {
					t.Errorf("the renamed file holds %q; want the comment, the name and that it is disabled", text)
				}
				if _, err := os.Stat(filepath.Join(p.Dir, k.Folder, "new-one.yaml")); err == nil {
					t.Error("the file of the old name is still there")
				}
				edit.Was, edit.Name = "Other one", "Other one"
				if saved, err = s.WriteObject(ctx, edit); err != nil || !saved.Conflict || saved.Object != nil {
					t.Errorf("WriteObject with an old base = %+v, %v; want a conflict", saved, err)
				}
				if _, err := s.DeleteObject(ctx, ObjectID{k.Kind, "Other one"}); err != nil {
					t.Fatal(err)
				}
				if _, err := s.ReadObject(ctx, ObjectID{k.Kind, "Other one"}); fault.KindOf(err) != fault.NotFound {
					t.Errorf("after DeleteObject ReadObject = %v, want NotFound", err)
				}
			})
		}
	}
	deleted, err := s.ListHistory(ctx, FileName{""})
	if err != nil || len(deleted.Versions) < 4 {
		t.Errorf("the local history has %+v, %v; want what was deleted", deleted, err)
	}
	settle(t, s)
	if live := s.liveState(ctx); live.Status != liveLive {
		t.Errorf("in the end the project is %s: %+v", live.Status, live.Problems)
	}
}

func TestCheckObject(t *testing.T) {
	s, _ := finished(t)
	for _, tt := range []struct {
		name string
		edit ObjectEdit
		want string
	}{
		{"nothing", ObjectEdit{Kind: "connection", Type: "rest", Name: "A"}, "address: \"address\" is missing"},
		{
			"bad values",
			ObjectEdit{Kind: "connection", Type: "rest", Name: "A", Config: json.RawMessage(`{"address":"ftp://x","timeout":"soon","retries":{"max":99},"tls":{"min_version":"1.1"},"odd":1}`)},
			"odd: unknown key \"odd\"\nretries.max: \"retries.max\" is a whole number from 0 to 20, not 99\ntimeout: \"timeout\" is a time span such as \"10s\" from 10ms to 1h, not \"soon\"\ntls.min_version: \"tls.min_version\" is \"1.2\" or \"1.3\", not \"1.1\"",
		},
		{"bad address", ObjectEdit{Kind: "connection", Type: "rest", Name: "A", Config: json.RawMessage(`{"address":"ftp://x"}`)}, "address: the address \"ftp://x\" does not start with http:// or https://"},
		{"a clear secret", ObjectEdit{Kind: "security", Type: "api-key", Name: "A", Config: json.RawMessage(`{"key":"abc"}`)}, "key: \"key\" is a secret, and its value does not belong into a file"},
		{"no type", ObjectEdit{Kind: "connection", Name: "A"}, "type: the type is missing"},
		{"unknown type", ObjectEdit{Kind: "connection", Type: "soap", Name: "A"}, "type: there is no type \"soap\""},
		{"taken", ObjectEdit{Kind: "connection", Type: "rest", Name: "CRM", Config: json.RawMessage(`{"address":"https://x"}`)}, "name: there is a connection \"CRM\" already, in connections/crm.yaml"},
		{"taken file", ObjectEdit{Kind: "connection", Type: "rest", Name: "crm", Config: json.RawMessage(`{"address":"https://x"}`)}, "name: there is a file \"connections/crm.yaml\" already"},
		{"bad name", ObjectEdit{Kind: "connection", Type: "rest", Name: "a/b", Config: json.RawMessage(`{"address":"https://x"}`)}, "name: the name \"a/b\" consists of letters, digits, spaces and . _ -, and a letter or digit is at both ends"},
		{
			"unknown service",
			ObjectEdit{Kind: "channel", Type: "rest", Name: "A", Config: json.RawMessage(`{"path":"/x","service":"demo.Helo","security":"none"}`)},
			"security: no security definition \"none\"\nservice: no service \"demo.Helo\"",
		},
		{
			"taken path",
			ObjectEdit{Kind: "channel", Type: "rest", Name: "A", Config: json.RawMessage(`{"path":"/tutorial/api/get-user/","methods":["GET"],"service":"demo.Hello"}`)},
			"path: channel \"A\": the path \"/tutorial/api/get-user/\" is taken for GET by channel \"Demo CRM\"",
		},
		{"reserved path", ObjectEdit{Kind: "channel", Type: "rest", Name: "A", Config: json.RawMessage(`{"path":"/metrics","service":"demo.Hello"}`)}, "path: the path \"/metrics\" is reserved for the runtime"},
		{"disabled with an unknown service", ObjectEdit{Kind: "channel", Type: "rest", Name: "A", Disabled: true, Config: json.RawMessage(`{"path":"/x","service":"later.One"}`)}, ""},
		{"job without a time", ObjectEdit{Kind: "job", Name: "A", Config: json.RawMessage(`{"service":"demo.Hello"}`)}, `: the job does not say when it runs: one of "every", "cron" and "at" is missing`},
		{"job with a bad cron", ObjectEdit{Kind: "job", Name: "A", Config: json.RawMessage(`{"service":"demo.Hello","cron":"x"}`)}, "cron: "},
		{"no object", ObjectEdit{Kind: "job", Name: "A", Config: json.RawMessage(`[1]`)}, ": the fields are no JSON object"},
		{"project", ObjectEdit{Kind: "project", Name: "demo", Config: json.RawMessage(`{"timeout":"never"}`)}, "timeout: \"timeout\" is a time span such as \"10s\" from 1ms to 1d, not \"never\""},
	} {
		got, err := s.CheckObject(t.Context(), tt.edit)
		if err != nil {
			t.Errorf("%s: CheckObject = %v", tt.name, err)
			continue
		}
		if text := problemsOf(got.Fields); text != tt.want && (!strings.HasSuffix(tt.want, ": ") || !strings.HasPrefix(text, tt.want)) {
			t.Errorf("%s: CheckObject found\n%s\nwant\n%s", tt.name, text, tt.want)
		}
	}
}

func TestWriteProject(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	put(t, s, "mortise.yaml", "# ours\nname: demo\nconfig:\n  region: eu # where\n")
	view, err := s.ReadObject(ctx, ObjectID{kindProject, ""})
	if err != nil || !sameJSON(view.Config, json.RawMessage(`{"config":{"region":"eu"}}`)) {
		t.Fatalf("ReadObject of the project = %s, %v", view.Config, err)
	}
	saved, err := s.WriteObject(ctx, ObjectEdit{
		Kind: kindProject, Name: "demo", Base: view.Hash, Description: "All.", Config: json.RawMessage(`{"timeout":"5s","config":{"region":"eu"}}`),
	})
	if err != nil || saved.Object == nil {
		t.Fatalf("WriteObject of the project = %+v, %v", saved, err)
	}
	if got, want := onDisk(t, p, "mortise.yaml"), "# ours\nname: demo\ndescription: All.\ntimeout: 5s\nconfig:\n  region: eu # where\n"; got != want {
		t.Errorf("mortise.yaml is\n%s\nwant\n%s", got, want)
	}
}

func TestRename(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	put(t, s, "environments/prod.yaml", "objects:\n  connections/CRM: # here\n    timeout: 3s\n  \"connections/Billing\": {security: 'Tutorial API key'}\n")
	put(t, s, "services/more/more.go", "package more\n\nimport \"mortise/runtime/service\"\n\nconst (\n\tOther = \"x\"\n\tcrm   = \"CRM\" // by name\n)\n\n"+
		"// Ask asks.\nfunc Ask(ctx *service.Context) error {\n\tctx.REST(crm).Get(nil)\n\treturn ctx.REST(`CRM`).Get(service.JSON{\"CRM\": 1}).Err()\n}\n")
	view, err := s.ReadObject(ctx, ObjectID{"connection", "CRM"})
	if err != nil {
		t.Fatal(err)
	}
	var uses []string
	for _, u := range view.Uses {
		uses = append(uses, u.What+" in "+u.File)
	}
	if got, want := strings.Join(uses, "; "), `environment "prod" in environments/prod.yaml; service more.Ask in services/more/more.go; service more.Ask in services/more/more.go; service users.GetDetails in services/users/users.go`; got != want {
		t.Errorf("CRM is named by %s, want %s", got, want)
	}
	saved, err := s.WriteObject(ctx, ObjectEdit{Kind: "connection", Type: "rest", Was: "CRM", Base: view.Hash, Name: "Customer base", Config: view.Config})
	if err != nil || saved.Object == nil {
		t.Fatalf("WriteObject = %+v, %v", saved, err)
	}
	if got := strings.Join(saved.Changed, " "); got != "environments/prod.yaml services/more/more.go services/users/users.go" || saved.Object.File != "connections/customer-base.yaml" {
		t.Errorf("WriteObject changed %s and made %s", got, saved.Object.File)
	}
	if got, want := onDisk(t, p, "environments/prod.yaml"), "objects:\n  connections/Customer base: # here\n"; !strings.HasPrefix(got, want) {
		t.Errorf("the environment is %q, want %q", got, want)
	}
	more := onDisk(t, p, "services/more/more.go")
	if !strings.Contains(more, `crm   = "Customer base" // by name`) || !strings.Contains(more, `ctx.REST("Customer base").Get(service.JSON{"CRM": 1})`) {
		t.Errorf("the source is\n%s\nwant the constant and the literal changed, and nothing else", more)
	}
	settle(t, s)
	if v, err := s.Invoke(ctx, Invocation{Service: "users.GetDetails", Text: "name=Mike"}); err != nil || !v.OK {
		t.Errorf("after the rename Invoke = %+v, %v", v.Faults, err)
	}
	key, err := s.ReadObject(ctx, ObjectID{"security", "Tutorial API key"})
	if err != nil {
		t.Fatal(err)
	}
	saved, err = s.WriteObject(ctx, ObjectEdit{Kind: "security", Type: "api-key", Was: "Tutorial API key", Name: "true", Config: key.Config})
	if err != nil || saved.Object == nil || len(saved.Changed) != 2 {
		t.Fatalf("WriteObject = %+v, %v; want the channel and the environment to follow", saved, err)
	}
	if got := onDisk(t, p, "channels/get-user-details.yaml"); !strings.Contains(got, `security: "true"`) && !strings.Contains(got, `security: 'true'`) {
		t.Errorf("the channel is %q; want the name in quotes", got)
	}
	settle(t, s)
	if live := s.liveState(ctx); live.Status != liveLive {
		t.Errorf("after the renames the project is %s: %+v", live.Status, live.Problems)
	}
}

func TestRenameThatCannotFollow(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	put(t, s, "services/more/more.go", "package more\n\nimport \"mortise/runtime/service\"\n\nfunc Ask(ctx *service.Context) error {\n\treturn ctx.REST(\"C\" + \"RM\").Get(nil).Err()\n}\n")
	before := onDisk(t, p, "services/users/users.go")
	saved, err := s.WriteObject(ctx, ObjectEdit{Kind: "connection", Type: "rest", Was: "CRM", Name: "Other", Config: json.RawMessage(`{"address":"${self}","path":"/tutorial/api/get-user"}`)})
	if err != nil || len(saved.Fields) != 1 || saved.Fields[0].Path != "name" || !strings.Contains(saved.Fields[0].Hint, "services/more/more.go:6:18") {
		t.Errorf("WriteObject = %+v, %v; want that the name cannot follow, with the place", saved, err)
	}
	if onDisk(t, p, "services/users/users.go") != before {
		t.Error("a file was changed all the same")
	}
}

func TestRenameIsAllOrNothing(t *testing.T) {
	s, p := finished(t)
	o, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	name := "services/users/users.go"
	before := onDisk(t, p, name)
	// A folder stands where the second file is to be written.
	if err := os.MkdirAll(filepath.Join(p.Dir, "zzz", "in-the-way"), 0o755); err != nil {
		t.Fatal(err)
	}
	hash, _ := o.presentHash(name)
	_, err = o.writeSet(t.Context(), whySaved, fileSet{
		write: map[string][]byte{name: []byte("package users\n"), "zzz": []byte("x")}, was: map[string]string{name: hash},
	})
	if err == nil || onDisk(t, p, name) != before {
		t.Errorf("writeSet = %v, and the first file is %q; want an error and the file as it was", err, onDisk(t, p, name))
	}
	conflict, err := o.writeSet(t.Context(), whySaved, fileSet{write: map[string][]byte{name: []byte("x")}, was: map[string]string{name: "another"}})
	if err != nil || !conflict || onDisk(t, p, name) != before {
		t.Errorf("writeSet over a change of somebody else = %v, %v; want a conflict", conflict, err)
	}
}

func TestBrokenObject(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	put(t, s, "connections/odd.yaml", "type: rest\naddress: [1\n")
	settle(t, s)
	objects := s.objectsState(ctx)
	i := slices.IndexFunc(objects.Objects, func(o Object) bool { return o.Name == "odd" })
	if i < 0 || objects.Objects[i].Kind != "connection" || objects.Objects[i].Problems == 0 {
		t.Fatalf("the objects are %+v; want the broken one with its problems", objects.Objects)
	}
	view, err := s.ReadObject(ctx, ObjectID{"connection", "odd"})
	if err != nil || len(view.Faults) == 0 || view.YAML == "" {
		t.Errorf("ReadObject = %+v, %v; want its text and what is wrong", view, err)
	}
	saved, err := s.WriteObject(ctx, ObjectEdit{Kind: "connection", Type: "rest", Was: "odd", Base: view.Hash, Name: "odd", Config: json.RawMessage(`{"address":"https://x.example"}`)})
	if err != nil || saved.Object == nil || len(saved.Object.Faults) > 0 {
		t.Errorf("WriteObject of it = %+v, %v; want it mended", saved, err)
	}
}

func TestSecrets(t *testing.T) {
	options := testOptions(t)
	options.Machine.Lookup = func(name string) (string, bool) { return "x", name == "MORTISE_SECRET_OUTSIDE_KEY" }
	s := newStudio(t, options)
	newProject(t, s, "tutorial-finished")
	ctx := t.Context()
	put(t, s, "security/outside.yaml", "type: api-key\nkey: {secret: outside/key}\n")
	settle(t, s)
	list, err := s.ListSecrets(ctx, None{})
	if err != nil || len(list.Secrets) != 2 {
		t.Fatalf("ListSecrets = %+v, %v", list, err)
	}
	if x := list.Secrets[0]; x.Name != "outside/key" || !x.Set || x.From != fromEnvironment || !x.Needed {
		t.Errorf("the secret of the environment is %+v", x)
	}
	if x := list.Secrets[1]; x.Name != "tutorial/api-key" || !x.Set || x.From != "" || strings.Join(x.By, " ") != `security definition "Tutorial API key"` {
		t.Errorf("the secret of the store is %+v", x)
	}
	call := func(key string) int {
		t.Helper()
		v, err := s.CallChannel(ctx, ChannelCall{Channel: "Get user details", NoKey: true, Headers: [][2]string{{"X-API-Key", key}}})
		if err != nil {
			t.Fatal(err)
		}
		return v.Status
	}
	made, err := s.GenerateSecret(ctx, Name{"tutorial/api-key"})
	if err != nil || len(made.Value) != 43 {
		t.Fatalf("GenerateSecret = %+v, %v; want 32 bytes as text", made, err)
	}
	if old, now := call("abc"), call(made.Value); old != 401 || now != 200 {
		t.Errorf("after GenerateSecret the old key gets %d and the new one %d; want 401 and 200", old, now)
	}
	if _, err := s.WriteSecret(ctx, SecretEdit{"outside/key", "y"}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("WriteSecret of one that the environment gives = %v; want a conflict", err)
	}
	if _, err := s.WriteSecret(ctx, SecretEdit{"bad name!", "y"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("WriteSecret of a bad name = %v", err)
	}
	if _, err := s.DeleteSecret(ctx, Name{"tutorial/api-key"}); err != nil {
		t.Fatal(err)
	}
	live := s.liveState(ctx)
	if live.Status != liveFailed || !slices.ContainsFunc(live.Problems, func(p Problem) bool { return p.Fault.Code == "secret.missing" }) {
		t.Errorf("without the secret the project is %s: %+v; want that it is missing", live.Status, live.Problems)
	}
}

func TestPaste(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	pasted, err := s.PasteObject(ctx, Paste{"curl -H 'X-API-Key: s3cret' https://crm.example.com/users"})
	if err != nil || len(pasted.Edits) != 2 || len(pasted.Secrets) != 1 || pasted.Secrets[0].Value != "s3cret" {
		t.Fatalf("PasteObject = %+v, %v", pasted, err)
	}
	if got := pasted.Edits[1].Name; got != "crm 2" {
		t.Errorf("beside CRM the connection is called %q, want %q, since its file would be the same", got, "crm 2")
	}
	if _, err := s.WriteSecret(ctx, SecretEdit{pasted.Secrets[0].Name, pasted.Secrets[0].Value}); err != nil {
		t.Fatal(err)
	}
	for _, e := range pasted.Edits {
		if saved, err := s.WriteObject(ctx, e); err != nil || saved.Object == nil || strings.Contains(saved.Object.YAML, "s3cret") {
			t.Fatalf("WriteObject(%+v) = %+v, %v", e, saved, err)
		}
	}
	settle(t, s)
	if live := s.liveState(ctx); live.Status != liveLive {
		t.Errorf("after pasting the project is %s: %+v", live.Status, live.Problems)
	}
	if _, err := s.PasteObject(ctx, Paste{"hello"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("PasteObject of something else = %v", err)
	}
}

func TestParseObject(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	file := "jobs/get-user-details.yaml"
	text := strings.Replace(onDisk(t, p, file), "name: Mike", "id: 12345678901234567890", 1) + "# kept\n"
	form, err := s.ParseObject(ctx, ObjectText{Kind: "job", Was: "Get user details every 10 seconds", File: file, Text: text})
	if err != nil || !form.Readable || len(form.Fields) > 0 || len(form.Faults) > 0 {
		t.Fatalf("ParseObject = %+v, %v; want a form without problems", form, err)
	}
	if got := form.Edit.Texts["input"]; !strings.Contains(got, "12345678901234567890") {
		t.Errorf("the input is %q; want its number whole", got)
	}

	// What is typed stays in the text, right or wrong, and so do comments.
	edit := form.Edit
	edit.Text = text
	edit.Config = json.RawMessage(`{"service":"users.GetDetails","every":"soon"}`)
	checked, err := s.CheckObject(ctx, edit)
	if err != nil || problemsOf(checked.Fields) == "" || checked.File != file {
		t.Fatalf("CheckObject = %+v, %v; want a problem with every", checked, err)
	}
	for _, want := range []string{"every: soon", "12345678901234567890", "# kept"} {
		if !strings.Contains(checked.YAML, want) {
			t.Errorf("the draft is\n%s\nwant %q in it", checked.YAML, want)
		}
	}
	if onDisk(t, p, file) == checked.YAML {
		t.Error("CheckObject wrote the file")
	}

	for name, text := range map[string]string{"no YAML": "a: [", "a list": "- a\n", "no number of JSON": "service: demo.Hello\nevery: 1s\ninput: .nan\n"} {
		form, err := s.ParseObject(ctx, ObjectText{Kind: "job", File: "jobs/x.yaml", Text: text})
		if err != nil || form.Readable || len(form.Faults) == 0 {
			t.Errorf("ParseObject of %s = %+v, %v; want that no form can show it, and why", name, form, err)
		}
	}
	form, err = s.ParseObject(ctx, ObjectText{Kind: "connection", File: "connections/x.yaml", Text: "type: rest\nadress: x\n"})
	if err != nil || !form.Readable || !strings.Contains(problemsOf(form.Fields), "adress") {
		t.Errorf("ParseObject with an unknown key = %+v, %v; want it among the problems", form, err)
	}
	edit = ObjectEdit{Kind: "job", Name: "x", Config: json.RawMessage(`{"service":"demo.Hello","every":"1s"}`), Texts: map[string]string{"input": "{a}"}}
	if checked, err := s.CheckObject(ctx, edit); err != nil || !strings.Contains(problemsOf(checked.Fields), "input: ") {
		t.Errorf("CheckObject of an input that is no JSON = %+v, %v", checked, err)
	}
}

func BenchmarkCheckObject(b *testing.B) {
	s, _ := finished(b)
	edit := ObjectEdit{Kind: "channel", Type: "rest", Name: "A", Config: json.RawMessage(`{"path":"/x","service":"demo.Hello"}`)}
	for b.Loop() {
		if got, err := s.CheckObject(context.Background(), edit); err != nil || len(got.Fields) > 0 {
			b.Fatalf("CheckObject = %+v, %v", got, err)
		}
	}
}
