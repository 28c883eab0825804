// A format that is not known before the program runs prints the type of boxes.
package main

import "fmt"

type U struct{ A int }
type N int

func (n N) String() string { return fmt.Sprintf("N%d", int(n)) }

func logf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func main() {
	logf("%T %v %d", U{1}, U{2}, U{3})
	logf("%T|%T", N(1), []U{{1}})
	logf("%d %s %v %x", N(1), N(2), N(3), N(255))
	logf("%+v %#v", U{1}, U{2})
	logf("x", U{1}, 3, N(4), nil, "s")
	logf("%[2]v %[1]v", U{1}, N(2))
	logf("%*d", N(5), 3)
	logf("%z", U{1})
	logf("%!", U{1})
	logf("%p", U{1})
	logf("%s", U{1})
	logf("%d", &U{1})
	logf("%5d|%-5v|%05d", N(7), N(7), N(7))
	fmt.Println(fmt.Sprintf([]string{"%T"}[0], U{}))
	var e error = fmt.Errorf([]string{"%w"}[0], fmt.Errorf("a"))
	fmt.Println(e)
	fmt.Println(fmt.Sprintln(N(1), []any{N(2), U{1}}))
	fmt.Printf("%v %v\n", map[string]any{"a": N(1), "b": U{2}}, map[N]U{1: {2}})
	fmt.Printf("%v %d\n", []N{1, 2}, []N{1, 2})
}
