package packfile_test

import (
	"bytes"
	"io"
	"maps"
	"strings"
	"testing"

	"mortise/build/compiler/internal/packfile"
)

func opener(files map[string]string) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(files[name])), nil }
}

func write(t *testing.T, files map[string]string, names ...string) []byte {
	t.Helper()
	head := packfile.Head{Key: "key", Manifest: packfile.Manifest{Part: "go", Go: "go1.26.8"}}
	for _, n := range names {
		head.Manifest.Files = append(head.Manifest.Files, packfile.File{Name: n, Exec: n == "tool"})
	}
	var out bytes.Buffer
	if err := packfile.Write(&out, head, opener(files)); err != nil {
		t.Fatalf("Write(%q) = %v", names, err)
	}
	return out.Bytes()
}

func read(data []byte) (map[string]string, *packfile.Head, error) {
	r := bytes.NewReader(data)
	head, err := packfile.ReadHead(r)
	if err != nil {
		return nil, nil, err
	}
	got := map[string]string{}
	err = packfile.ReadFiles(r, &head.Manifest, func(f packfile.File, content io.Reader) error {
		text, err := io.ReadAll(content)
		got[f.Name] = string(text)
		return err
	})
	return got, head, err
}

func TestRoundTrip(t *testing.T) {
	files := map[string]string{"tool": strings.Repeat("tool", 100_000), "pkg/a/b.a": "b", "empty": ""}
	data := write(t, files, "tool", "pkg/a/b.a", "empty")
	got, head, err := read(data)
	if err != nil || !maps.Equal(got, files) {
		t.Errorf("what was written reads as %d files, %v, want the %d files", len(got), err, len(files))
	}
	if head.Key != "key" || head.ID == "" || !head.Manifest.Files[0].Exec {
		t.Errorf("the head reads as %+v", head)
	}
	if again := write(t, files, "tool", "pkg/a/b.a", "empty"); !bytes.Equal(again, data) {
		t.Error("the same files give another pack")
	}
	files["empty"] = "no more"
	if _, other, err := read(write(t, files, "tool", "pkg/a/b.a", "empty")); err != nil || other.ID == head.ID {
		t.Errorf("other files have the same name, %v", err)
	}
}

func TestDamaged(t *testing.T) {
	data := write(t, map[string]string{"a": strings.Repeat("abcdefgh", 1000) + "xyz"}, "a")
	for at := 0; at < len(data); at += 7 {
		broken := bytes.Clone(data)
		broken[at] ^= 0xff
		if got, _, err := read(broken); err == nil && !strings.HasSuffix(got["a"], "xyz") {
			t.Errorf("a pack with byte %d changed reads as %q", at, got)
		}
		if _, _, err := read(data[:at]); err == nil {
			t.Errorf("a pack of %d of its %d bytes reads without an error", at, len(data))
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"../a", "/a", "a//b", "a/../b", `a\b`, "c:a", "", "."} {
		if _, _, err := read(write(t, map[string]string{}, name)); err == nil {
			t.Errorf("a pack with a file called %q is taken", name)
		}
	}
}

func TestNoPack(t *testing.T) {
	for _, text := range []string{"", "text", strings.Repeat("text", 100), "mortise pack 1\n\xff\xff\xff\xff"} {
		if _, err := packfile.ReadHead(strings.NewReader(text)); err == nil {
			t.Errorf("ReadHead(%.20q) = nil error", text)
		}
	}
}
