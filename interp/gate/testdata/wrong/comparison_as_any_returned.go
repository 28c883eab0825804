// The same in a return statement gives false.
package main

import "fmt"

func within(h, from, to int) bool {
	return any(h >= from).(bool) && h < to
}

func main() {
	fmt.Println(within(5, 0, 24), within(24, 0, 24))
}
