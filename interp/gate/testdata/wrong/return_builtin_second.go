// A builtin function behind return writes to the first result, whatever its type.
package main

import (
	"fmt"
	"strings"
)

type st struct{ n int }

func (s *st) inc() int { s.n++; return s.n }

var zero = 0

func g() int { return zero + 1 }
func g2() (r int) {
	r++
	for i := range 3 {
		r += i
	}
	return
}
func h() (int, any)       { return 1, g() }
func h2() (int, any)      { return 1, g2() }
func k(s *st) (int, int)  { return s.n + 1, s.inc() }
func k2(s *st) (int, int) { return s.inc(), s.n }
func k3(s []int) (int, any, int, bool) {
	return len(s), len(s), cap(s[:2:2]), len(s) > 2
}
func k4(s []int) any                        { return len(s) }
func k5(s []int) (any, int)                 { return cap(s[:1:1]), 4 }
func k6(s []int) (error, int)               { return nil, copy(s, []int{9, 9}) }
func k7(s []int) (any, int)                 { return min(len(s), 2), max(len(s), 9) }
func k8(a []string) (string, []string, int) { return strings.Join(a, ","), append(a, "z"), len(a) + 1 }
func k9(a []string) (func() int, int)       { return func() int { return len(a) }, len(a) }

func main() {
	fmt.Println(h())
	fmt.Println(h2())
	fmt.Println(k(&st{1}))
	fmt.Println(k2(&st{1}))
	fmt.Println(k3([]int{1, 2, 3}))
	fmt.Println(k4([]int{1, 2, 3}))
	fmt.Println(k5([]int{1, 2, 3}))
	fmt.Println(k6([]int{1, 2, 3}))
	fmt.Println(k7([]int{1, 2, 3}))
	fmt.Println(k8([]string{"p", "q"}))
	fn, n := k9([]string{"p", "q"})
	fmt.Println(fn(), n)
}
