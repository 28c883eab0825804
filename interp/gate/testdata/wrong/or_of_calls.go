// A comparison of a conversion with a call as the left operand of ||, followed by a call: the right side is not called.
package main

import (
	"fmt"
	"strings"
)

func trace(s string, v bool) bool { fmt.Println(s); return v }

func f(n int) int {
	fmt.Println((string(string([]rune("raw"))) == strings.ToUpper("bc")) || trace("called", false))
	return n
}

func main() {
	var list []int
	list = append(list, f(2))
	fmt.Println(list)
}
