// A String method that prints was called before those of the values printed to its left.
package main

import "fmt"

type Perm uint32

func (p Perm) String() string {
	fmt.Println("trace", uint32(p))
	return "s"
}

func main() {
	fmt.Println([]Perm{2}, Perm(4))
	fmt.Println(Perm(2), Perm(4), []Perm{8})
	fmt.Println(map[string]Perm{"a": 2}, Perm(4))
}
