package api

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"mortise/runtime/fault"
)

func TestMerge(t *testing.T) {
	base := "a\nb\nc\nd\ne\nf\ng\n"
	for name, tt := range map[string]struct {
		mine, theirs, want string
		clean              bool
	}{
		"the same":            {base, base, base, true},
		"mine alone":          {"a\nB\nc\nd\ne\nf\ng\n", base, "a\nB\nc\nd\ne\nf\ng\n", true},
		"theirs alone":        {base, "a\nc\nd\ne\nf\ng\n", "a\nc\nd\ne\nf\ng\n", true},
		"both, apart":         {"A\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\nf\nG\nh\n", "A\nb\nc\nd\ne\nf\nG\nh\n", true},
		"insert and delete":   {"a\nx\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ng\n", "a\nx\nb\nc\nd\ng\n", true},
		"both the same":       {"a\nB\nc\nd\ne\nf\ng\n", "a\nB\nc\nd\ne\nf\ng\n", "a\nB\nc\nd\ne\nf\ng\n", true},
		"one line, two ways":  {"a\nB\nc\nd\ne\nf\ng\n", "a\nß\nc\nd\ne\nf\ng\n", "", false},
		"next to each other":  {"a\nB\nc\nd\ne\nf\ng\n", "a\nb\nC\nd\ne\nf\ng\n", "", false},
		"insert at one place": {"a\nx\nb\nc\nd\ne\nf\ng\n", "a\ny\nb\nc\nd\ne\nf\ng\n", "", false},
		"mine is empty":       {"", base, "", true},
		"no line end":         {"a\nb\nc\nd\ne\nf\nG", "A\nb\nc\nd\ne\nf\ng\n", "A\nb\nc\nd\ne\nf\nG", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, clean := merge(base, tt.mine, tt.theirs)
			if got != tt.want || clean != tt.clean {
				t.Errorf("merge = %q, %v, want %q, %v", got, clean, tt.want, tt.clean)
			}
			if back, clean := merge(base, tt.theirs, tt.mine); back != tt.want || clean != tt.clean {
				t.Errorf("merge the other way = %q, %v, want %q, %v", back, clean, tt.want, tt.clean)
			}
		})
	}
	long := strings.Repeat("x\n", 100_000)
	if got, ok := merge(long, "first\n"+long, long+"last\n"); !ok || got != "first\n"+long+"last\n" {
		t.Errorf("merge of a long text = %d bytes, %v", len(got), ok)
	}
	other := strings.Repeat("y\n", 100_000)
	if _, ok := merge(long, other, long+"z\n"); ok {
		t.Error("merge of texts that share nothing is clean")
	}
}

// FuzzMerge holds that a change on one side alone is that change.
func FuzzMerge(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\nd\n")
	f.Add("", "x")
	f.Add("a\na\nb\na\n", "b\na\na\n")
	f.Fuzz(func(t *testing.T, base, next string) {
		if strings.Count(base, "\n")+strings.Count(next, "\n") > 300 {
			return
		}
		for _, got := range []func() (string, bool){
			func() (string, bool) { return merge(base, next, base) },
			func() (string, bool) { return merge(base, base, next) },
			func() (string, bool) { return merge(base, next, next) },
		} {
			if text, clean := got(); !clean || text != next {
				t.Errorf("merge(%q, %q) = %q, %v", base, next, text, clean)
			}
		}
	})
}

func TestServiceName(t *testing.T) {
	for name, want := range map[string]string{
		"orders.Create": "orders.Create", "orders.create": "orders.Create", "Orders.getDetails": "orders.GetDetails", "orders": "orders.", "Orders": "orders.",
		"create order": "order.Create", "CreateOrder": "order.Create", "user details": "userdetails.", "user-details.list all": "userdetails.ListAll",
		"HTTPProxy": "httpproxy.", "get": "get.", "a1": "a1.",
		"": "service.name", "1a": "service.name", "a.b.c": "service.name", "a.": "service.name", "func": "service.name", "service": "service.name",
		"ä": "service.name", "a/b": "service.name", "../a": "service.name", "main.Run": "service.name", strings.Repeat("a", 101): "service.name",
	} {
		pkg, function, err := serviceName(name)
		got := pkg + "." + function
		if err != nil {
			got = code(err)
		}
		if got != want {
			t.Errorf("serviceName(%q) = %q, want %q", name, got, want)
		}
		if err == nil {
			src := serviceSource(pkg, "Get", true)
			if _, err := parser.ParseFile(token.NewFileSet(), "x.go", src, 0); err != nil {
				t.Errorf("the source of %q does not parse: %v", name, err)
			}
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		glob, name string
		want       bool
	}{
		{"*.go", "services/users/users.go", true},
		{"*.go", "users.yaml", false},
		{"services/**", "services/users/users.go", true},
		{"services", "services/users/users.go", true},
		{"services/*.go", "services/users/users.go", false},
		{"services/**/*.go", "services/users.go", true},
		{"?rm.yaml", "connections/CRM.yaml", true},
		{"[a-z].go", "a.go", false},
	} {
		if got := globExpr(tt.glob).MatchString(tt.name); got != tt.want {
			t.Errorf("globExpr(%q).MatchString(%q) = %v, want %v", tt.glob, tt.name, got, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	s, err := newSearch(Find{Query: "name"})
	if err != nil {
		t.Fatal(err)
	}
	got := s.find("a.go", "one\n😀 Name, name\r\n", 10)
	if len(got) != 2 || got[0].Line != 2 || got[0].Column != 4 || got[0].Length != 4 || got[1].Column != 10 || got[1].Text != "😀 Name, name" || got[1].Offset != 9 {
		t.Errorf("find = %+v", got)
	}
	long := strings.Repeat("é", 3000) + "name" + strings.Repeat("é", 3000)
	if got := s.find("a.go", long, 10); len(got) != 1 || len(got[0].Text) > maxShown+4 || !strings.Contains(got[0].Text, "name") || got[0].Column != 3001 {
		t.Errorf("find in a long line = %+v", got)
	}
	re, err := newSearch(Find{Query: `(\w+), (\w+)`, Regexp: true, Replace: "$2, $1"})
	if err != nil {
		t.Fatal(err)
	}
	if got := re.replace("a, b\r\nc\n"); got != "b, a\r\nc\n" {
		t.Errorf("replace = %q", got)
	}
	for _, bad := range []Find{{}, {Query: "(", Regexp: true}, {Query: strings.Repeat("a", maxQuery+1)}} {
		if _, err := newSearch(bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("newSearch(%.20q) = %v, want invalid", bad.Query, err)
		}
	}
}

func TestMarshal(t *testing.T) {
	type inner struct {
		List []string `json:"list"`
	}
	type outer struct {
		inner
		Left   []int             `json:"left,omitempty"`
		Map    map[string]inner  `json:"map"`
		Items  []inner           `json:"items"`
		At     *inner            `json:"at"`
		Any    json.RawMessage   `json:"any,omitempty"`
		Nested map[string]string `json:"nested"`
	}
	shared := []inner{{}}
	in := outer{Items: shared, At: &inner{}, Map: map[string]inner{"a": {}}}
	got, err := marshal(in)
	want := `{"map":{"a":{"list":[]}},"items":[{"list":[]}],"at":{"list":[]},"nested":{}}`
	if err != nil || strings.Replace(string(got), `"list":null,`, "", 1) != want {
		t.Errorf("marshal = %s, %v, want %s", got, err, want)
	}
	if shared[0].List != nil || in.At.List != nil {
		t.Error("marshal changed the value")
	}
}
