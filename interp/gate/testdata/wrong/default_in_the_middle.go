// A default that is not the last case changes places with the last.
package main

import "fmt"

type A interface{ M() }
type B interface{ N() }
type T struct{}

func (T) M() {}
func (T) N() {}

func f(n int) string {
	switch {
	case n > 10:
		return "a"
	default:
		return "d"
	case n > 3:
		return "b"
	case n > 1:
		return "c"
	}
}
func g(n int) (s string) {
	switch n {
	case 1:
		s += "1"
		fallthrough
	default:
		s += "d"
		fallthrough
	case 2:
		s += "2"
		fallthrough
	case 3:
		s += "3"
	case 4:
		s += "4"
	}
	return s
}
func h(x any) string {
	switch x.(type) {
	default:
		return "d"
	case A:
		return "A"
	case B:
		return "B"
	case T:
		return "T"
	}
}
func k(c chan int) string {
	select {
	default:
		return "d"
	case v := <-c:
		return fmt.Sprint(v)
	case c <- 4:
		return "sent"
	}
}
func l(x int) string {
	switch x {
	default:
		return "only"
	}
}
func m(x int) {
	switch x {
	}
	switch {
	default:
		if x == 1 {
			break
		}
		fmt.Println("m")
	}
}

func main() {
	for i := range 12 {
		fmt.Print(f(i), g(i), l(i), " ")
	}
	m(1)
	m(2)
	fmt.Println(h(T{}), h(1))
	c := make(chan int, 1)
	fmt.Println(k(c), k(c), k(nil))
}
