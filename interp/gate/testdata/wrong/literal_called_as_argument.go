// A literal that is called as an argument was called before the arguments on its left.
package main

import "fmt"

func trace[T any](s string, v T) T        { fmt.Println("trace", s); return v }
func three(a bool, b, c map[int]bool) int { return len(b) + len(c) }

func main() {
	v := three(trace("a", false), map[int]bool{}, func() map[int]bool { return trace("b", map[int]bool{1: true}) }())
	fmt.Println(v)
	fmt.Println(trace("a", 1), func() int { return trace("b", 2) }())
	defer func() {}()
	fmt.Println(trace("a", 1), func() int { return trace("b", 2) }())
	x := three(trace("a", false), map[int]bool{}, func() map[int]bool { return trace("b", map[int]bool{1: true}) }())
	fmt.Println(x)
}
