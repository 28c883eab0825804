// %T of an error printed its text.
package main

import (
	"errors"
	"fmt"
)

type Fail struct{ Code int }

func (f *Fail) Error() string { return fmt.Sprint("fail ", f.Code) }

func get() error { return &Fail{1} }

func main() {
	var err error = &Fail{2}
	fmt.Printf("%T %v\n", err, err)
	fmt.Printf("%T\n", error(&Fail{2}))
	fmt.Printf("%T\n", get())
	fmt.Printf("%T\n", errors.New("x"))
	var n error
	fmt.Printf("%T %v\n", n, n)
	fmt.Println(fmt.Sprintf("%T", fmt.Errorf("a: %w", err)))
}
