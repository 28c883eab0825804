package worker

import "mortise/runtime/fault"

// The engines: the ways in which services run.
const (
	Interpreted = "interpreted" // in a worker with an interpreter
	Compiled    = "compiled"    // in a worker of its own, as machine code
	InServer    = "linked"      // as a part of the server's own program
)

// The states of a service.
const (
	Live      = "live"      // it answers
	Compiling = "compiling" // its calls wait until it is compiled
	NotLive   = "not live"  // its calls fail; WhyNot says why
)

// EngineState says how a service runs at the moment.
type EngineState struct {
	Engine    string // the engine that answers: Interpreted, Compiled, InServer; "" where none does yet
	Status    string // Live, Compiling or NotLive
	Compiling bool   // it is being compiled: its calls wait for that, or will be answered by machine code soon
	// WhyNot says why it does not run on the other engine, or not at all: what
	// the interpreter is not known to run faithfully, or why it is not compiled.
	WhyNot fault.List
}

// Engines is what a Program or an Executor may implement to tell how a service
// runs. What an executor says goes before what its program says.
type Engines interface {
	Engine(service string) EngineState
}

// Part is what a builder can run of a project's services where it cannot run
// all of them.
type Part struct {
	// All knows everything that the source holds. It may be one that cannot be
	// started.
	All Program
	// Program runs those services that can run; nil where there are none.
	Program Program
	// Refused says of the other services why they cannot run, by name.
	Refused map[string]fault.List
	// Shared are groups of services that share package variables, so that all
	// of a group must run in one process. A service that stands in none of them
	// shares nothing.
	Shared [][]string
	// Versions holds for every service a text that changes with the code that
	// it runs, its own package's and that of all packages that it imports.
	Versions map[string]string
}
