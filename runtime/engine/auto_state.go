package engine

import (
	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// Engine says how a service runs at the moment.
func (x *execution) Engine(service string) worker.EngineState {
	m, known := x.p.modes[service]
	if !known {
		return worker.EngineState{}
	}
	x.mu.Lock()
	failure, compiling := x.failure, x.compiling
	x.mu.Unlock()
	r := x.current.Load()
	s := r.to[service]
	state := worker.EngineState{
		Status:    worker.Live,
		Compiling: compiling && !r.last && m != interpretedOnly && (s == nil || s.engine != worker.Compiled),
	}
	refused := x.p.part.Refused[service]
	if len(refused) == 0 && x.unloaded != nil {
		refused = fault.List{x.unloaded}
	}
	switch {
	case s == nil && failure == nil:
		state.Status = worker.Compiling
		state.WhyNot = refused
	case s == nil:
		state.Status = worker.NotLive
		state.WhyNot = append(fault.List{failure}, refused...)
	case s.engine == worker.Compiled:
		state.Engine = s.engine
		state.WhyNot = refused
	default:
		state.Engine = s.engine
		if failure != nil {
			state.WhyNot = fault.List{failure}
		} else if x.p.compiled == nil {
			state.WhyNot = x.p.absent
		}
	}
	return state
}

// able reports whether every worker that calls are divided among takes them.
func (x *execution) able() bool {
	for _, s := range x.current.Load().sides {
		if s.crew.value.Executor() == nil {
			return false
		}
	}
	return true
}

// count returns how many services run on an engine.
func (x *execution) count(engine string) int {
	n := 0
	for _, s := range x.current.Load().to {
		if s.engine == engine {
			n++
		}
	}
	return n
}

// waiting returns how many services wait until they are compiled.
func (x *execution) waiting() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failure != nil {
		return 0
	}
	return len(x.p.modes) - len(x.current.Load().to)
}

// execution returns what runs the services of a generation where an Auto does.
func (g *generation) execution() *execution {
	if g.crew == nil {
		return nil
	}
	x, _ := g.crew.value.Executor().(*execution)
	return x
}

// engineOf says how a service of a generation runs.
func (g *generation) engineOf(service string) worker.EngineState {
	if g.crew != nil {
		if x, ok := g.crew.value.Executor().(worker.Engines); ok {
			return x.Engine(service)
		}
	}
	if p, ok := g.program.(worker.Engines); ok {
		return p.Engine(service)
	}
	return worker.EngineState{Status: worker.Live}
}
