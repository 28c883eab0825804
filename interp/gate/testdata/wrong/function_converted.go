// A function of the package that is converted to its type, or returned beside another result, panics: "reflect.Set:
// value of type *interp.node is not assignable".
package main

import "fmt"

func hello() string { return "hello" }

func both() (func() string, int32) { return hello, 77 }

func main() {
	v := (func() string)(hello)
	f, n := both()
	fmt.Println(v(), f(), n)
}
