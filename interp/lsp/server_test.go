package lsp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"mortise/interp/check"
	"mortise/interp/lsp"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// editor drives a server over memory.
type editor struct {
	t       testing.TB
	s       *lsp.Server
	files   map[string]string
	sdk     map[string]string
	mu      sync.Mutex // guards what follows
	next    int
	answers map[string]chan answer
	told    chan published
}

type answer struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

type published struct {
	URI         string `json:"uri"`
	Version     int    `json:"version"`
	Diagnostics []struct {
		Range   rng    `json:"range"`
		Message string `json:"message"`
		Code    string `json:"code"`
	} `json:"diagnostics"`
}

type pos struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type rng struct {
	Start pos `json:"start"`
	End   pos `json:"end"`
}

type system struct {
	Address string
}

func (s *system) Fields(f *spec.Fields) {
	f.Text("address", &s.Address).Need().Help("Where it is.")
}

func start(t testing.TB, files map[string]string) *editor {
	t.Helper()
	e := &editor{t: t, files: files, answers: map[string]chan answer{}, told: make(chan published, 1_000)}
	e.files["go.mod"] = "module app\n\ngo 1.26\n"
	sdk, err := os.ReadFile("../../projects/sdk.txtar")
	if err != nil {
		t.Fatal(err)
	}
	e.sdk = map[string]string{}
	for _, f := range txtar.Parse(sdk).Files {
		e.sdk[".sdk/"+f.Name] = string(f.Data)
	}
	e.s = lsp.New(context.Background(), lsp.Options{
		Root: "/", Load: e.load, Send: e.take, ListSDK: func() []string {
			var names []string
			for name := range e.sdk {
				names = append(names, name)
			}
			return names
		},
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := e.sdk[name]; ok {
				return []byte(text), nil
			}
			return []byte(e.files[name]), nil
		},
		Secrets: func(context.Context) []string { return []string{"crm/password"} },
		Config: func(kind, typ string) (spec.Described, []string) {
			if kind == config.Connection && typ == "rest" {
				return &system{}, []string{"rest"}
			}
			return nil, []string{"rest"}
		},
	})
	t.Cleanup(e.s.Close)
	e.ask("initialize", map[string]any{"capabilities": map[string]any{"textDocument": map[string]any{"completion": map[string]any{"completionItem": map[string]any{"snippetSupport": true}}}}})
	return e
}

func (e *editor) load(context.Context) (*config.Project, fault.List) {
	parts := config.Parts{Root: "/demo", Name: "demo"}
	var source []config.File
	for name, text := range e.files {
		switch {
		case strings.HasSuffix(name, ".go"), name == "go.mod":
			source = append(source, config.NewFile(name, []byte(text)))
		case strings.HasPrefix(name, "connections/"):
			if d, _ := config.ParseDocument(config.Connection, name, []byte(text)); d != nil {
				parts.Documents = append(parts.Documents, d)
			}
		}
	}
	parts.Main, _ = config.ParseMain(config.MainFile, []byte("config:\n  region: eu\n"))
	parts.Source = config.NewFiles(source)
	return config.Assemble(parts)
}

// take takes a message of the server.
func (e *editor) take(raw []byte) error {
	var m struct {
		answer
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	if m.Method == "textDocument/publishDiagnostics" {
		var p published
		if err := json.Unmarshal(m.Params, &p); err != nil {
			return err
		}
		e.told <- p
		return nil
	}
	e.mu.Lock()
	ch := e.answers[string(m.ID)]
	e.mu.Unlock()
	if ch != nil {
		ch <- m.answer
	}
	return nil
}

func (e *editor) tell(method string, params any) {
	raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
	if err != nil {
		e.t.Fatal(err)
	}
	e.s.Receive(raw)
}

func (e *editor) ask(method string, params any) answer {
	e.mu.Lock()
	e.next++
	id := fmt.Sprint(e.next)
	ch := make(chan answer, 1)
	e.answers[id] = ch
	e.mu.Unlock()
	raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": e.next, "method": method, "params": params})
	if err != nil {
		e.t.Fatal(err)
	}
	e.s.Receive(raw)
	return <-ch
}

// open opens a file whose text has a mark ‸ where the cursor is, and returns that.
func (e *editor) open(name, marked string) map[string]any {
	before, after, _ := strings.Cut(marked, "‸")
	language := "go"
	if strings.HasSuffix(name, ".yaml") {
		language = "yaml"
	}
	text := before + after
	e.files[name] = text
	e.tell("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": "file:///" + name, "languageId": language, "version": 1, "text": text}})
	line := strings.Count(before, "\n")
	return map[string]any{
		"textDocument": map[string]any{"uri": "file:///" + name},
		"position":     map[string]any{"line": line, "character": len([]rune(before[strings.LastIndex(before, "\n")+1:]))},
	}
}

