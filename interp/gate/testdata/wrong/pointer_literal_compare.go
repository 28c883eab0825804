// A comparison of a pointer to a composite literal as an operand of && or || panics: "reflect.Value.Bool on uint32
// Value".
package main

import "fmt"

type Item struct{ A int }

func main() {
	s := "abcd"
	for range 2 {
		if (&Item{A: 3} == nil) || s == "abcd" {
			fmt.Println("x")
		}
	}
}
