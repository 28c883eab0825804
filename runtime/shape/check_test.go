package shape

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mortise/runtime/fault"
)

//go:fix inline
func ptr(f float64) *float64 { return new(f) }

func text() *Type { return &Type{Kind: Text} }

// order is an input that uses every rule.
func order() *Type {
	item := &Type{Kind: Object, Fields: []*Field{
		{Name: "sku", Required: true, Pattern: `[A-Z]{3}-\d+`, Type: text()},
		{Name: "count", Default: []byte("1"), Min: ptr(1), Max: ptr(99), Type: &Type{Kind: Int, Bits: 64}},
	}}
	node := &Type{Kind: Object, Name: "Node"}
	node.Fields = []*Field{
		{Name: "v", Required: true, Type: &Type{Kind: Int, Bits: 8}},
		{Name: "next", Type: &Type{Kind: Object, Name: "Node", Nullable: true, Fields: node.Fields}},
	}
	node.Fields[1].Type.Fields = node.Fields
	return &Type{Kind: Object, Fields: []*Field{
		{Name: "id", Required: true, Type: &Type{Kind: Int, Bits: 64}},
		{Name: "name", Required: true, Min: ptr(2), Max: ptr(5), Type: text()},
		{Name: "state", Enum: []string{"new", "paid"}, Type: text()},
		{Name: "price", Type: &Type{Kind: Float, Bits: 64}},
		{Name: "at", Type: &Type{Kind: Time}},
		{Name: "items", Type: &Type{Kind: List, Nullable: true, Elem: item}},
		{Name: "tags", Type: &Type{Kind: Map, Nullable: true, Elem: text()}},
		{Name: "extra", Type: &Type{Kind: Any}},
		{Name: "small", Type: &Type{Kind: Int, Bits: 8, Unsigned: true}},
		{Name: "paid", Type: &Type{Kind: Bool, Nullable: true}},
		{Name: "node", Type: node},
		{Name: "quoted", Quoted: true, Type: &Type{Kind: Int, Bits: 64}},
		{Name: "data", Type: &Type{Kind: Bytes}},
		{Name: "pair", Type: &Type{Kind: List, Len: 2, Elem: &Type{Kind: Int, Bits: 64}}},
	}}
}