const head = "package users\n\nimport (\n\t\"mortise/runtime/service\"\n)\n\n"

const crm = "type: rest\naddress: http://x\nname: CRM\ndescription: The people.\n"

func TestCompletion(t *testing.T) {
	tests := []struct{ name, text, want, not string }{
		{"method of the context", head + "func Get(ctx *service.Context) error {\n\tctx.‸\n\tx := 1\n\treturn nil\n}\n", "REST Call Log Secret", "x"},
		{"prefix", head + "func Get(ctx *service.Context) error {\n\tctx.RE‸\n}\n", "REST", "Call"},
		{"own field", head + "type in struct{ Name, Other string }\n\nfunc Get(ctx *service.Context, in in) error {\n\t_ = in.N‸\n\treturn nil\n}\n", "Name", "Other"},
		{"local variable", head + "func Get(ctx *service.Context) error {\n\tbalance := 1\n\t_ = bal‸\n\treturn nil\n}\n", "balance", ""},
		{"later variable", head + "func Get(ctx *service.Context) error {\n\t_ = bal‸\n\tbalance := 1\n\treturn nil\n}\n", "", "balance"},
		{"imported package", head + "func Get(ctx *service.Context) error {\n\tservice.J‸\n}\n", "JSON", "Query"},
		{"package that is not imported", head + "func Get(ctx *service.Context) error {\n\tstrings.ToU‸\n}\n", "ToUpper", "Index"},
		{"name of a package", head + "func Get(ctx *service.Context) error {\n\tstrin‸\n}\n", "strings string", ""},
		{"keyword", head + "func Get(ctx *service.Context) error {\n\tretu‸\n}\n", "return", ""},
		{"snippet", head + "func Get(ctx *service.Context) error {\n\tifer‸\n}\n", "iferr", ""},
		{"top level", head + "func Get() {}\n\nserv‸\n", "service", ""},
		{"field of a literal", head + "type out struct{ Name, Other string }\n\nfunc Get() out {\n\treturn out{Name: \"\", ‸}\n}\n", "Other", "Name"},
		{"connection", head + "func Get(ctx *service.Context) error {\n\tctx.REST(\"‸\")\n}\n", "CRM", "crm/password"},
		{"connection, quotes open", head + "func Get(ctx *service.Context) error {\n\tctx.REST(\"‸)\n}\n", "CRM", ""},
		{"service", head + "func Get(ctx *service.Context) error {\n\tctx.Call(\"‸\", nil)\n\treturn nil\n}\n", "demo.Hello", "CRM"},
		{"secret", head + "func Get(ctx *service.Context) error {\n\tctx.Secret(\"‸\")\n}\n", "crm/password", ""},
		{"setting", head + "func Get(ctx *service.Context) error {\n\tctx.Config(\"‸\")\n}\n", "region", ""},
		{"import", "package users\n\nimport \"net/u‸\"\n", "net/url", "strings"},
		{"comment", head + "// st‸\n", "", "strings struct"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := start(t, map[string]string{
				"connections/crm.yaml":   crm,
				"services/demo/hello.go": "package demo\n\nimport \"mortise/runtime/service\"\n\nfunc Hello(ctx *service.Context) error { return nil }\n",
			})
			got := labels(t, e.ask("textDocument/completion", e.open("services/users/users.go", tt.text)))
			for want := range strings.FieldsSeq(tt.want) {
				if !got[want] {
					t.Errorf("completion = %v; want %q among them", got, want)
				}
			}
			for not := range strings.FieldsSeq(tt.not) {
				if got[not] {
					t.Errorf("completion = %v; want no %q", got, not)
				}
			}
		})
	}
}

func labels(t *testing.T, a answer) map[string]bool {
	t.Helper()
	var list struct {
		Items []struct {
			Label string `json:"label"`
		} `json:"items"`
	}
	if a.Error != nil {
		t.Fatalf("completion: %s", a.Error.Message)
	}
	if err := json.Unmarshal(a.Result, &list); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, i := range list.Items {
		got[i.Label] = true
	}
	return got
}

func TestYAMLCompletion(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"key":    {"type: rest\n‸\n", "address"},
		"common": {"na‸\n", "name"},
		"choice": {"type: ‸\n", "rest"},
		"bool":   {"type: rest\nenabled: ‸\n", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t, map[string]string{})
			if got := labels(t, e.ask("textDocument/completion", e.open("connections/x.yaml", tt.text))); !got[tt.want] {
				t.Errorf("completion = %v; want %q among them", got, tt.want)
			}
		})
	}
}

