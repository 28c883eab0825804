package projects

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mortise/runtime/spec"
)

func TestEdit(t *testing.T) {
	tests := []struct{ name, old, want, result string }{
		{"nothing", "# head\nname:   CRM # main\n\ntype: 'rest'\n", "name: CRM\ntype: rest\n", "# head\nname:   CRM # main\n\ntype: 'rest'\n"},
		{"other order", "b: 1\na: 2\n", "a: 2\nb: 1\n", "b: 1\na: 2\n"},
		{
			"a value", "# head\nname: CRM\naddress:   http://a   # ours\n\n# how long\ntimeout: 5s\n", "name: CRM\naddress: http://b\ntimeout: 5s\n",
			"# head\nname: CRM\naddress:   http://b   # ours\n\n# how long\ntimeout: 5s\n",
		},
		{"a value in quotes", "a: \"x # y\" # z\nb: 'it''s'\n", "a: q\nb: r\n", "a: q # z\nb: r\n"},
		{"to quotes", "a: x # y\n", "a: '# no: comment'\n", "a: '# no: comment' # y\n"},
		{"a new one in the middle", "a: 1 # one\n# of c\nc: 3\n", "a: 1\nb: 2\nc: 3\n", "a: 1 # one\nb: 2\n# of c\nc: 3\n"},
		{"new ones everywhere", "# head\nb: 1\n\n# foot\n", "a: 0\nb: 1\nc: 2\nd: 3\n", "# head\na: 0\nb: 1\nc: 2\nd: 3\n\n# foot\n"},
		{"new at the end, no line end", "a: 1", "a: 1\nb: 2\n", "a: 1\nb: 2\n"},
		{"removed", "a: 1\nb: 2 # two\n# of c\nc: 3\n", "a: 1\nc: 3\n", "a: 1\n# of c\nc: 3\n"},
		{"removed and new", "a: 1\nb: 2\nc: 3\n", "a: 1\nx: 9\nc: 3\n", "a: 1\nx: 9\nc: 3\n"},
		{"all removed but one", "a: 1\nb:\n  - x\n  - y\nc: 3\n", "c: 3\n", "c: 3\n"},
		{
			"nested", "tls: # inner\n  ca: x # file\n  # whether\n  verify: true\nz: 1\n", "tls:\n  ca: y\n  verify: true\n  min: 2\nz: 1\n",
			"tls: # inner\n  ca: y # file\n  # whether\n  verify: true\n  min: 2\nz: 1\n",
		},
		{"nested last", "tls:\n    ca: x\n", "tls:\n    ca: x\n    min: 2\nz: 1\n", "tls:\n    ca: x\n    min: 2\nz: 1\n"},
		{"a list", "a:\n  # first\n  - x\n  - y\n\nb: 1\n", "a:\n  - x\n  - z\nb: 1\n", "a:\n  - x\n  - z\n\nb: 1\n"},
		{"a block of text", "a: |\n  one\n  # no comment\n\n  two\nb: 1\n", "a: new\nb: 2\n", "a: new\nb: 2\n"},
		{"to a block", "a: x\nb: 1\n", "a: |\n  one\n  two\nb: 1\n", "a: |\n  one\n  two\nb: 1\n"},
		{"a secret", "password: {secret: a}\n", "password: {secret: b}\n", "password: {secret: b}\n"},
		{"Windows", "a: 1\r\nb: 2 # two\r\n", "a: 1\nb: 3\nc: 4\n", "a: 1\r\nb: 3 # two\r\nc: 4\r\n"},
		{"in one line", "# head\n{a: 1, b: 2}\n", "a: 1\nb: 3\n", "# head\na: 1\nb: 3\n"},
		{"aliases", "a: &x {k: 1}\nb: *x\n", "a:\n  k: 2\nb:\n  k: 1\n", "a:\n  k: 2\nb:\n  k: 1\n"},
		{"empty", "# only a comment\n", "a: 1\n", "# only a comment\na: 1\n"},
		{"broken", "# head\na: [\n", "a: 1\n", "# head\na: 1\n"},
		{"no text", "# head\x00\n", "a: 1\n", "a: 1\n"},
		{"null to a value", "a:\nb: 1\n", "a: x\nb: 1\n", "a: x\nb: 1\n"},
		{"over several lines", "a: one\n  two\nb: 1\n", "a: three\nb: 1\n", "a: three\nb: 1\n"},
		{"with a start", "---\na: 1\nb: 2\n", "a: 2\nb: 2\n", "---\na: 2\nb: 2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, faults := spec.Parse([]byte(tt.want), "")
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			got, err := edit([]byte(tt.old), want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.result, string(got)); diff != "" {
				t.Errorf("edit of\n%sto say\n%sgave (-want +got):\n%s", tt.old, tt.want, diff)
			}
		})
	}
}

// FuzzEdit proves that an edited document always says what was wanted.
func FuzzEdit(f *testing.F) {
	f.Add("a: 1 # x\n# y\nb:\n  c: [1]\n", "b: {c: 2}\nd: |\n x\n")
	f.Add("a: &x {k: 1}\nb: *x\n", "a: 'q'\n")
	f.Add("a:\r\n  - 1\r\n", "a: \"\\n\"\n")
	f.Fuzz(func(t *testing.T, old, wanted string) {
		want, faults := spec.Parse([]byte(wanted), "")
		if len(faults) > 0 || len(want.Content) == 0 {
			return
		}
		// Written by us, so that it is in the one form that is saved.
		data, err := spec.ToJSON(want)
		if err != nil {
			return
		}
		if want, err = spec.FromJSON(data); err != nil {
			return
		}
		got, err := edit([]byte(old), want)
		if err != nil {
			t.Fatal(err)
		}
		now, faults := spec.Parse(got, "")
		if len(faults) > 0 || !same(now, want) {
			t.Fatalf("edit(%q) to say %s gave %q: %v", old, data, got, faults)
		}
	})
}
