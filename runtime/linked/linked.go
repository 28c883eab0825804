// Package linked runs services that are compiled into the program at hand: a
// worker that holds nothing but one version of a project's services, or a server
// that carries them in its own binary.
//
// Both have a generated file that registers the services. It makes a
// service.Func of each function with Plain, In, Out or InOut; Work is the life of
// a worker that has them, and NewBuilder the engine's builder of a server that
// does. Inputs and outputs are those that the interpreter reads and writes, and
// so are the errors: which of the three runs a service cannot be seen from what
// it answers.
package linked

import (
	"encoding/json"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// Service is one service of a program.
type Service struct {
	Name string // "users.GetDetails"
	Func service.Func
}

// Plain makes a service of a function without an input and an output.
func Plain(name string, f func(*service.Context) error) Service {
	return Service{name, func(ctx *service.Context, _ []byte) ([]byte, error) { return nil, f(ctx) }}
}

// In makes a service of a function with an input.
func In[I any](name string, f func(*service.Context, I) error) Service {
	return Service{name, func(ctx *service.Context, data []byte) ([]byte, error) {
		var in I
		if err := read(name, data, &in); err != nil {
			return nil, err
		}
		return nil, f(ctx, in)
	}}
}

// Out makes a service of a function with an output.
func Out[O any](name string, f func(*service.Context) (O, error)) Service {
	return Service{name, func(ctx *service.Context, _ []byte) ([]byte, error) {
		out, err := f(ctx)
		if err != nil {
			return nil, err
		}
		return write(name, out)
	}}
}

// InOut makes a service of a function with an input and an output.
func InOut[I, O any](name string, f func(*service.Context, I) (O, error)) Service {
	return Service{name, func(ctx *service.Context, data []byte) ([]byte, error) {
		var in I
		if err := read(name, data, &in); err != nil {
			return nil, err
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, err
		}
		return write(name, out)
	}}
}

// read reads the input of a service, which the host has checked and filled with
// defaults; no input at all is the zero value.
func read(name string, data []byte, into any) error {
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fault.Wrap(fault.Invalid, "service.input", err, "service %q: read the input", name)
	}
	return nil
}

// write writes the output of a service. It takes the value itself: behind a
// pointer, encoding/json would use methods that it does not use for a value.
func write(name string, out any) ([]byte, error) {
	data, err := json.Marshal(out)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "service.output", err, "service %q: write the output", name)
	}
	return data, nil
}

// funcs returns the services by their names.
func funcs(services []Service) map[string]service.Func {
	m := make(map[string]service.Func, len(services))
	for _, s := range services {
		m[s.Name] = s.Func
	}
	return m
}
