// A comparison that becomes a value of any type, asserted to bool in a condition, is an operand of the comparison.
package main

import "fmt"

func main() {
	s := "Hello"
	for i := 0; i < len(s); i++ {
		c := s[i]
		if any(c >= 'A').(bool) && c <= 'Z' {
			fmt.Println(i)
		}
	}
}
