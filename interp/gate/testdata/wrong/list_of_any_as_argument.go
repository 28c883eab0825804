// A list of values of any type as the last of several arguments was taken for all of them, by append too; nil... ended the interpreter's compiler.
package main

import "fmt"

type L []any
type F interface{ N() int }
type T struct{}

func (T) N() int { return 4 }

func (T) Log(s string, xs ...any) int { fmt.Println("T", s, len(xs), xs); return len(xs) }

type Logger interface{ Log(string, ...any) int }

func out(xs ...any)          { fmt.Println(len(xs), xs) }
func nils(xs ...[]int)       { fmt.Println(len(xs), xs == nil, xs) }
func pair() ([]any, error)   { return []any{3, 4}, nil }
func one() []any             { return []any{3, 4} }
func gen[X any](xs ...X) int { return len(xs) }

func main() {
	out(L{1, 2})
	fmt.Println(append([]any{1}, []any{2}), append([]any{1}, []any{2}...))
	out("l", []any{1})
	out([]F{T{}})
	out(pair())
	out(one())
	out(nil)
	out(nil, nil)
	out([]any(nil))
	out([]any(nil)...)
	out()
	nils(nil)
	nils(nil...)
	nils([]int{1}, nil)
	var lg Logger = T{}
	lg.Log("a", []any{1, 2})
	lg.Log("a", []any{1, 2}...)
	lg.Log("a")
	T{}.Log("b", []any{1, 2})
	fmt.Println(gen([]any{1, 2}), gen[any]([]any{1, 2}), gen([]any{1, 2}...))
	fn := out
	fn([]any{1, 2})
	defer out([]any{1, 2})
	defer lg.Log("z", []any{1, 2})
	go func(xs ...any) {}([]any{1})
	m := map[string]func(...any){"o": out}
	m["o"]([]any{5, 6})
}
