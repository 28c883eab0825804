// An instance of a generic function in a slice gives 0 in a function literal.
package main

import "fmt"

func twice(n int) int { return n * 2 }

func same[T any](v T) T { return v }

func vary(n int, fs ...func(int) int) int {
	for _, f := range fs {
		n = f(n)
	}
	return n
}

func main() {
	func() {
		fs := []func(int) int{twice, same[int]}
		fmt.Println(fs[0](1), fs[1](1), vary(3, same, twice))
	}()
}
