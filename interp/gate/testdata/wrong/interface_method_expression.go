// A method expression of an interface type is not defined after rewriting.
package main

type Shape interface {
	Area() float64
	Name() string
}

func main() {
	_ = Shape.Area
}
