// A composite literal in a case before another is taken for the condition; calls in cases are made in order, and only until one is taken.
package main

import "fmt"

func t[T any](s string, v T) T { fmt.Println("t", s, v); return v }

type P struct{ A, B int }

func try(n int, p P, s []int) string {
	switch n {
	case t("a", len(map[string]bool{"k": true})), t("b", len([]int{1, 2})), t("c", P{3, 4}.A):
		return "one"
	case t("d", 9), s[2]:
		fallthrough
	case t("e", 10):
		return "two"
	}
	switch {
	case t("f", p == P{1, 2}), t("g", len([]int{}) == n):
		return "three"
	default:
		return "four"
	case n > 100 && s[9] == 1, func() bool { return n == 50 }():
		return "five"
	}
}

func main() {
	fmt.Println(len(map[string]bool{"k0": true}))
	for _, n := range []int{0, 1, 2, 3, 4, 9, 10, 11, 50} {
		fmt.Println(n, try(n, P{n, 2}, []int{1, 2, 11}))
	}
	if []bool{true}[0] {
		fmt.Println("y")
	}
}
