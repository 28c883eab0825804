// append of an array to a list of values of any type ended the program.
package main

import "fmt"

func out(xs ...any) { fmt.Println(len(xs), xs) }

func main() {
	a := [2]any{1}
	b := [2]int{3, 4}
	fmt.Println(append([]any{1}, a), append([]any{1}, b), append([]any{1}, []int{2}), append([]any{}, a, b))
	out(a)
	out(b, a)
	out([]string{"x"})
}
