// A comparison of an array literal as an operand of || panics: "reflect.Value.Bool on uint32 Value".
package main

import "fmt"

func main() {
	for _, e := range "abc" {
		if ([3]int{4, 2: 6} == [3]int{1, 2, 3}) || e == 98 {
			fmt.Println("x", e)
		}
	}
}
