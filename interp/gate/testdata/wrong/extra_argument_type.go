// The name of a type in the text of fmt for an argument too many, or of a bad verb, is not the author's.
package main

import "fmt"

type E struct{}

func (E) Error() string { return "E!" }

func main() {
	var err error = E{}
	fmt.Printf("%世", err, err)
}
