// Returning a variable and an append panics: "reflect.Set: value of type []struct … is not assignable to type int64".
package main

import "fmt"

type Item struct {
	A int
	B string
}

func f() (int64, []Item) {
	var v int64 = 7
	return v, append([]Item{{A: 1}}, Item{A: 2})
}

func main() { fmt.Println(f()) }
