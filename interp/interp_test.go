package interp_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/worker"
)

// sample is the service of the architecture's page.
const sample = `
-- services/users/users.go --
// Package users answers questions about the people we serve.
package users

import (
	"cmp"

	"mortise/runtime/service"
)

// GetDetailsIn is what callers send.
type GetDetailsIn struct {
	Name string ` + "`json:\"name,omitempty\"`" + ` // whom to look up; may be left out
}

// GetDetailsOut is what they get, in our own canonical names.
type GetDetailsOut struct {
	UserType       string ` + "`json:\"user_type\"`" + `
	AccountNo      string ` + "`json:\"account_no\"`" + `
	AccountBalance string ` + "`json:\"account_balance\"`" + `
}

// GetDetails returns user details by the person's name.
func GetDetails(ctx *service.Context, in GetDetailsIn) (GetDetailsOut, error) {
	name := cmp.Or(in.Name, "partner")

	var user struct{ UserType, AccountNumber string }
	if err := ctx.REST("CRM").Get(service.JSON{"UserName": name}).Into(&user); err != nil {
		return GetDetailsOut{}, err
	}
	var balance struct {
		Amount string ` + "`json:\"ACC_BALANCE\"`" + `
	}
	if err := ctx.REST("Billing").Post(nil, service.Query{"USER": name}).Into(&balance); err != nil {
		return GetDetailsOut{}, err
	}
	ctx.Log().Info("returning user details", "name", name)
	return GetDetailsOut{
		UserType:       user.UserType,
		AccountNo:      user.AccountNumber,
		AccountBalance: balance.Amount,
	}, nil
}
`

// tutorial answers as the tutorial's two systems do.
func tutorial(op *service.Operation) (string, error) {
	switch op.Name {
	case "CRM":
		if string(op.Body) != `{"UserName":"Mike"}` && string(op.Body) != `{"UserName":"partner"}` {
			return "", fault.New(fault.Invalid, "test", "CRM got %s", op.Body)
		}
		return `{"UserType":"RGV","AccountNumber":"123456"}`, nil
	case "Billing":
		if !strings.Contains(string(op.Args), `"USER":["`) {
			return "", fault.New(fault.Invalid, "test", "Billing got %s", op.Args)
		}
		return `{"ACC_BALANCE":"357.9"}`, nil
	}
	return "", fault.New(fault.NotFound, "test", "no connection %q", op.Name)
}

func TestSample(t *testing.T) {
	p, x := build(t, newBuilder(t, worker.Limits{}), sample)
	if s := p.Services(); len(s) != 1 || s[0].Name != "users.GetDetails" || s[0].In == nil || s[0].Out == nil {
		t.Fatalf("Services: got %+v, want users.GetDetails", s)
	}
	var names []string
	for _, u := range p.Uses() {
		names = append(names, u.Family+" "+u.Name+" in "+u.In)
	}
	if want := []string{"rest CRM in users.GetDetails", "rest Billing in users.GetDetails"}; !slices.Equal(names, want) {
		t.Errorf("Uses: got %q, want %q", names, want)
	}
	h := &host{do: tutorial}
	for _, in := range []string{`{"name":"Mike"}`, `{}`, ``} {
		got, err := call(t, x, "users.GetDetails", in, h)
		if want := `{"user_type":"RGV","account_no":"123456","account_balance":"357.9"}`; got != want || err != nil {
			t.Errorf("GetDetails(%s): got %s (%v), want %s", in, got, err, want)
		}
	}
	if want := `INFO returning user details {"name":"Mike"}`; len(h.lines) != 3 || h.lines[0] != want {
		t.Errorf("log: got %q, want %q first", h.lines, want)
	}
	// The host's own errors come back as they are.
	h.do = func(*service.Operation) (string, error) {
		return "", fault.New(fault.Unavailable, "conn.down", "CRM does not answer").WithHint("start it")
	}
	_, err := call(t, x, "users.GetDetails", `{}`, h)
	if e := asFault(t, err); e.Kind != fault.Unavailable || e.Code != "conn.down" || e.Hint != "start it" {
		t.Errorf("GetDetails without CRM: got %+v", e)
	}
	_, err = call(t, x, "users.Nobody", `{}`, h)
	if e := asFault(t, err); e.Kind != fault.NotFound {
		t.Errorf("a service that is not there: got %v, want not found", err)
	}
}

