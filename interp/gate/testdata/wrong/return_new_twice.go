// Two calls of new in one return give the same pointer.
package main

import "fmt"

type Item struct{ A int }

func f() (*Item, *Item) { return new(Item), new(Item) }

func main() {
	a, b := f()
	b.A = 5
	fmt.Println(*a, *b, a == b)
}