func TestHoverAndDefinition(t *testing.T) {
	tests := []struct{ name, text, hover, definition string }{
		{"method of the SDK", head + "func Get(ctx *service.Context) error {\n\t_ = ctx.RE‸ST(\"CRM\")\n\treturn nil\n}\n", "func (*service.Context).REST", "/.sdk/runtime/service/"},
		{"own function", head + "func Get(ctx *service.Context) error {\n\treturn hel‸p()\n}\n\n// help helps.\nfunc help() error { return nil }\n", "help helps.", "services/users/users.go"},
		{"connection", head + "func Get(ctx *service.Context) error {\n\t_ = ctx.REST(\"C‸RM\")\n\treturn nil\n}\n", "The people.", "connections/crm.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := start(t, map[string]string{"connections/crm.yaml": crm})
			at := e.open("services/users/users.go", tt.text)
			if got := e.ask("textDocument/hover", at); !strings.Contains(strings.ReplaceAll(string(got.Result), `\\`, ""), tt.hover) {
				t.Errorf("hover = %s; want %q in it", got.Result, tt.hover)
			}
			if got := e.ask("textDocument/definition", at); !strings.Contains(string(got.Result), tt.definition) {
				t.Errorf("definition = %s; want one in %q", got.Result, tt.definition)
			}
		})
	}
}

func TestDiagnostics(t *testing.T) {
	e := start(t, map[string]string{})
	e.open("services/users/users.go", head+"func Get(ctx *service.Context) error {\n\t_ = ctx.REST(\"CRN\")\n\treturn nill\n}\n")
	p := <-e.told
	var all []string
	for _, d := range p.Diagnostics {
		all = append(all, d.Code)
	}
	if got := strings.Join(all, " "); !strings.Contains(got, "go.undeclared-name") || !strings.Contains(got, "connection.unknown") {
		t.Errorf("diagnostics = %v; want an undeclared name and an unknown connection", all)
	}
	e.tell("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": p.URI, "version": 2},
		"contentChanges": []any{map[string]any{"range": rng{pos{8, 8}, pos{8, 12}}, "text": "nil"}},
	})
	for p = range e.told {
		if p.Version == 2 {
			break
		}
	}
	if len(p.Diagnostics) != 1 || p.Diagnostics[0].Code != "connection.unknown" {
		t.Errorf("diagnostics after the change = %+v; want the unknown connection alone", p.Diagnostics)
	}
}

func TestFormat(t *testing.T) {
	e := start(t, map[string]string{})
	text := "package users\n\nimport (\n\t\"fmt\"\n\t\"mortise/runtime/service\"\n)\n\nfunc Get(ctx *service.Context) error {\n_ = strings.ToUpper(\"a\")\n\treturn nil\n}\n"
	at := e.open("services/users/users.go", text)
	got := e.apply(text, e.ask("textDocument/formatting", at).Result)
	want := "package users\n\nimport (\n\t\"strings\"\n\n\t\"mortise/runtime/service\"\n)\n\nfunc Get(ctx *service.Context) error {\n\t_ = strings.ToUpper(\"a\")\n\treturn nil\n}\n"
	if got != want {
		t.Errorf("formatting gives\n%s\nwant\n%s", got, want)
	}
}

// apply carries edits of one text out.
func (e *editor) apply(text string, raw json.RawMessage) string {
	e.t.Helper()
	var edits []struct {
		Range   rng    `json:"range"`
		NewText string `json:"newText"`
	}
	if err := json.Unmarshal(raw, &edits); err != nil {
		e.t.Fatalf("edits %s: %v", raw, err)
	}
	lines := strings.SplitAfter(text, "\n")
	at := func(p pos) int {
		n := 0
		for i := range min(p.Line, len(lines)) {
			n += len(lines[i])
		}
		return n + p.Character
	}
	var list []check.Edit
	for _, x := range edits {
		list = append(list, check.Edit{Span: check.Span{File: "x", Start: at(x.Range.Start), End: at(x.Range.End)}, Text: x.NewText})
	}
	return string(check.Apply([]byte(text), "x", list))
}

