// An operand of %T was not evaluated.
package main

import "fmt"

type S struct{ A []int }

func trace[T any](s string, v T) T { fmt.Println("trace", s); return v }

func main() {
	fmt.Printf("%T %v %T\n", trace("a", S{}), trace("b", 1), trace("c", []S{}))
	defer fmt.Println("end")
	func() {
		defer func() { fmt.Println(recover() != nil) }()
		var m []S
		fmt.Printf("%T\n", m[2])
	}()
	fmt.Println(fmt.Sprintf("%T|%T", &S{}, S{}.A))
}
