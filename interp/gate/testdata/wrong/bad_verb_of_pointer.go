// Verbs that do not fit print pointers within structs by the types they have.
package main

import (
	"errors"
	"fmt"
)

type P struct{ X int }
type S3 struct {
	A error
	b error
	c *P
	D *P
	e *int
	F any
	g any
}

func main() {
	s := S3{A: errors.New("a"), b: errors.New("e"), c: &P{1}, D: &P{2}, F: &P{3}, g: P{4}}
	fmt.Printf("%q\n", s)
	fmt.Printf("%s\n", s)
	fmt.Printf("%t\n", []any{P{1}, 5, errors.New("x")})
	fmt.Printf("%s\n", []*P{{1}, nil})
	s = S3{}
	fmt.Printf("%q\n", s)
	fmt.Printf("%v %+v\n", s, s)
	fmt.Printf("%#v\n", s)
	fmt.Printf("%s\n", s)
	fmt.Printf("%d\n", s)
	fmt.Printf("%5v|%-8v|%08v\n", s, []any{1, "a"}, []P{{3}})
}
