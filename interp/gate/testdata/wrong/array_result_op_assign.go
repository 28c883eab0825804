// An operation on an element of an array in an array that is a result does not load.
package main

import "fmt"

type Item struct{ A int }

type Wide struct {
	Item
	W int
}

type Grid [2][2]int

func f() (r Grid, s string) {
	r[1][1] += (&Wide{Item: Item{A: 8}}).A
	return
}

func main() {
	fmt.Println(f())
}
