// A String method that panics within fmt: Go prints "%!v(PANIC=String method: …)".
package main

import "fmt"

type L int

func (l L) String() string { return []string{"L"}[any(1).(int)] }

type R struct{ A L }

func main() {
	fmt.Println(R{1})
}
