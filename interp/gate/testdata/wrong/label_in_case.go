// The interpreter does not know labels that stand in a case itself.
package main

import "fmt"

func main() {
	n := 1
	switch {
	case n == 1:
		fmt.Println("a")
	L:
		for _, i := range []int{1, 2} {
			for {
				fmt.Println(i)
				continue L
			}
		}
	}
}
