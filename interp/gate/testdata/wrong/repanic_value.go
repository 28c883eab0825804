// A panic in a deferred function that has recovered replaces the first one: Go prints "o re first".
package main

import "fmt"

func main() {
	defer func() { fmt.Println("o", recover()) }()
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Sprint("re ", r))
		}
	}()
	panic("first")
}
