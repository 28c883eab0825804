// The same with a function: calling it must panic.
package main

import "fmt"

func main() {
	m := map[string]func() int{"a": func() int { return 1 }}
	for _, k := range []string{"a", "b"} {
		v, _ := m[k]
		fmt.Println(v())
	}
}
