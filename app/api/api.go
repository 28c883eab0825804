// Package api is the one interface of the Studio: everything that a window, a
// browser tab or a test of them can do is a method of the table in this file,
// and everything that they are told is an event of it. The TypeScript client is
// generated from the table.
//
// A Studio has at most one project open and runs it with the same runtime that
// servers have. Any number of pages look at one Studio; each has a Session, which
// speaks text frames over whatever carries them.
package api

//go:generate go run ./tsgen

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"

	"mortise/runtime/fault"
)

// A Method is one thing that a page may ask for.
type Method struct {
	Name    string       // "files.read"
	In, Out reflect.Type // structs; what they are in JSON is what travels
	call    func(context.Context, *Studio, json.RawMessage) (any, error)
}

// An Event is one thing that pages are told without asking.
type Event struct {
	Name string
	Data reflect.Type
	// State says that a page gets the present one as soon as it connects, and
	// whenever it changed: not each change, but always the newest.
	State bool
	now   func(*Studio, context.Context) any // the present one
}

// None is the input or the output of a method that has none.
type None struct{}

// on binds a method of Studio to its name.
func on[In, Out any](name string, f func(*Studio, context.Context, In) (Out, error)) Method {
	return Method{
		Name: name, In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out](),
		call: func(ctx context.Context, s *Studio, raw json.RawMessage) (any, error) {
			var in In
			if err := decode(name, raw, &in); err != nil {
				return nil, err
			}
			return f(s, ctx, in)
		},
	}
}

// decode reads the input of a method; unknown members are mistakes of the page.
func decode(name string, raw json.RawMessage, in any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return fault.Wrap(fault.Invalid, "api.input", err, "read the input of %q", name)
	}
	return nil
}

// Methods returns every method, sorted by area.
func Methods() []Method {
	var all []Method
	for _, area := range [][]Method{studioMethods(), fileMethods(), runtimeMethods(), invokeMethods(), objectMethods(), tutorialMethods()} {
		all = append(all, area...)
	}
	return all
}

// Events returns every event.
func Events() []Event {
	return []Event{
		state("hello", (*Studio).helloState),
		state("files", (*Studio).filesState),
		state("live", (*Studio).liveState),
		state("objects", (*Studio).objectsState),
		state("tutorial", (*Studio).tutorialState),
		{Name: "log", Data: reflect.TypeFor[LogBatch]()},
		{Name: "changed", Data: reflect.TypeFor[FileChanged]()},
	}
}

// state returns the event of a state.
func state[T any](name string, now func(*Studio, context.Context) T) Event {
	return Event{
		Name: name, Data: reflect.TypeFor[T](), State: true,
		now: func(s *Studio, ctx context.Context) any { return now(s, ctx) },
	}
}
