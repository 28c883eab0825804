// A result that is an append of calls was evaluated before the call to its left.
package main

import "fmt"

func trace(s string, n int) int { fmt.Println(s); return n }

func f() (int, []int) { return trace("first", 1), append([]int{trace("second", 2)}, trace("third", 3)) }

func main() { fmt.Println(f()) }
