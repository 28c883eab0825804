package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mortise/runtime/spec"
)

// form is a config as forms have it.
type form struct {
	address string
	tries   int
	ref     spec.Ref
	key     spec.Secret
	inner   inner
	headers map[string]string
}

type inner struct{ low, high int }

func (f *form) Fields(b *spec.Fields) {
	b.Text("address", &f.address).Need().Range(1, 10).Help("Where.")
	b.Int("tries", &f.tries).Range(0, 5).Help("How often.")
	b.Ref("service", &f.ref, "service").Help("What.")
	b.Secret("key", &f.key).Help("Key.")
	b.Group("inner", &f.inner).Help("Bounds.")
	b.Map("headers", &f.headers).Match("[a-z]+").Help("Headers.")
}

func (i *inner) Fields(b *spec.Fields) {
	b.Int("low", &i.low).Range(0, 9).Help("Low.")
	b.Int("high", &i.high).Range(0, 9).Help("High.")
}

func (i *inner) Check(p *spec.Problems) {
	if i.low > i.high {
		p.Add("low", "form.low", "low is above high")
	}
	if i.low == 7 {
		p.Add("", "form.seven", "seven is odd")
	}
}

func TestDecodeFields(t *testing.T) {
	tests := []struct{ json, want string }{
		{`{}`, "address=spec.missing"},
		{`{"address":""}`, "address=spec.missing address=spec.range"},
		{`{"address":"a","tries":9,"odd":1}`, "odd=spec.unknown tries=spec.range"},
		{`{"address":["a"],"tries":"x","inner":{"low":10,"mid":1}}`, "address=spec.type inner.low=spec.range inner.mid=spec.unknown tries=spec.type"},
		{`{"address":"a","key":"abc","inner":5,"headers":{"a":"B"}}`, "headers=spec.pattern inner=spec.type key=spec.secret"},
		{`{"address":"a","inner":{"low":3,"high":2}}`, "inner.low=form.low"},
		{`{"address":"a","inner":{"low":7,"high":8}}`, "inner=form.seven"},
		{`[]`, "=spec.type"},
		{`{"address":"a","service":"x.Y"}`, ""},
	}
	for _, tt := range tests {
		node, err := spec.FromJSON([]byte(tt.json))
		if err != nil {
			t.Fatal(err)
		}
		faults, paths := spec.DecodeFields(node, "x.yaml", &form{})
		var got []string
		for _, f := range faults {
			at, ok := paths[f]
			if !ok {
				t.Errorf("DecodeFields(%s): the fault %v has no path", tt.json, f)
			}
			got = append(got, fmt.Sprintf("%s=%s", at, f.Code))
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("DecodeFields(%s) = %s, want %s", tt.json, text, tt.want)
		}
	}
}
