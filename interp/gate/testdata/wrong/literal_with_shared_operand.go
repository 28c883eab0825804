// An operation on a variable that a closure assigns, as an element of a composite literal, does not load:
// "cannot use type **string as type string in array or slice literal".
package main

import "fmt"

func main() {
	t, n := "t", 3
	s := []string{t, t + "x"}
	k := [2]int{1, n | 1}
	func() { t += "y"; n++ }()
	fmt.Println(s, k, t, n)
}
