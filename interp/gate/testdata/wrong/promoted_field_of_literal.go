// A promoted field of a pointer to a composite literal does not load: "cannot use type *int as type int".
package main

import "fmt"

type Item struct{ A int }

type Wide struct {
	Item
	W int
}

func main() {
	n := 1
	n = (&Wide{Item: Item{A: 8}}).A
	fmt.Println(n)
}
