package api

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mortise/runtime/fault"
	"mortise/runtime/shape"
)

// settle waits until what was saved is live or found wrong.
func settle(t testing.TB, s *Studio) {
	t.Helper()
	o, err := s.open()
	if err == nil {
		err = o.settled(t.Context())
	}
	if err != nil {
		t.Fatalf("settled = %v", err)
	}
}

// put writes a file of the open project through the Studio.
func put(t testing.TB, s *Studio, name, text string) {
	t.Helper()
	saved, err := s.WriteFile(t.Context(), FileEdit{Name: name, Text: text, Force: true})
	if err != nil || saved.Conflict != nil {
		t.Fatalf("WriteFile(%q) = %+v, %v", name, saved, err)
	}
}

// finished returns a Studio with the finished tutorial open and live.
func finished(t testing.TB) (*Studio, Project) {
	t.Helper()
	s := newStudio(t, testOptions(t))
	p := newProject(t, s, "tutorial-finished")
	settle(t, s)
	return s, p
}

func TestInvoke(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	v, err := s.Invoke(ctx, Invocation{Service: "users.GetDetails", Text: "name=Mike"})
	if err != nil {
		t.Fatalf("Invoke = %v", err)
	}
	if want := `{"user_type":"RGV","account_no":"123456","account_balance":"357.9"}`; v.Output != want || !v.OK || v.Status != 200 || v.Size != len(want) || v.Took <= 0 {
		t.Errorf("Invoke = %+v; want the output %s", v, want)
	}
	var calls []string
	for _, l := range v.Lines {
		if l.CID != v.CID {
			t.Errorf("a line of another call: %+v", l)
		}
		if l.Msg == "connection response" || l.Msg == "returning user details" {
			calls = append(calls, l.Msg+" "+string(l.Attrs))
		}
	}
	if len(calls) != 3 || !strings.Contains(calls[0], `"connection":"CRM"`) || !strings.Contains(calls[0], `"status":200`) ||
		!strings.Contains(calls[1], `"connection":"Billing"`) || !strings.Contains(calls[2], `"name":"Mike"`) {
		t.Errorf("the lines of the call are %v; want an answer of CRM, one of Billing and the service's own line", calls)
	}
	if v, err = s.Invoke(ctx, Invocation{Service: "users.GetDetails", Text: `{"nam": "Mike"}`}); err != nil || v.OK || v.Status != 400 ||
		len(v.Faults) != 1 || len(v.Faults[0].Details) != 1 || v.Faults[0].Details[0].Path != "nam" {
		t.Errorf("Invoke with a wrong field = %+v, %v; want a fault that names it", v, err)
	}
	if v, err = s.Invoke(ctx, Invocation{Service: "users.GetDetails", Text: `name="Mike`}); err != nil || v.OK || v.Faults[0].Code != "input.quote" || v.Faults[0].At.Column != 6 {
		t.Errorf("Invoke with an open quote = %+v, %v; want input.quote at column 6", v.Faults, err)
	}
	if _, err = s.Invoke(ctx, Invocation{Service: "users.GetDetail"}); fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.As(err).Hint, "users.GetDetails") {
		t.Errorf("Invoke of an unknown service = %v; want a hint", err)
	}
}

