// The second recover of a deferred function gives nil.
package main

import (
	"fmt"
)

func rec() (s string) {
	defer func() {
		for range 2 {

			if r := recover(); []interface{}{r}[0] != nil {
				s += fmt.Sprint("rec: ", r)
			}

		}
	}()
	panic("boom")
}

func main() {
	fmt.Println(rec())
}
