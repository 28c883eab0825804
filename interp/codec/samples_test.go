package codec_test

import (
	"encoding/json"
	"time"
)

// What stands between the marks is read twice: by the compiler, for
// encoding/json, and by the interpreter, for the codec.

// BEGIN

type Plain struct {
	Name   string  `json:"name"`
	Age    int     `json:"age,omitempty"`
	Weight float64 `json:"weight"`
	Ok     bool
	B      []byte `json:"b"`
}

type Level int

type Words []string

type Nested struct {
	One   Plain
	Two   *Plain           `json:"two,omitempty"`
	List  []Plain          `json:"list"`
	Ptrs  []*Plain         `json:"ptrs"`
	Map   map[string]Plain `json:"map"`
	Ints  map[int]string   `json:"ints"`
	Arr   [2]Level         `json:"arr"`
	Words Words            `json:"words"`
	Any   any              `json:"any"`
	Anon  struct {
		X int `json:"x"`
		y int
	} `json:"anon"`
}

type Hidden struct {
	Open    string `json:"open"`
	closed  string
	Ignored string `json:"-"`
	Dash    string `json:"-,"`
	inner   Plain
	list    []Plain
	Last    int `json:"last,omitempty"`
}

type HiddenDeep struct {
	M map[string]Hidden    `json:"m"`
	L []Hidden             `json:"l"`
	P *Hidden              `json:"p"`
	A [2]Hidden            `json:"a"`
	X map[string][]*Hidden `json:"x"`
}

type Base struct {
	ID   int    `json:"id"`
	Kind string `json:"kind"`
}

type base2 struct {
	Code  string `json:"code"`
	Kind  string `json:"kind"`
	small int
}

type Embedding struct {
	Base
	base2
	Name string `json:"name"`
}

type EmbeddedOnly struct {
	Base
}

type EmbeddedPointer struct {
	*Base
	Name string `json:"name"`
}

type EmbeddedTagged struct {
	Base  `json:"base"`
	base2 `json:"other"`
	Kind  string `json:"kind"`
}

type EmbeddedLevel struct {
	Level
	Words `json:"w"`
	Deep
}

type Deep struct {
	Embedding
	Name string `json:"name"`
}

type Times struct {
	At   time.Time       `json:"at"`
	For  time.Duration   `json:"for"`
	Ptr  *time.Time      `json:"ptr"`
	Num  json.Number     `json:"num"`
	Raw  json.RawMessage `json:"raw"`
	Zero time.Time       `json:"zero,omitzero"`
}

type Quoted struct {
	N  int64   `json:"n,string"`
	F  float32 `json:"f,string"`
	B  bool    `json:"b,string,omitempty"`
	U8 uint8   `json:"u8"`
	I8 int8    `json:"i8"`
	U  uint64  `json:"u"`
	R  rune    `json:"r"`
	C  string  `json:"c,omitempty"`
}

type Clash struct {
	A int `json:"a"`
	B int `json:"a"`
	C int `json:"A"`
}

// END
