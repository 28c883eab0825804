// Several variables that are declared in an inner block and used only as "_, _, _ = a, b, c" are not defined after rewriting.
package main

import "fmt"

func main() {
	{
		a, b, c := 1, []int{1}, "x"
		_, _, _ = a, b, c
	}
	fmt.Println("end")
}
