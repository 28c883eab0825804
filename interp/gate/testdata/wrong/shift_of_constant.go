// A constant without a type on the left of a shift, with an operator behind it, ends the interpreter's compiler.
package main

import "fmt"

func main() {
	s := []int{1}
	fmt.Println(6 / ((7 << (len(s) & 3)) | 1))
	fmt.Println((7 << len(s)) | 1)
	fmt.Println((7 << (len(s) & 3)) | 1)
	n := 2
	fmt.Println((7<<(n&3))|1, 1<<n)
	x := 1 << n
	y := (1 << n) - 1
	fmt.Println(x, y)
}
