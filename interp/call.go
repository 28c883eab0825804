package interp

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"

	"mortise/interp/codec"
	"mortise/interp/machine"
	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// interpreted is one service in a worker.
type interpreted struct {
	loaded *loaded
	index  int // in the bundle
	about  *bundleService

	once    sync.Once
	err     error // guarded by once, like the rest
	machine *machine.Machine
	fn      reflect.Value
	in, out *codec.Codec // nil where the service has none
}

// bind loads the service's group and prepares its codecs, once.
func (s *interpreted) bind() error {
	s.once.Do(func() { s.err = s.prepare() })
	return s.err
}

func (s *interpreted) prepare() (err error) {
	if s.machine, err = s.loaded.group(s.about.Group); err != nil {
		return err
	}
	path := s.loaded.bundle.Packages[s.about.Package].Path
	f, ok := s.machine.Func(path, s.about.Func)
	if !ok {
		return s.mistake(fmt.Errorf("no function %s in package %s", s.about.Func, path))
	}
	s.fn = f
	t := f.Type()
	wantIn, wantOut := 1, 1
	if s.about.In != nil {
		wantIn++
	}
	if s.about.Out != nil {
		wantOut++
	}
	if t.NumIn() != wantIn || t.NumOut() != wantOut || t.In(0) != reflect.TypeFor[*service.Context]() {
		return s.mistake(fmt.Errorf("its function is a %s", t))
	}
	if s.about.In != nil {
		if s.in, err = s.loaded.codec(*s.about.In, t.In(1)); err != nil {
			return s.mistake(err)
		}
	}
	if s.about.Out != nil {
		if s.out, err = s.loaded.codec(*s.about.Out, t.Out(0)); err != nil {
			return s.mistake(err)
		}
	}
	return nil
}

// mistake is a fault of ours in making a service ready.
func (s *interpreted) mistake(err error) error {
	return fault.Wrap(fault.Internal, "interp.load", err, "service %q: make it ready", s.about.Name)
}

// call runs the service: it is its service.Func.
func (s *interpreted) call(ctx *service.Context, in []byte) ([]byte, error) {
	args := make([]reflect.Value, 1, 2)
	args[0] = reflect.ValueOf(ctx)
	if s.in != nil {
		v, err := s.in.Decode(in)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "service.input", err, "service %q: read the input", s.about.Name)
		}
		args = append(args, v)
	}
	var results []reflect.Value
	err := s.machine.Guard(s.about.Name, func() error {
		results = inService(s.index, s.fn, args)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err, _ := reflect.TypeAssert[error](results[len(results)-1]); err != nil {
		return nil, err
	}
	if s.out == nil {
		return nil, nil
	}
	out, err := s.out.Encode(results[0])
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "service.output", err, "service %q: write the output", s.about.Name)
	}
	return out, nil
}

// inService calls a service's function. When code ends the process, the runtime
// prints the stack of the goroutine that did it with the arguments of its
// functions as numbers; the first one of this tells the host which service it
// was. It must therefore stay a function of its own and keep its argument alive
// until the end.
//
//go:noinline
func inService(index int, f reflect.Value, args []reflect.Value) []reflect.Value {
	out := f.Call(args)
	runtime.KeepAlive(&index)
	return out
}
