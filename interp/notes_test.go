package interp

import (
	"bytes"
	"reflect"
	"testing"

	"mortise/interp/gate"
	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// someNotes are those of two functions in one file and of one in another.
func someNotes() []gate.Note {
	at := func(file string, line, column int) fault.Position {
		return fault.Position{File: file, Line: line, Column: column}
	}
	return []gate.Note{
		{N: 1<<gate.NoteBits | 1, Func: "a.F", At: at("a/a.go", 10, 6)},
		{N: 1<<gate.NoteBits | 2, Func: "a.F", At: at("a/a.go", 14, 3)},
		{N: 1<<gate.NoteBits | 3, Func: "a.G", At: at("a/a.go", 20, 6)},
		{N: 1<<gate.NoteBits | 4, Func: "a.H", At: at("a/b.go", 5, 6)},
	}
}

func TestNotes(t *testing.T) {
	want := someNotes()
	if got := decodeNotes(encodeNotes(want)); !reflect.DeepEqual(got, want) {
		t.Errorf("decodeNotes(encodeNotes): got %+v, want %+v", got, want)
	}
	for _, c := range []struct {
		note  uint32
		entry fault.Position
		want  string
	}{
		{2, fault.Position{File: "a/a.go", Line: 11, Column: 1}, "a/a.go:14:3"}, // noted in this function
		{3, fault.Position{File: "a/a.go", Line: 11, Column: 1}, "a/a.go:10:6"}, // in another one since
		{3, fault.Position{File: "a/a.go", Line: 21, Column: 1}, "a/a.go:20:6"},
		{3, fault.Position{File: "a/a.go", Line: 20, Column: 1}, "a/a.go:10:6"}, // F stands in one line, before G
		{2, fault.Position{File: "a/b.go", Line: 6, Column: 1}, "a/b.go:5:6"},
		{9, fault.Position{File: "a/b.go", Line: 6, Column: 1}, "a/b.go:5:6"}, // no such note
		{2, fault.Position{File: "c.go", Line: 6, Column: 1}, ""},
		{2, fault.Position{File: "a/a.go", Line: 2, Column: 1}, ""},
	} {
		at, ok := placeIn(want, 1<<gate.NoteBits|c.note, c.entry)
		if at.String() != c.want || ok != (c.want != "") {
			t.Errorf("placeIn(%d, %s): got %s, %v, want %q", c.note, c.entry, at, ok, c.want)
		}
	}
}

func TestLastWords(t *testing.T) {
	notes := new(worker.Notes)
	if _, _, ok := lastWords(notes); ok {
		t.Errorf("lastWords of nothing: got some")
	}
	want := fault.Position{File: "services/a/a.go", Line: 300, Column: 7}
	writeLastWords(notes, 3, want)
	writeLastWords(notes, 4, fault.Position{File: "later.go", Line: 1})
	if group, at, ok := lastWords(notes); group != 3 || at != want || !ok {
		t.Errorf("lastWords: got %d, %v, %v, want 3, %v", group, at, ok, want)
	}
}

func FuzzBundle(f *testing.F) {
	b := bundle{}
	b.Packages = []bundlePackage{
		{Path: "app/a", Name: "a", Source: b.add([]byte("package a")), Notes: b.add(encodeNotes(someNotes()))},
		{Path: "app/b", Name: "b", Source: b.add([]byte("package b")), Project: []int{0}},
	}
	b.Groups = []bundleGroup{{Packages: []int{1}, Eager: true}}
	b.Services = []bundleService{{Name: "b.F", Package: 1, Func: "F"}}
	data, err := b.encode()
	if err != nil {
		f.Fatalf("encode: %v", err)
	}
	got, err := decodeBundle(data)
	if err != nil || !reflect.DeepEqual(got.Services, b.Services) || !bytes.Equal(got.text(got.Packages[1].Source), []byte("package b")) {
		f.Fatalf("decodeBundle: got %+v (%v)", got, err)
	}
	if c := got.closure(0); !reflect.DeepEqual(c, []int{0, 1}) {
		f.Errorf("closure: got %v, want both", c)
	}
	f.Add(data)
	f.Add([]byte{})
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := decodeBundle(data)
		if err != nil {
			return
		}
		for i := range b.Groups {
			b.closure(i)
		}
		for _, p := range b.Packages {
			b.text(p.Source)
			decodeNotes(b.text(p.Notes))
		}
	})
}
