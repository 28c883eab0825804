package fault

import (
	"encoding/json"
	"errors"
	"io"
	"testing"
)

func TestReport(t *testing.T) {
	err := New(NotFound, "service.unknown", "start channel %q: no service %q", "orders-in", "order.Get").
		WithHint("did you mean %q?", "orders.Get").WithAt(Position{"channels/orders-in.yaml", 4, 10})
	want := "start channel \"orders-in\": no service \"order.Get\"\n  hint: did you mean \"orders.Get\"?\n  at:   channels/orders-in.yaml:4:10"
	if got := err.Report(); got != want {
		t.Errorf("Report() =\n%s\nwant\n%s", got, want)
	}
	wrapped := Wrap(Unavailable, "x", io.EOF, "read %q", "a")
	if got := wrapped.Error(); got != `read "a": EOF` || !errors.Is(wrapped, io.EOF) {
		t.Errorf("Error() = %q, errors.Is %v", got, errors.Is(wrapped, io.EOF))
	}
}

func TestJSON(t *testing.T) {
	in := &Error{Kind: Limited, Code: "a.b", What: "w", Hint: "h", At: Position{"f", 1, 2}, Details: []Detail{{"p", "is wrong", ""}}, Err: io.EOF}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"limited","code":"a.b","what":"w","hint":"h","at":{"file":"f","line":1,"column":2},"details":[{"path":"p","what":"is wrong"}]}`
	if string(data) != want {
		t.Errorf("JSON is %s, want %s", data, want)
	}
	var out Error
	if err := json.Unmarshal(data, &out); err != nil || out.Kind != Limited {
		t.Errorf("read back: %+v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"kind":"odd"}`), &out); err == nil {
		t.Error("an unknown kind was read without an error")
	}
}

func TestKinds(t *testing.T) {
	for k, want := range map[Kind]int{Internal: 500, Invalid: 400, Unauthenticated: 401, Denied: 403, NotFound: 404, Conflict: 409, Limited: 429, Timeout: 504, Unavailable: 503, Canceled: 499, Kind(99): 500} {
		if got := k.Status(); got != want {
			t.Errorf("%v.Status() = %d, want %d", k, got, want)
		}
	}
	if KindOf(io.EOF) != Internal || KindOf(List{New(Invalid, "", "x")}) != Invalid {
		t.Error("KindOf does not look through the chain")
	}
}

func TestList(t *testing.T) {
	var l List
	if l.Err() != nil {
		t.Error("an empty list is an error")
	}
	l.Add(Position{"b", 1, 1}, "x", "second")
	l.Add(Position{"a", 2, 0}, "x", "first").WithHint("h")
	if got, want := l.Err().Error(), "a:2: first\nb:1:1: second"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if n := len(All(l.Err())); n != 2 {
		t.Errorf("All finds %d errors, want 2", n)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"users.GetDetails", "demo.Hello", "CRM"}
	for word, want := range map[string]string{
		"user.GetDetails": "users.GetDetails", "users.getdetails": "users.GetDetails", "demo.Helo": "demo.Hello", "crm": "CRM", "something": "", "": "", "deom.Hello": "demo.Hello",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got, want := DidYouMean("zzzzzz", []string{"a", "b"}), `there is "a", "b"`; got != want {
		t.Errorf("DidYouMean = %q, want %q", got, want)
	}
}
