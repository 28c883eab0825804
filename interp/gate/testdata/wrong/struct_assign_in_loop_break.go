// The same in a loop with a break.
package main

import "fmt"

type Item struct {
	A int
	B string
	C []int
}

func (i *Item) Grow(n int) {}

func main() {
	v := Item{A: 1}
	v.Grow(2)
	stop := 1 > 2
	for i := 3; i > 0; i /= 2 {
		if stop {
			break
		}
		v = Item{9, "", []int{2}}
	}
	fmt.Println(v)
}
