// The same with the results of a call.
package main

import "fmt"

func two() (map[string]int, string) { return map[string]int{"a": 1}, "x" }

func main() {
	for i, e := range []int{7} {
		a, b := two()
		_, _ = a, b
		_, _ = i, e
	}
	fmt.Println("end")
}
