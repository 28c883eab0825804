package check_test

import "time"

// The types of this file are compiled into the test and checked from their
// source too, so that TestJSONFields can compare us with encoding/json.

type plain struct {
	A int
	B string `json:"b"`
	c int
	D bool   `json:"-"`
	E bool   `json:"-,"`
	F string `json:",omitempty"`
	G string `json:"a b"`
	H string `json:"q\"uote"`
	I string `json:"ünï"`
}

type base struct {
	ID   string `json:"id"`
	Name string
}

type Exported struct {
	Name  string
	Other int `json:"X"`
}

type tagged struct {
	X int
	Y int `json:"Z"`
}

type untagged struct {
	Z int
	X int
}

type text string

type Text string

type deep1 struct{ base }

type deep2 struct{ base }

type Loop struct {
	V int
	*Loop
}

type sample1 struct {
	base
	Exported
}

type sample2 struct {
	Name int
	*Exported
	tagged
	untagged
}

type sample3 struct {
	deep1
	deep2
	text
	Text
}

type sample4 struct {
	Loop
	base     `json:"base"`
	Exported `json:"exported"`
	When     time.Time
	W        struct{ time.Time }
}

type sample5 struct {
	tagged
	Exported
	deep1
	ID int `json:"id"`
}

type sample6 struct {
	deep1
	Exported
	Text `json:",omitempty"`
}
