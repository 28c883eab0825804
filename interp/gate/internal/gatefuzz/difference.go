package gatefuzz

import (
	"fmt"
	"strings"
)

// Difference says in one line where what was printed begins to differ.
func Difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g) || i >= len(w):
			return fmt.Sprintf("it printed %d lines, want %d", len(g), len(w))
		case g[i] != w[i]:
			return fmt.Sprintf("line %d is %q, want %q", i+1, g[i], w[i])
		}
	}
	return "it printed what was wanted"
}
