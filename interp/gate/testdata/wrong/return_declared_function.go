// A literal that returns a declared function panics with reflect.Set: "value of type *interp.node is not assignable".
package main

import "fmt"

func hello() string { return "hello" }

func pair(k int) (func() string, error) {
	if k == 0 {
		return hello, nil
	}
	return nil, fmt.Errorf("no %d", k)
}

func main() {
	f := func() func() string { return hello }()
	fmt.Println(f())
	g, err := pair(0)
	fmt.Println(g(), err)
	g, err = pair(1)
	fmt.Println(g == nil, err)
}
