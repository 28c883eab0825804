// The interpreter takes no division of floating-point numbers by a constant that is zero.
package main

import "fmt"

func main() {
	x := 3.0
	fmt.Println(x / 0)
	const z = 0.0
	x /= z
	fmt.Println(x, -x/0)
}
