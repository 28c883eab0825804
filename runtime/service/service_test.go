package service

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"mortise/runtime/fault"
)

// hostFunc is a Host for tests: it answers operations and keeps the log.
type hostFunc struct {
	do  func(op *Operation) (*Reply, error)
	log []string
}

func (h *hostFunc) Do(_ context.Context, op *Operation) (*Reply, error) { return h.do(op) }

func (h *hostFunc) Log(_ context.Context, level slog.Level, message string, attrs json.RawMessage) {
	h.log = append(h.log, level.String()+" "+message+" "+string(attrs))
}

func answers(body string) *hostFunc {
	return &hostFunc{do: func(*Operation) (*Reply, error) {
		return &Reply{Meta: json.RawMessage(`{"status":200,"header":{"X-A":["1"]}}`), Media: "application/json", Body: []byte(body)}, nil
	}}
}

func TestREST(t *testing.T) {
	var got Operation
	h := &hostFunc{do: func(op *Operation) (*Reply, error) { got = *op; return &Reply{}, nil }}
	ctx := New(t.Context(), "a.B", h)
	at := time.Date(2026, 3, 29, 2, 30, 0, 0, time.UTC)
	err := ctx.REST("CRM").Post(JSON{"name": "Mike"}, Query{"a": 1, "b": []string{"x", "y"}, "t": at}, Path{"id": 7}, Header{"X": "y"}, Timeout(time.Second), AnyStatus(true)).Err()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"query":{"a":["1"],"b":["x","y"],"t":["2026-03-29T02:30:00Z"]},"path":{"id":"7"},"header":{"X":"y"},"timeout":1000000000,"any_status":true}`
	if got.Family != "rest" || got.Name != "CRM" || got.Verb != "POST" || string(got.Body) != `{"name":"Mike"}` || string(got.Args) != want {
		t.Errorf("the host was asked %s %s %s %s with %s\nwant options %s", got.Family, got.Name, got.Verb, got.Body, got.Args, want)
	}
	for _, tt := range []struct {
		body        any
		want, media string
	}{
		{nil, "", ""},
		{"text", "text", "text/plain; charset=utf-8"},
		{[]byte("raw"), "raw", "application/octet-stream"},
		{Form{"b": 2, "a": []any{"x", true}}, "a=x&a=true&b=2", "application/x-www-form-urlencoded"},
		{Raw{"text/csv", []byte("a;b")}, "a;b", "text/csv"},
		{struct {
			N int `json:"n"`
		}{1}, `{"n":1}`, "application/json"},
	} {
		ctx.REST("CRM").Put(tt.body)
		if string(got.Body) != tt.want || got.Media != tt.media {
			t.Errorf("body %v is sent as %q (%s), want %q (%s)", tt.body, got.Body, got.Media, tt.want, tt.media)
		}
	}
	if err := ctx.REST("CRM").Post(make(chan int)).Err(); err == nil {
		t.Error("a channel was sent as a body")
	}
}

func TestAnswer(t *testing.T) {
	ctx := New(t.Context(), "a.B", answers(`{"s":"x","n":12345678901234567890,"i":3.0,"b":true,"list":[{"p":1.5}],"null":null,"at":"2026-01-02T03:04:05Z"}`))
	a := ctx.REST("CRM").Get(nil)
	if a.Text("s") != "x" || a.Text("n") != "12345678901234567890" || a.Int("i") != 3 || !a.Bool("b") || a.Float("list.0.p") != 1.5 ||
		a.Text("none.of.it") != "" || a.Len("list") != 1 || !a.Has("null") || a.Has("x") || a.Time("at").Year() != 2026 || a.Header("x-a") != "1" || a.Status() != 200 {
		t.Errorf("reading by path is wrong: %+v", a)
	}
	if a.Err() != nil {
		t.Errorf("Err() = %v", a.Err())
	}
	a.Int("s")
	if want := `connection "CRM": "s" is "x", not a whole number`; a.Err() == nil || a.Err().Error() != want {
		t.Errorf("Err() = %v, want %s", a.Err(), want)
	}
	var target struct{ S int }
	err := ctx.REST("CRM").Get(nil).Into(&target)
	if err == nil || !strings.Contains(err.Error(), `connection "CRM": "S" is a string, not a int`) {
		t.Errorf("Into a wrong type: %v", err)
	}
	if err := New(t.Context(), "a.B", answers("<html>")).REST("CRM").Get(nil).Into(&target); err == nil || !strings.Contains(err.Error(), "is not JSON") {
		t.Errorf("Into of HTML: %v", err)
	}
}

func TestErrorf(t *testing.T) {
	err := Errorf(NotFound, "no user %q: %w", "Mike", io.EOF)
	if err.Error() != `no user "Mike": EOF` || !errors.Is(err, io.EOF) || KindOf(err) != NotFound {
		t.Errorf("Errorf: %v, kind %v, is EOF %v", err, KindOf(err), errors.Is(err, io.EOF))
	}
}

func TestLog(t *testing.T) {
	h := &hostFunc{}
	ctx := New(t.Context(), "a.B", h)
	ctx.Log().Info("plain")
	ctx.Log().With("a", 1).WithGroup("g").Warn("more", "d", time.Second, "err", io.EOF, slog.Group("h", "x", "y"))
	want := []string{"INFO plain ", `WARN more {"a":1,"g":{"d":"1s","err":"EOF","h":{"x":"y"}}}`}
	if len(h.log) != 2 || h.log[0] != want[0] || h.log[1] != want[1] {
		t.Errorf("the host got %q, want %q", h.log, want)
	}
}

func TestAboutAndResult(t *testing.T) {
	asked := 0
	h := &hostFunc{do: func(op *Operation) (*Reply, error) {
		asked++
		if op.Verb == "body" {
			return &Reply{Body: []byte("raw")}, nil
		}
		return &Reply{Body: []byte(`{"request":{"cid":"c1","method":"GET","header":{"X-A":["1"]},"query":{"q":["2"]}},"caller":{"name":"key"}}`)}, nil
	}}
	ctx := New(t.Context(), "a.B", h)
	if ctx.CID() != "c1" || ctx.Caller().Name != "key" || ctx.Request().HeaderValue("x-a") != "1" || ctx.Request().QueryValue("q") != "2" || ctx.Request().QueryValue("none") != "" {
		t.Errorf("what is known of the call is wrong: %+v %+v", ctx.Request(), ctx.Caller())
	}
	body, err := ctx.Request().Body()
	if string(body) != "raw" || err != nil || asked != 2 {
		t.Errorf("Body() = %q, %v; the host was asked %d times, want 2", body, err, asked)
	}
	if r := ResultOf(ctx, []byte("{}")); r.Meta != nil {
		t.Errorf("a result without settings has %+v", r.Meta)
	}
	ctx.Response().SetStatus(201)
	ctx.Response().SetHeader("location", "/x")
	if r := ResultOf(ctx, nil); r.Meta == nil || r.Meta.Status != 201 || r.Meta.Header["Location"][0] != "/x" {
		t.Errorf("the result has %+v", r.Meta)
	}
}

func TestFanOutAndGo(t *testing.T) {
	h := &hostFunc{do: func(op *Operation) (*Reply, error) {
		switch {
		case op.Name == "x.Bad":
			return nil, fault.New(fault.NotFound, "service.unknown", "no service %q", op.Name)
		case op.Verb == "schedule" && string(op.Args) != `{"at":"2030-01-02T03:04:05Z"}`:
			return nil, errors.New("arguments are " + string(op.Args))
		}
		return &Reply{Body: []byte(`{"id":"` + op.Verb + " " + op.Name + `"}`)}, nil
	}}
	ctx := New(t.Context(), "a.B", h)
	got := ctx.FanOut(Invocation{"x.A", nil}, Invocation{"x.Bad", nil}, Invocation{"x.C", JSON{}})
	if got[0].Text("id") != "call x.A" || got[1].Err() == nil || got[2].Text("id") != "call x.C" {
		t.Errorf("FanOut: %q, %v, %q", got[0].Text("id"), got[1].Err(), got[2].Text("id"))
	}
	if id, err := ctx.Go("x.A", nil); id != "go x.A" || err != nil {
		t.Errorf("Go = %q, %v", id, err)
	}
	if id, err := ctx.Schedule("x.A", nil, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)); id != "schedule x.A" || err != nil {
		t.Errorf("Schedule = %q, %v", id, err)
	}
}