func TestQuickFixes(t *testing.T) {
	body := func(s string) string {
		return head + "func Get(ctx *service.Context) error {\n" + s + "\treturn nil\n}\n"
	}
	tests := []struct{ name, text, title, want string }{
		{"missing import", body("\t_ = str‸ings.ToUpper(\"a\")\n"), `Import "strings"`, "\t\"strings\"\n"},
		{"unused variable", body("\t‸x := 1\n"), `Remove the variable "x"`, "error {\n\treturn nil"},
		{"unused import", "package users\n\nimport (\n\t‸\"fmt\"\n\t\"mortise/runtime/service\"\n)\n\nfunc Get(ctx *service.Context) error { return nil }\n", `Remove the import "fmt"`, "import (\n\t\"mortise"},
		{"misspelt member", body("\t_ = ctx.‸Logg()\n"), `Change to "Log"`, "ctx.Log()"},
		{"optional field", head + "type In struct {\n\tNa‸me string `json:\"name\"`\n}\n", `Make the field "Name" optional`, "`json:\"name,omitempty\"`"},
		{"connection", body("\t_ = ctx.REST(\"‸Billing\")\n"), `Create the connection "Billing"`, ""},
		{"no return", head + "func Get(ctx *service.Context) error {\n‸}\n", "Return at the end", "\treturn nil\n}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := start(t, map[string]string{"connections/crm.yaml": crm})
			at := e.open("services/users/users.go", tt.text)
			a := e.ask("textDocument/codeAction", map[string]any{"textDocument": at["textDocument"], "range": map[string]any{"start": at["position"], "end": at["position"]}, "context": map[string]any{}})
			var list []struct {
				Title string `json:"title"`
				Edit  struct {
					Changes map[string]json.RawMessage `json:"changes"`
				} `json:"edit"`
			}
			if err := json.Unmarshal(a.Result, &list); err != nil {
				t.Fatalf("codeAction = %s: %v", a.Result, err)
			}
			for _, x := range list {
				if x.Title != tt.title {
					continue
				}
				if got := e.apply(e.files["services/users/users.go"], append(x.Edit.Changes["file:///services/users/users.go"], []byte(map[bool]string{true: "[]"}[len(x.Edit.Changes) == 0])...)); !strings.Contains(got, tt.want) {
					t.Errorf("%s gives\n%s\nwant %q in it", tt.title, got, tt.want)
				}
				return
			}
			t.Errorf("codeAction = %s; want %q", a.Result, tt.title)
		})
	}
}

func TestRename(t *testing.T) {
	e := start(t, map[string]string{
		"services/demo/hello.go": "package demo\n\nimport \"mortise/runtime/service\"\n\nfunc Hello(ctx *service.Context) error { return nil }\n\nfunc Bye(ctx *service.Context) error { return ctx.Call(\"demo.Hello\", nil).Err() }\n",
	})
	at := e.open("services/demo/hello.go", strings.Replace(e.files["services/demo/hello.go"], "Hello(ctx", "Hel‸lo(ctx", 1))
	at["newName"] = "Greet"
	a := e.ask("textDocument/rename", at)
	if got := string(a.Result); strings.Count(got, "Greet") != 2 || !strings.Contains(got, `\"demo.Greet\"`) {
		t.Errorf("rename = %s, %+v; want the function and the name in quotes", a.Result, a.Error)
	}
	at["newName"] = "Bye"
	if a = e.ask("textDocument/rename", at); a.Error == nil {
		t.Errorf("rename to a name that is taken = %s; want an error", a.Result)
	}
}

func large(functions int) string {
	var b strings.Builder
	b.WriteString("package users\n\nimport (\n\t\"strings\"\n\n\t\"mortise/runtime/service\"\n)\n")
	for i := range functions {
		fmt.Fprintf(&b, "\n// F%d is one of many.\nfunc f%[1]d(ctx *service.Context, name string) (string, error) {\n\tvar user struct{ Name string }\n\tif err := ctx.REST(\"CRM\").Get(service.JSON{\"name\": name}).Into(&user); err != nil {\n\t\treturn \"\", err\n\t}\n\treturn strings.ToUpper(user.Name), nil\n}\n", i)
	}
	return b.String()
}

func BenchmarkDiagnostics(b *testing.B) {
	e := start(b, map[string]string{"connections/crm.yaml": crm})
	text := large(100)
	e.open("services/users/users.go", text)
	<-e.told
	b.ReportMetric(float64(strings.Count(text, "\n")), "lines")
	version := 1
	for b.Loop() {
		version++
		e.tell("textDocument/didChange", map[string]any{
			"textDocument":   map[string]any{"uri": "file:///services/users/users.go", "version": version},
			"contentChanges": []any{map[string]any{"range": rng{pos{8, 0}, pos{8, 0}}, "text": "// x\n"}},
		})
		for p := range e.told {
			if p.Version == version {
				break
			}
		}
	}
}

func BenchmarkCompletion(b *testing.B) {
	e := start(b, map[string]string{"connections/crm.yaml": crm})
	at := e.open("services/users/users.go", large(100)+"\nfunc Get(ctx *service.Context) error {\n\tctx.‸\n}\n")
	e.ask("textDocument/completion", at)
	for b.Loop() {
		e.ask("textDocument/completion", at)
	}
}
