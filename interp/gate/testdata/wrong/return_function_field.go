// Returning a function that is not a plain variable does not load: "nil dereference".
package main

import "fmt"

type Inner struct{ F func(int) int }

type Outer struct{ In Inner }

func field(o *Outer) func(int) int { return o.In.F }

func main() {
	n := 1
	var g func(int) int
	g = func(k int) int { return k + n }
	h := func() func(int) int { return g }()
	g = nil
	o := &Outer{Inner{h}}
	fmt.Println(h(3), field(o)(4), o.In.F(5))
}
