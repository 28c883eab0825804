// A failed assertion of nil to time.Duration whose variable has its address taken prints "0", not "0s".
package main

import (
	"fmt"
	"time"
)

func main() {
	var x any
	d, ok := x.(time.Duration)
	_ = &d
	fmt.Println(d, ok)
}
