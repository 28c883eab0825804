// A nil function variable that a closure shares, copied and then assigned a closure over the copy: the package does
// not load, "nil dereference".
package main

import "fmt"

func main() {
	a := 1
	var f func(int) int
	n := 0
	if a > 9 {
		n, f = 2, func() func(int) int { return f }()
	}
	w := f
	f = func(n int) int { return w(n) + 1 }
	_, _ = f, n
	fmt.Println("end")
}
