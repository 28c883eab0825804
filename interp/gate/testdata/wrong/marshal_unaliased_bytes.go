// A MarshalJSON that is written with []uint8 for []byte is ignored.
package main

import (
	"encoding/json"
	"fmt"
)

type Status int

func (s Status) MarshalJSON() ([]uint8, error) { return json.Marshal([]string{"new", "paid"}[s]) }

func main() {
	b, err := json.Marshal(map[string]Status{"a": 1})
	fmt.Println(string(b), err)
}
