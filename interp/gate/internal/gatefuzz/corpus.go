package gatefuzz

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Sequential returns the programs that start no goroutines and do not look at the
// clock: changed by chance, they print the same each time.
func Sequential(programs []Program) []Program {
	return slices.DeleteFunc(slices.Clone(programs), func(p Program) bool {
		return bytes.Contains(p.Source, []byte("go ")) || bytes.Contains(p.Source, []byte(".Go(")) || bytes.Contains(p.Source, []byte("AfterFunc")) || timed(p.Source)
	})
}

// timed reports whether a program may print what depends on the time.
func timed(src []byte) bool {
	for _, name := range []string{"time.Sleep", "time.After", "time.Now", "WithTimeout"} {
		if bytes.Contains(src, []byte(name)) {
			return true
		}
	}
	return false
}

// Corpus reads the programs of the archives that a pattern names.
func Corpus(pattern string) ([]Program, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var out []Program
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %w", err)
		}
		for _, f := range ar.Files {
			if name, ok := strings.CutSuffix(f.Name, ".go"); ok {
				out = append(out, Program{Name: name, Source: f.Data})
			}
		}
	}
	return out, nil
}
