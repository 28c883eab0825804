// A function variable that a closure shares, assigned in the branches of a loop with a label: the package does not
// load, "nil dereference".
package main

type Item struct {
	A int
	B string
	C []int
}

func out(xs ...any)                {}
func trace[T any](s string, v T) T { return v }
func val[T any](v T) T             { return v }

type Wide struct {
	Item
	W int
}

func main() {
	var v40 string
	var v44 bool = !true
	v50 := (func() string)(trace("t49", (func() string)(func() string { return v40 + "!" })))
L69:
	for i70, i72 := 0, 5; i70 < i72; i70, i72 = i70+1, i72-1 {
		if v90 := ((&Wide{Item: Item{A: 8, B: "w"}}).A); v90 > 0 {
			if v92 := (v90); v92 > 1<<20 {
			} else if int(v92) > i72 {
				break L69
			} else {
			}
		} else if v44 {
		} else {
			v50 = v50
		}
	}
	if v121 := (int(uint8(val[uint8](1)))); v121 > 0 {
	} else if true == v44 {
	} else {
		var _ func() string = func() func() string { return v50 }()
	}
	out("v50", v50())
}