func TestInvokeWaitsForTheDeploy(t *testing.T) {
	s, _ := finished(t)
	read, err := s.ReadFile(t.Context(), FileName{"services/demo/hello.go"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		put(t, s, read.Name, strings.Replace(read.Text, "Howdy", fmt.Sprintf("Hi%d", i), 1))
		v, err := s.Invoke(t.Context(), Invocation{Service: "demo.Hello", Text: "name=Mike"})
		if want := fmt.Sprintf(`{"greeting":"Hi%d Mike!"}`, i); err != nil || v.Output != want || v.Stale {
			t.Fatalf("after save %d Invoke = %q, stale %v, %v; want %s", i, v.Output, v.Stale, err, want)
		}
	}
	put(t, s, read.Name, strings.Replace(read.Text, "in.Name", "in.Nam", 1))
	v, err := s.Invoke(t.Context(), Invocation{Service: "demo.Hello", Text: "name=Mike"})
	if err != nil || v.Output != `{"greeting":"Hi4 Mike!"}` || !v.Stale {
		t.Errorf("after a bad save Invoke = %q, stale %v, %v; want the version before, and stale", v.Output, v.Stale, err)
	}
	live := s.liveState(t.Context())
	if live.Status != liveFailed || len(live.Problems) == 0 || live.Problems[0].Fault.At.File != read.Name || live.Problems[0].Severity != severityError {
		t.Errorf("after a bad save Live is %q with %+v; want failed, with the place", live.Status, live.Problems)
	}
}

// panicking is a service that dies in several ways.
const panicking = `package odd

import (
	"errors"

	"mortise/runtime/service"
)

type In struct {
	How string ` + "`json:\"how\"`" + `
}

func Die(ctx *service.Context, in In) (map[string]any, error) {
	ctx.Log().Debug("about to", "how", in.How)
	switch in.How {
	case "panic":
		var m map[string]int
		m["x"] = 1
	case "error":
		return nil, errors.New("the disk is full")
	case "secret":
		v, err := ctx.Secret("tutorial/long")
		return map[string]any{"value": v}, err
	case "text":
		ctx.Response().SetHeader("X-Way", "text")
		ctx.Response().SetBody("text/plain", []byte("hello"))
	}
	return nil, nil
}
`

func TestInvokeShowsWhatWentWrong(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	if _, err := s.WriteSecret(ctx, SecretEdit{Name: "tutorial/long", Value: "a-very-secret-value"}); err != nil {
		t.Fatal(err)
	}
	put(t, s, "services/odd/odd.go", panicking)
	v, err := s.Invoke(ctx, Invocation{Service: "odd.Die", Text: "how=panic"})
	if err != nil || v.OK || len(v.Faults) != 1 || v.Faults[0].At.File != "services/odd/odd.go" || v.Faults[0].At.Line == 0 || v.Status != 500 {
		t.Fatalf("Invoke of a service that panics = %+v %v, %v; want a fault with its place", v, v.Faults, err)
	}
	if !slices.ContainsFunc(v.Lines, func(l LogLine) bool { return l.Level == "DEBUG" && l.Msg == "about to" }) {
		t.Errorf("the lines are %+v; want the one for debugging among them", v.Lines)
	}
	if v, err = s.Invoke(ctx, Invocation{Service: "odd.Die", Text: "how=error"}); err != nil || !strings.Contains(v.Faults.Error(), "the disk is full") {
		t.Errorf("Invoke of a service with an error = %v, %v; want its text", v.Faults, err)
	}
	v, err = s.Invoke(ctx, Invocation{Service: "odd.Die", Text: "how=secret"})
	if err != nil || v.Output != `{"value":"a-very-secret-value"}` {
		t.Fatalf("Invoke = %+v, %v", v, err)
	}
	kept, err := s.ShowInvocation(ctx, InvocationID{v.ID})
	if err != nil || kept.Output != `{"value":"***"}` {
		t.Errorf("the history has the output %q, %v; want the secret hidden", kept.Output, err)
	}
}

func TestHistory(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	for _, name := range []string{"Mike", "Sue", "Kim"} {
		if _, err := s.Invoke(ctx, Invocation{Service: "demo.Hello", Text: "name=" + name}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.InvokeHistory(ctx, HistoryQuery{Service: "demo.Hello", Limit: 2})
	if err != nil || len(list.Invocations) != 2 || !list.More || list.Invocations[0].Text != "name=Kim" || list.Invocations[0].Output != "" {
		t.Fatalf("InvokeHistory = %+v, %v; want the last two", list, err)
	}
	if list, err = s.InvokeHistory(ctx, HistoryQuery{Search: "howdy sue"}); err != nil || len(list.Invocations) != 1 || list.Invocations[0].Text != "name=Sue" {
		t.Errorf("InvokeHistory of a search = %+v, %v; want the one for Sue", list, err)
	}
	id := list.Invocations[0].ID
	if _, err := s.OpenProject(ctx, Folder{p.Dir}); err != nil {
		t.Fatal(err)
	}
	whole, err := s.ShowInvocation(ctx, InvocationID{id})
	if err != nil || whole.Output != `{"greeting":"Howdy Sue!"}` || whole.Service != "demo.Hello" || len(whole.Lines) != 0 && whole.Lines[0].CID != whole.CID {
		t.Errorf("after opening the project again ShowInvocation = %+v, %v", whole, err)
	}
	if _, err := s.ForgetInvocations(ctx, Forget{IDs: []string{id}}); err != nil {
		t.Fatal(err)
	}
	if list, err = s.InvokeHistory(ctx, HistoryQuery{}); err != nil || len(list.Invocations) != 2 {
		t.Errorf("after forgetting one InvokeHistory = %+v, %v; want two", list, err)
	}
}

// person is the type of an input.
func person() *shape.Type {
	text := &shape.Type{Kind: shape.Text}
	number := &shape.Type{Kind: shape.Int, Bits: 64}
	item := &shape.Type{Kind: shape.Object, Fields: []*shape.Field{{Name: "name", Type: text}, {Name: "price", Type: &shape.Type{Kind: shape.Float, Bits: 64}}}}
	return &shape.Type{Kind: shape.Object, Fields: []*shape.Field{
		{Name: "name", Type: text, Required: true},
		{Name: "age", Type: number},
		{Name: "ok", Type: &shape.Type{Kind: shape.Bool}},
		{Name: "tags", Type: &shape.Type{Kind: shape.List, Elem: text, Nullable: true}},
		{Name: "items", Type: &shape.Type{Kind: shape.List, Elem: item, Nullable: true}},
		{Name: "home", Type: &shape.Type{Kind: shape.Object, Fields: []*shape.Field{{Name: "city", Type: text}}}},
		{Name: "any", Type: &shape.Type{Kind: shape.Any, Nullable: true}},
	}}
}

func TestPairs(t *testing.T) {
	tests := []struct{ text, json, pairs string }{
		{"name=Mike", `{"name":"Mike"}`, "name=Mike"},
		{"name=Mike age=5 ok=true", `{"name":"Mike","age":5,"ok":true}`, "name=Mike age=5 ok=true"},
		{"name=5\nage=5", `{"name":"5","age":5}`, "name=5 age=5"},
		{`name="Mike Smith" age=5`, `{"name":"Mike Smith","age":5}`, "name='Mike Smith' age=5"},
		{`"name=Mike Smith"`, `"name=Mike Smith"`, ""}, // begins like JSON
		{"name=Mike Smith", "", ""},
		{`'name=Mike Smith'`, `{"name":"Mike Smith"}`, "name='Mike Smith'"},
		{`name=it\'s`, `{"name":"it's"}`, `name="it's"`},
		{`name="say \"it's\" \\"`, `{"name":"say \"it's\" \\"}`, `name="say \"it's\" \\"`},
		{`name=C:\temp`, `{"name":"C:\\temp"}`, `name='C:\temp'`},
		{"name='two\nlines'", `{"name":"two\nlines"}`, "name='two\nlines'"},
		{"name= age=5", `{"name":"","age":5}`, "name= age=5"},
		{"name=a tags=x tags=y", `{"name":"a","tags":["x","y"]}`, "name=a tags=x tags=y"},
		{"name=a tags=x", `{"name":"a","tags":["x"]}`, "name=a tags=x"},
		{`{"name":"a","tags":[]}`, `{"name":"a","tags":[]}`, "name=a tags:=[]"},
		{"name=a items.0.name=b items.0.price=1.5", `{"name":"a","items":[{"name":"b","price":1.5}]}`, "name=a items.0.name=b items.0.price=1.5"},
		{"name=a home.city=Paris", `{"name":"a","home":{"city":"Paris"}}`, "name=a home.city=Paris"},
		{`name=a 'any:={"x":[1,2]}'`, `{"name":"a","any":{"x":[1,2]}}`, `name=a any:='{"x":[1,2]}'`},
		{`{"name":"a","any":5}`, `{"name":"a","any":5}`, "name=a any:=5"},
		{`{"name":"a","any":"5"}`, `{"name":"a","any":"5"}`, "name=a any=5"},
		{`{"name":"null"}`, `{"name":"null"}`, "name=null"},
		{`{"name":"a","any":null}`, `{"name":"a","any":null}`, "name=a any=null"},
		{`{"a b":1}`, `{"a b":1}`, ""},
		{`{"a.b":1}`, `{"a.b":1}`, ""},
		{`[1,2]`, `[1,2]`, ""},
		{`{}`, `{}`, ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		raw, err := inputJSON(tt.text, person())
		if tt.json == "" && tt.text != "" {
			if err == nil {
				t.Errorf("inputJSON(%q) = %s, want an error", tt.text, raw)
			}
			continue
		}
		if err != nil || compact(raw) != tt.json && len(raw) > 0 {
			t.Errorf("inputJSON(%q) = %s, %v; want %s", tt.text, raw, err, tt.json)
			continue
		}
		pairs, _ := pairsOf(raw, person())
		got := quotePairs(pairs, " ")
		if got != tt.pairs {
			t.Errorf("pairsOf(%s) = %s, want %s", raw, got, tt.pairs)
		}
		if tt.pairs == "" {
			continue
		}
		back, err := inputJSON(quotePairs(pairs, "\n"), person())
		if err != nil || !sameJSON(back, raw) {
			t.Errorf("read back, %s is %s, %v; want %s", got, back, err, raw)
		}
	}
}

func FuzzPairs(f *testing.F) {
	for _, text := range []string{`{"name":"Mike","tags":["a","b"]}`, `{"any":{"a":[{"b":null}]}}`, `{"x":"'\"\\"}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, in := range []*shape.Type{person(), nil} {
			raw, err := inputJSON(text, in)
			if err != nil || len(raw) == 0 {
				continue
			}
			pairs, ok := pairsOf(raw, in)
			if !ok || len(pairs) == 0 {
				continue
			}
			for _, between := range []string{" ", "\n"} {
				back, err := inputJSON(quotePairs(pairs, between), in)
				if err != nil || !sameJSON(back, raw) {
					t.Errorf("%s as pairs is %q, which is %s, %v", raw, quotePairs(pairs, between), back, err)
				}
			}
		}
	})
}

func TestConvertAndCopy(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	c, err := s.Convert(ctx, Invocation{Service: "users.GetDetails", Text: "name=Mike"})
	if err != nil || c.JSON != "{\n  \"name\": \"Mike\"\n}" || c.Pairs != "name=Mike" || len(c.Faults) > 0 {
		t.Errorf("Convert = %+v, %v", c, err)
	}
	if c, err = s.Convert(ctx, Invocation{Service: "users.GetDetails", Text: `{"nam":"Mike","age":5}`}); err != nil || len(c.Faults) != 1 || len(c.Faults[0].Details) != 2 {
		t.Errorf("Convert of wrong fields = %+v, %v; want both named", c, err)
	}
	if c, err = s.Convert(ctx, Invocation{Service: "users.GetDetails", Text: "{\n \"name\": Mike}"}); err != nil || len(c.Faults) != 1 || c.Faults[0].At.Line != 2 {
		t.Errorf("Convert of broken JSON = %+v, %v; want its place", c, err)
	}
	address := s.liveState(ctx).State.Address
	for _, tt := range []struct{ service, as, text, want string }{
		{"users.GetDetails", "json", "name=Mike", "{\n  \"name\": \"Mike\"\n}"},
		{"users.GetDetails", "pairs", `{"name":"Mike Smith"}`, "name='Mike Smith'"},
		{"users.GetDetails", "command", "name='Mike Smith'", "mortise invoke users.GetDetails 'name=Mike Smith' --project " + p.Dir},
		{"users.GetDetails", "curl", "name=Mike", "curl -H 'X-API-Key: YOUR-KEY' " + address + `/tutorial/api/get-user-details -H 'Content-Type: application/json' -d '{"name":"Mike"}'`},
		{"users.GetDetails", "curl", "", "curl -H 'X-API-Key: YOUR-KEY' " + address + "/tutorial/api/get-user-details"},
		{"crm.GetUser", "curl", "UserName=it\\'s", "curl '" + address + "/tutorial/api/get-user?UserName=it%27s'"},
	} {
		got, err := s.CopyAs(ctx, CopyRequest{Service: tt.service, As: tt.as, Text: tt.text})
		if err != nil || got.Text != tt.want {
			t.Errorf("CopyAs(%s, %s, %s) =\n%s, %v; want\n%s", tt.service, tt.as, tt.text, got.Text, err, tt.want)
		}
		if (got.Note != "") != strings.Contains(tt.want, "YOUR") {
			t.Errorf("CopyAs(%s, %s) has the note %q", tt.service, tt.as, got.Note)
		}
	}
	if _, err := s.CopyAs(ctx, CopyRequest{Service: "demo.Hello", As: "curl"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("CopyAs of a service without a channel = %v; want that it has none", err)
	}
}

func TestFillPath(t *testing.T) {
	path, rest, missing := fillPath("/a/{id}/b/{rest...}", json.RawMessage(`{"id":5,"x":"y"}`))
	if path != "/a/5/b/{rest}" || compact(rest) != `{"x":"y"}` || fmt.Sprint(missing) != "[{rest}]" {
		t.Errorf("fillPath = %q, %s, %v", path, rest, missing)
	}
}

func TestRequestsOfPages(t *testing.T) {
	s, p := finished(t)
	ctx := t.Context()
	r, err := s.WriteRequest(ctx, Request{Name: "Mike", Service: "demo.Hello", Text: "name=Mike"})
	if err != nil || r.File != "requests/mike.yaml" {
		t.Fatalf("WriteRequest = %+v, %v", r, err)
	}
	data, err := os.ReadFile(filepath.Join(p.Dir, "requests", "mike.yaml"))
	if err != nil || string(data) != "name: Mike\nservice: demo.Hello\ninput: name=Mike\n" {
		t.Errorf("the file holds %q, %v", data, err)
	}
	if list, err := s.ListRequests(ctx, None{}); err != nil || len(list.Requests) != 1 || list.Requests[0] != r {
		t.Errorf("ListRequests = %+v, %v; want the one that was saved", list, err)
	}
	if _, err := s.DeleteRequest(ctx, Name{"Mike"}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.ListHistory(ctx, FileName{""}); err != nil || len(list.Versions) != 1 || list.Versions[0].Name != r.File {
		t.Errorf("the deleted files are %+v, %v; want the request", list, err)
	}
}

func TestCallChannel(t *testing.T) {
	s, _ := finished(t)
	ctx := t.Context()
	const key = "a key that no id can hold"
	if _, err := s.WriteSecret(ctx, SecretEdit{Name: "tutorial/api-key", Value: key}); err != nil {
		t.Fatal(err)
	}
	v, err := s.CallChannel(ctx, ChannelCall{Channel: "Get user details", Body: `{"name":"Mike"}`})
	if err != nil || !v.OK || v.Status != 200 || !strings.Contains(v.Output, `"RGV"`) || v.Service != "users.GetDetails" {
		t.Fatalf("CallChannel = %+v, %v", v, err)
	}
	if !slices.ContainsFunc(v.Headers, func(h [2]string) bool { return h[0] == "X-Correlation-Id" && h[1] == v.CID }) {
		t.Errorf("the headers are %v; want the correlation id %s", v.Headers, v.CID)
	}
	if !slices.ContainsFunc(v.Lines, func(l LogLine) bool { return l.Msg == "channel request" }) {
		t.Errorf("the lines are %+v; want those of the channel", v.Lines)
	}
	text, err := json.Marshal(v)
	if err != nil || strings.Contains(string(text), key) {
		t.Errorf("the answer shows the key: %s, %v", text, err)
	}
	if v, err = s.CallChannel(ctx, ChannelCall{Channel: "Get user details", NoKey: true}); err != nil || v.Status != 401 || v.OK {
		t.Errorf("CallChannel without the key = %+v, %v; want 401", v, err)
	}
	if v, err = s.CallChannel(ctx, ChannelCall{Channel: "Demo CRM", Query: "UserName=Mike"}); err != nil || !v.OK {
		t.Errorf("CallChannel of an open channel = %+v, %v", v, err)
	}
	if _, err = s.CallChannel(ctx, ChannelCall{Channel: "Get user detail"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("CallChannel of none = %v; want NotFound", err)
	}
}
