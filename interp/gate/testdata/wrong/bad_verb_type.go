// A verb that does not fit prints the name of the type: "%!s(main.Status=0)".
package main

import "fmt"

type Status float32

func main() {
	var s Status
	fmt.Printf("%s|%v|%d|%-12s|\n", s, s, s, s)
}
