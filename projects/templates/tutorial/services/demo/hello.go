// Package demo greets people.
package demo

import "mortise/runtime/service"

// HelloIn is what callers send.
type HelloIn struct {
	Name string `json:"name,omitempty" example:"Mike"` // whom to greet; may be left out
}

// HelloOut is what they get.
type HelloOut struct {
	Greeting string `json:"greeting"`
}

// Hello greets a person by name.
func Hello(ctx *service.Context, in HelloIn) (HelloOut, error) {
	name := in.Name
	if name == "" {
		name = "partner"
	}
	return HelloOut{Greeting: "Howdy " + name + "!"}, nil
}