func TestCheck(t *testing.T) {
	c, err := Compile(order())
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"least", `{"id":1,"name":"Ann"}`, ""},
		{"escaped key", `{"\u0069d":1,"name":"Ann"}`, ""},
		{"everything", `{"id":1,"name":"Ann","state":"new","price":1.5e3,"at":"2026-01-02T03:04:05Z","items":[{"sku":"ABC-1"}],"tags":{"a":"b"},"extra":[{"x":null}],"small":255,"paid":null,"node":{"v":1,"next":{"v":2}},"quoted":"12","data":"aGk=","pair":[1,2]}`, ""},
		{"all missing", ``, `"id" is missing; "name" is missing`},
		{"unknown", `{"id":1,"nam":"Ann"}`, `"nam" is not a field of this input (did you mean "name"?); "name" is missing`},
		{"types", `{"id":"1","name":5,"price":"x","paid":"yes","tags":[],"items":{}}`, `"id" is "1", not a whole number; "name" is 5, not a text; "price" is "x", not a number; "paid" is "yes", not true or false; "tags" is [], not an object; "items" is {}, not a list`},
		{"fraction", `{"id":1.5,"name":"Ann"}`, `"id" is 1.5, not a whole number`},
		{"range of type", `{"id":1,"name":"Ann","small":256}`, `"small" is 256, not a whole number from 0 to 255`},
		{"length", `{"id":1,"name":"A"}`, `"name" has 1 characters, the least is 2`},
		{"enum", `{"id":1,"name":"Ann","state":"pais"}`, `"state" is "pais", not one of new, paid (did you mean "paid"?)`},
		{"inside a list", `{"id":1,"name":"Ann","items":[{"sku":"ABC-1"},{"sku":"x","count":100}]}`, `"items.1.sku" is "x", which does not match [A-Z]{3}-\d+; "items.1.count" is 100, the most is 99`},
		{"null", `{"id":null,"name":"Ann"}`, `"id" is null`},
		{"twice", `{"id":1,"id":2,"name":"Ann"}`, `"id" is given twice`},
		{"deep", `{"id":1,"name":"Ann","node":{"v":1,"next":{"v":300}}}`, `"node.next.v" is 300, not a whole number from -128 to 127`},
		{"quoted", `{"id":1,"name":"Ann","quoted":1}`, `"quoted" is not in quotes (the field has the json option "string")`},
		{"base64", `{"id":1,"name":"Ann","data":"%"}`, `"data" is "%", not base64 text`},
		{"array", `{"id":1,"name":"Ann","pair":[1]}`, `"pair" has 1 elements, not 2`},
		{"time", `{"id":1,"name":"Ann","at":"today"}`, `"at" is "today", not a time such as 2026-03-29T02:30:00Z`},
		{"not an object", `[]`, `is [], not an object`},
		{"syntax", "{\"id\":1,\n  \"name\": Ann}", `the input is not JSON at line 2, column 11: expected a value, found "Ann"`},
		{"cut", `{"id":1`, `the input is not JSON at line 1, column 8: it ends too early`},
		{"more", `{"id":1,"name":"Ann"} x`, `the input is not JSON at line 1, column 23: nothing may follow the value`},
		{"trailing comma", `{"id":1,}`, `the input is not JSON at line 1, column 9: expected a name in double quotes, found "}"`},
		{"utf-8", "{\"id\":1,\"name\":\"\xff\"}", `the input is not JSON at line 1, column 17: it is not valid UTF-8`},
		{"depth", `{"extra":` + strings.Repeat("[", 200), `the input is not JSON at line 1, column 110: more than 100 objects and lists inside each other`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.Check([]byte(tt.in))
			got := ""
			if err != nil {
				got = strings.TrimPrefix(err.Error(), "the input is wrong: ")
				if k := fault.KindOf(err); k != fault.Invalid {
					t.Errorf("Check(%s) is of kind %v, want invalid", tt.in, k)
				}
			}
			if got != tt.want {
				t.Errorf("Check(%s)\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestCheckFillsDefaults(t *testing.T) {
	typ := &Type{Kind: Object, Fields: []*Field{
		{Name: "a", Default: []byte(`"x"`), Type: text()},
		{Name: "list", Type: &Type{Kind: List, Elem: &Type{Kind: Object, Fields: []*Field{{Name: "n", Default: []byte("1"), Type: &Type{Kind: Int, Bits: 64}}}}}},
		{Name: "b", Default: []byte("true"), Type: &Type{Kind: Bool}},
	}}
	c, err := Compile(typ)
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		``:                            `{"a":"x","b":true}`,
		`{}`:                          `{"a":"x","b":true}`,
		`{"b":false}`:                 `{"b":false,"a":"x"}`,
		`{"a":null,"b":false}`:        `{"a":"x","b":false}`,
		`{"list":[{},{"n":2}] }`:      `{"list":[{"n":1},{"n":2}] ,"a":"x","b":true}`,
		`{"a":"1","b":true}`:          `{"a":"1","b":true}`,
		`{"list":[],"a":"","b":true}`: `{"list":[],"a":"","b":true}`,
	} {
		got, err := c.Check([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("Check(%s) = %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestFromPairs(t *testing.T) {
	for _, tt := range []struct {
		pairs []string
		want  string
	}{
		{[]string{"name=Mike", "id=7"}, `{"name":"Mike","id":7}`},
		{[]string{"name=7"}, `{"name":"7"}`},
		{[]string{"id:=3", "extra:={\"a\":[1]}"}, `{"id":3,"extra":{"a":[1]}}`},
		{[]string{"tags.a=1", "tags.b=2"}, `{"tags":{"a":"1","b":"2"}}`},
		{[]string{"items.0.sku=ABC-1", "items.1.sku=ABC-2", "items.1.count=3"}, `{"items":[{"sku":"ABC-1"},{"sku":"ABC-2","count":3}]}`},
		{[]string{"pair=1", "pair=2"}, `{"pair":[1,2]}`},
		{[]string{"pair=1"}, `{"pair":[1]}`},
		{[]string{"paid=yes", "price=1.5"}, `{"paid":true,"price":1.5}`},
		{[]string{"id=x"}, `{"id":"x"}`},
		{[]string{"quoted=5"}, `{"quoted":"5"}`},
		{[]string{"other=5", "other=6"}, `{"other":["5","6"]}`},
		{nil, `{}`},
	} {
		got, err := order().FromPairs(tt.pairs)
		if err != nil || string(got) != tt.want {
			t.Errorf("FromPairs(%q) = %s, %v; want %s", tt.pairs, got, err, tt.want)
		}
	}
	_, err := order().FromPairs([]string{"name", "=x", "a=1", "a.b=2", "n:=x"})
	want := `the input is wrong: "name" has no value (write name=value, or name:=JSON for what is no text); "=x" has no name in front of the =; "a.b" is both a value and an object; "n" is not JSON behind := (texts stand in double quotes there)`
	if err == nil || err.Error() != want {
		t.Errorf("FromPairs of wrong pairs\n got %v\nwant %s", err, want)
	}
}

func TestMerge(t *testing.T) {
	for _, tt := range []struct {
		body   string
		params map[string][]string
		want   string
	}{
		{``, map[string][]string{"id": {"7"}, "name": {"Ann"}}, `{"id":7,"name":"Ann"}`},
		{`{"id":1}`, map[string][]string{"id": {"7"}}, `{"id":7}`},
		{`{"tags":{"a":"b"}}`, map[string][]string{"tags.c": {"d"}}, `{"tags":{"a":"b","c":"d"}}`},
		{`{"id":`, map[string][]string{"id": {"7"}}, `{"id":`},
		{`{"id":1}`, nil, `{"id":1}`},
	} {
		got, err := order().Merge([]byte(tt.body), tt.params)
		var a, b any
		if json.Unmarshal(got, &a) == nil && json.Unmarshal([]byte(tt.want), &b) == nil && cmp.Equal(a, b) {
			continue
		}
		if err != nil || string(got) != tt.want {
			t.Errorf("Merge(%s, %v) = %s, %v; want %s", tt.body, tt.params, got, err, tt.want)
		}
	}
}

func TestSchemaAndSample(t *testing.T) {
	out, err := json.Marshal(order().Schema())
	if err != nil {
		t.Fatalf("Schema: %v", err)
	}
	for _, want := range []string{`"$defs":{"Node`, `"required":["id","name"]`, `"pattern":"^(?:[A-Z]{3}-\\d+)$"`, `"enum":["new","paid"]`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("Schema has no %s: %s", want, out)
		}
	}
	if sample := order().Sample(); !json.Valid(sample) {
		t.Errorf("Sample is not JSON: %s", sample)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2.5e-3,"x\u00e9",null,true]}`, `[`, `"\ud800"`, `-0`, `01`, `{"id":1,"name":"Ann","extra":{}}`} {
		f.Add([]byte(seed))
	}
	anything, err := Compile(&Type{Kind: Any})
	if err != nil {
		f.Fatal(err)
	}
	typed, err := Compile(order())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := anything.Check(data)
		empty := len(strings.Trim(string(data), " \t\r\n")) == 0
		deep := err != nil && strings.Contains(err.Error(), "inside each other")
		if valid := json.Valid(data) && utf8.Valid(data) || empty; valid != (err == nil) && !deep {
			t.Errorf("Check(%q) = %v, but json.Valid says %v", data, err, valid)
		}
		out, err := typed.Check(data)
		if err == nil && !json.Valid(out) {
			t.Errorf("Check(%q) returned %q, which is not JSON", data, out)
		}
	})
}

func FuzzFromPairs(f *testing.F) {
	f.Add("a=1", "a.b=2", "items.0.sku=x")
	f.Add("x:=[1]", "x=2", "id=1e9")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		out, err := order().FromPairs([]string{a, b, c})
		if err == nil && !json.Valid(out) {
			t.Errorf("FromPairs(%q, %q, %q) = %q, which is not JSON", a, b, c, out)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	c, err := Compile(order())
	if err != nil {
		b.Fatal(err)
	}
	in := []byte(`{"id":1,"name":"Ann","state":"new","price":1.5e3,"items":[{"sku":"ABC-1","count":3}],"tags":{"a":"b"},"extra":[{"x":null}],"small":255}`)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Check(in); err != nil {
			b.Fatal(err)
		}
	}
}
