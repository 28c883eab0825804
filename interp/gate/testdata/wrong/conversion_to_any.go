// any(x) beside == nil, or as one of several arguments, was x itself.
package main

import "fmt"

func out(xs ...any) { fmt.Println(len(xs), xs) }

type T struct{ A int }

func main() {
	var p *T
	var q *int
	var s []int
	var m map[string]int
	var f func()
	fmt.Println(any(int64(100)) == nil, any(p) == nil, any(q) == nil, any(s) == nil, any(m) == nil, any(s) != nil, any("") == nil)
	_ = f
	out(any([]any{1, 2}))
	fmt.Println(append([]any{1}, any([]any{2})))
	var e error
	fmt.Println(any(e) == nil, e == nil, any(3) == any(3), any(3) == any(int64(3)), any(true), any(1.0), any('x'), any(uint8(3)))
	ch := make(chan any, 3)
	ch <- any(s)
	ch <- any([]any{})
	ch <- s
	fmt.Println(<-ch == nil, len((<-ch).([]any)), <-ch == nil)
	mm := map[any]any{any(1): any(s), any("a"): s}
	fmt.Println(mm[1] == nil, mm["a"] == nil, mm["b"] == nil, len(mm))
	l := []any{s, any(s), q, nil}
	for _, x := range l {
		fmt.Print(x == nil, " ")
	}
	var x any = s
	var y any = any(s)
	z := any(s)
	fmt.Println(x == nil, y == nil, z == nil)
	g := func(x any) bool { return x == nil }
	fmt.Println(g(s), g(any(s)), g(q), g(nil), g(e))
	h := func() (any, any) { return s, any(q) }
	a, b := h()
	fmt.Println(a == nil, b == nil)
	st := struct{ X, Y any }{s, any(q)}
	fmt.Println(st.X == nil, st.Y == nil)
	x = s
	st.X = q
	fmt.Println(x == nil, st.X == nil)
	if x, ok := x.([]int); ok {
		fmt.Println(x == nil, ok)
	}
	switch {
	case any(s) == nil:
		fmt.Println("wrong")
	case x == nil:
		fmt.Println("wrong")
	default:
		fmt.Println("right")
	}
}
