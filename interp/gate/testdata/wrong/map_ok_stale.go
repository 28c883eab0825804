// A map read with ", ok" in a loop keeps the value of the round before where the key is missing.
package main

import "fmt"

func main() {
	m := map[string]int{"a": 5}
	for _, k := range []string{"a", "b"} {
		v, ok := m[k]
		fmt.Println(v, ok)
	}
}