// several are packages that import each other and a helper with state.
const several = `
-- services/orders/orders.go --
package orders

import (
	"app/lib/prices"
	"app/services/users"

	"mortise/runtime/service"
)

type Item struct {
	Name  string
	Count int ` + "`json:\"count\"`" + `
	price int
}

type In struct {
	User  string ` + "`json:\"user\"`" + `
	Items []Item ` + "`json:\"items\"`" + `
}

type Out struct {
	User  string ` + "`json:\"user\"`" + `
	Total int    ` + "`json:\"total\"`" + `
	Items []Item ` + "`json:\"items\"`" + `
}

// Total prices an order.
func Total(ctx *service.Context, in In) (Out, error) {
	out := Out{User: users.Greeting(in.User), Items: in.Items}
	for i := range out.Items {
		out.Items[i].price = prices.Of(out.Items[i].Name)
		out.Total += out.Items[i].price * out.Items[i].Count
	}
	return out, nil
}
-- services/users/users.go --
package users

import (
	"app/lib/prices"

	"mortise/runtime/service"
)

func Greeting(name string) string { return "Dear " + name }

// Priced counts.
func Priced(ctx *service.Context) (int, error) { return prices.Asked(), nil }

// Fail fails.
func Fail(ctx *service.Context) error { return service.Errorf(service.Conflict, "no %s", "way") }
-- services/alone/alone.go --
package alone

import "mortise/runtime/service"

func Echo(ctx *service.Context, in map2) (map2, error) { return in, nil }

type map2 struct {
	M map[string][]int ` + "`json:\"m\"`" + `
	A any              ` + "`json:\"a\"`" + `
}
-- lib/prices/prices.go --
// Package prices knows what things cost and how often it was asked.
package prices

var asked int

func Of(name string) int {
	asked++
	return len(name) * 10
}

func Asked() int { return asked }
`

func TestSeveral(t *testing.T) {
	_, x := build(t, newBuilder(t, worker.Limits{}), several)
	want(t, x, "orders.Total", `{"user":"Ann","items":[{"Name":"tea","count":2},{"Name":"milk","count":1}]}`,
		`{"user":"Dear Ann","total":100,"items":[{"Name":"tea","count":2},{"Name":"milk","count":1}]}`)
	// Two packages with services share the one counter, as in Go.
	want(t, x, "users.Priced", ``, `2`)
	want(t, x, "alone.Echo", `{"m":{"b":[1],"a":null},"a":{"x":[1.5,"y"]}}`, `{"m":{"a":null,"b":[1]},"a":{"x":[1.5,"y"]}}`)
	_, err := call(t, x, "users.Fail", "", nil)
	if e := asFault(t, err); e.Kind != fault.Conflict || e.What != "no way" {
		t.Errorf("Fail: got %v, want the conflict", err)
	}
}

func TestReload(t *testing.T) {
	b := newBuilder(t, worker.Limits{})
	first, x := build(t, b, several)
	same, _ := build(t, b, several)
	if first != same {
		t.Errorf("Build of the same source: got another program")
	}
	edited := strings.ReplaceAll(several, `"Dear "`, `"Hello "`)
	second, y := build(t, b, edited)
	if second == first {
		t.Fatalf("Build of other source: got the same program")
	}
	in := `{"user":"Ann","items":[]}`
	want(t, x, "orders.Total", in, `{"user":"Dear Ann","total":0,"items":[]}`)
	want(t, y, "orders.Total", in, `{"user":"Hello Ann","total":0,"items":[]}`)

	broken := strings.ReplaceAll(several, `return "Dear " + name`, `return "Dear " + nam`)
	_, _, err := b.Build(t.Context(), project(broken))
	var list fault.List
	if !errors.As(err, &list) || len(list) == 0 || list[0].At.File != "services/users/users.go" || list[0].At.Line == 0 {
		t.Errorf("Build of broken source: got %v, want a fault in services/users/users.go", err)
	}
	want(t, y, "orders.Total", in, `{"user":"Hello Ann","total":0,"items":[]}`)
	again, z := build(t, b, several)
	if again == nil {
		t.Fatal("no program")
	}
	want(t, z, "orders.Total", in, `{"user":"Dear Ann","total":0,"items":[]}`)
}

// TestCodecRefusals are inputs and outputs that wait for compiled services.
func TestCodecRefusals(t *testing.T) {
	b := newBuilder(t, worker.Limits{})
	_, _, err := b.Build(t.Context(), project(`
-- services/a/a.go --
package a

import "mortise/runtime/service"

type Color int

func (c Color) MarshalText() ([]byte, error) { return nil, nil }

type Node struct{ Next *Node }

type Out struct {
	C Color
}

func F(ctx *service.Context) (Out, error) { return Out{}, nil }

func G(ctx *service.Context, in Node) error { return nil }
`))
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatalf("Build: got %v, want a list", err)
	}
	found := 0
	for _, e := range list {
		if e.Code == "gate.codec" {
			found++
			if e.At.File != "services/a/a.go" || e.At.Line == 0 || e.Hint == "" {
				t.Errorf("Build: got %s without place or hint", e.Report())
			}
		}
	}
	if found != 2 {
		t.Errorf("Build: got %d refusals of types, want 2:\n%s", found, report(err))
	}
}
