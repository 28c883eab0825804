// A deferred literal in a loop sees the value that a later turn read from a map with ", ok".
package main

import (
	"fmt"
)

func main() {
	zones := map[string]string{"DE": "EU", "FR": "EU", "US": "World1", "CH": "Swiss"}

	for _, use := range []string{"DE data 10", "US data 1.5", "US call-in 3", "US call-out 3", "CH data 1", "XX data 1", "FR call-out 2", "US sms 1"} {
		var country, kind string
		var n float64
		if _, err := fmt.Sscan(use, &country, &kind, &n); err != nil {

		}
		zone, _ := zones[country]

		defer func() {
			fmt.Printf("%s: no zone %q\n", use, zone)
		}()

	}
}
