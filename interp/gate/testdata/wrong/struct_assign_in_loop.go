// Assigning a struct literal to a variable that is shared with a pointer does nothing inside of an inner block.
package main

import "fmt"

type Item struct {
	A int
	B string
	C []int
}

func main() {
	v := Item{A: 1}
	for i := 3; i > 0; i /= 2 {
		v = Item{9, "", []int{2}}
	}
	fmt.Println(v)
	w := Item{A: 1}
	p := &w
	if p != nil {
		w = Item{9, "", []int{2}}
	}
	fmt.Println(w, *p)
}
