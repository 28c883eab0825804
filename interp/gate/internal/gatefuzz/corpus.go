package gatefuzz

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

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
