// Calls that had to be made before the statement went before those on their left.
package main

import "fmt"

type P struct{ A, B any }
type E struct{ n int }

func (e E) Get() int { return e.n }

func trace[T any](s string, v T) T      { fmt.Println("trace", s); return v }
func pair() (int, E)                    { fmt.Println("pair"); return 1, E{2} }
func take(xs ...any) int                { return len(xs) }
func lib(a any, b error) int            { return 7 }
func perr() (E, error)                  { fmt.Println("perr"); return E{1}, nil }
func mk(s string) *E                    { fmt.Println("mk", s); return &E{5} }
func fn(f func() int, g func() int) int { return f() + g() }

func main() {
	fmt.Println(trace("a", 1), take(pair()), trace("b", 2))
	fmt.Println(P{trace("a", 1), take(pair())}, []int{trace("a", 1), lib(perr()), trace("c", 3)}, trace("d", 4)+take(pair())*trace("e", 5))
	fmt.Println(append([]int{trace("x", 1)}, take(pair()), trace("y", 2)))
	fmt.Println(trace("x", 1) == take(pair()), trace("x", 1) < lib(perr()))
	fmt.Println(trace("m", 1), len(make([]int, trace("n", 3))), new(trace("o", 4)) != nil, mk("p").n, (&E{trace("q", 1)}).n)
	fmt.Println(fn(mk("1").Get2(), func() int { return trace("z", 3) }))
	var x any = trace("u", P{trace("v", any(1)), trace("w", any(E{2}))})
	fmt.Println(x == any(P{trace("v", any(1)), E{2}}), []any{trace("1", 1), pair2()}, map[string]int{"k": trace("2", 2)})
}

func (e *E) Get2() func() int { return func() int { return e.n } }
func pair2() any              { fmt.Println("pair2"); return nil }
