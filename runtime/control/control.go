// Package control is the API by which a running runtime is looked at and
// steered, and its typed client. Whoever has its token may do everything that
// the owner of the project may do, so it listens on loopback with a token of its
// own; other addresses need TLS. It serves programs, not pages: requests that a
// browser makes for a page are refused.
//
// All paths begin with /v1. Answers are JSON, errors {"faults": [...]} with the
// fields of fault.Error and the HTTP status of the first one's kind. The log is
// a stream of JSON lines.
package control

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
)

// Runtime is what the API steers. Errors are *fault.Error or fault.List.
type Runtime interface {
	// State returns everything that runs.
	State(ctx context.Context) (State, error)
	// Service returns one service with its input and output.
	Service(ctx context.Context, name string) (ServiceDetail, error)
	// Apply reads the project again and makes it the running one. The report
	// is that of the attempt, whether it went well or not; the error says that
	// there was none.
	Apply(ctx context.Context) (config.Report, error)
	// Report returns the report of the last attempt to apply.
	Report(ctx context.Context) (config.Report, error)
	// Invoke runs a service.
	Invoke(ctx context.Context, r Invocation) (Answer, error)
	// Ping reaches the other side of a connection once.
	Ping(ctx context.Context, connection string) (conn.Report, error)
	// RunJob starts a job now and returns the id of the run.
	RunJob(ctx context.Context, job string) (string, error)
	// Runs returns the last runs of a job, newest first; of all jobs for "".
	Runs(ctx context.Context, job string, limit int) ([]Run, error)
	// OneTime returns the one-time jobs that are still to come.
	OneTime(ctx context.Context) ([]OneTime, error)
	// CancelOneTime takes a one-time job away.
	CancelOneTime(ctx context.Context, id string) error
	// DeadLetters returns the stored calls and runs that were given up.
	DeadLetters(ctx context.Context) ([]DeadLetter, error)
	// RetryDeadLetter makes one of them wait to be handled again.
	RetryDeadLetter(ctx context.Context, queue, id string) error
	// DiscardDeadLetter deletes one of them.
	DiscardDeadLetter(ctx context.Context, queue, id string) error
	// Secrets returns the names of the secrets that the project needs.
	Secrets(ctx context.Context) ([]Secret, error)
}

// Version says what is running.
type Version struct {
	Version string    `json:"version"`
	Go      string    `json:"go"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
}

// State is everything that runs.
type State struct {
	Project     string       `json:"project"`
	Address     string       `json:"address"` // of the channels: "http://127.0.0.1:17010"
	Ready       bool         `json:"ready"`
	Why         string       `json:"why,omitempty"`      // it is not ready
	Deploying   time.Time    `json:"deploying,omitzero"` // since when what was saved last is being made live; what was live before answers
	Problems    int          `json:"problems,omitempty"` // of what was saved last, which is therefore not live
	Services    []Service    `json:"services"`
	Connections []Connection `json:"connections"`
	Channels    []Channel    `json:"channels"`
	Security    []Security   `json:"security"`
	Jobs        []Job        `json:"jobs"`
}

// Counts are what an object has done since the runtime started.
type Counts struct {
	Calls     uint64    `json:"calls"`
	Errors    uint64    `json:"errors"`
	Running   int64     `json:"running"`
	LastUse   time.Time `json:"last_use,omitzero"`
	LastError string    `json:"last_error,omitempty"`
}

// Service is one service.
type Service struct {
	Name string         `json:"name"`
	Doc  string         `json:"doc,omitempty"`
	At   fault.Position `json:"at,omitzero"`
	// Status is "live", "compiling" while its calls wait for that, or "not live".
	Status    string `json:"status"`
	Compiling bool   `json:"compiling,omitempty"` // it is being compiled, whether its calls wait or not
	Engine    string `json:"engine,omitempty"`    // what answers: "interpreted", "compiled" or "linked"
	// WhyNot says why it is not live, why it had to wait until it was compiled, or
	// why it is not compiled.
	WhyNot fault.List `json:"why_not,omitempty"`
	Counts
}

// ServiceDetail is one service with what it takes and returns.
type ServiceDetail struct {
	Service
	Input   json.RawMessage `json:"input,omitempty"`   // JSON Schema; empty where it takes nothing
	Output  json.RawMessage `json:"output,omitempty"`  // JSON Schema; empty where it returns nothing
	Example json.RawMessage `json:"example,omitempty"` // an input
}

// Connection is one outgoing connection.
type Connection struct {
	Name   string         `json:"name"`
	Type   string         `json:"type"`
	State  string         `json:"state,omitempty"`
	Target string         `json:"target,omitempty"` // where it goes, without secrets
	At     fault.Position `json:"at,omitzero"`
	Counts
}

// Channel is one way in.
type Channel struct {
	Name     string         `json:"name"`
	Type     string         `json:"type"`
	Service  string         `json:"service,omitempty"`
	Methods  []string       `json:"methods,omitempty"` // empty is any
	Path     string         `json:"path,omitempty"`
	Security string         `json:"security,omitempty"`
	Header   string         `json:"header,omitempty"` // that the security definition wants, such as X-API-Key
	At       fault.Position `json:"at,omitzero"`
	Counts
}

// Security is one security definition.
type Security struct {
	Name string         `json:"name"`
	Type string         `json:"type"`
	At   fault.Position `json:"at,omitzero"`
}

// Job is one job.
type Job struct {
	Name     string         `json:"name"`
	Service  string         `json:"service"`
	When     string         `json:"when"` // in words: "every 10s"
	Disabled bool           `json:"disabled,omitempty"`
	Next     time.Time      `json:"next,omitzero"`
	Last     *Run           `json:"last,omitempty"`
	At       fault.Position `json:"at,omitzero"`
}

// Run is one run of a job.
type Run struct {
	ID      string        `json:"id"`
	Job     string        `json:"job,omitempty"`
	Service string        `json:"service"`
	CID     string        `json:"cid"`
	Trigger string        `json:"trigger"`
	Attempt int           `json:"attempt,omitempty"`
	Due     time.Time     `json:"due,omitzero"`
	Started time.Time     `json:"started,omitzero"`
	Took    time.Duration `json:"took"` // nanoseconds
	Outcome string        `json:"outcome"`
	Error   string        `json:"error,omitempty"`
}

// OneTime is a job that a service made for one time.
type OneTime struct {
	ID      string    `json:"id"`
	Service string    `json:"service"`
	At      time.Time `json:"at"`
	CID     string    `json:"cid,omitempty"`
}

// DeadLetter is a message that was accepted and given up: a call that a service
// stored with ctx.Go, or a run of a job. It is kept for 90 days.
type DeadLetter struct {
	Queue    string          `json:"queue"`
	ID       string          `json:"id"`
	About    string          `json:"about"` // the service or the job
	CID      string          `json:"cid"`
	Attempts int             `json:"attempts"`
	Reason   string          `json:"reason"` // the error of the last attempt
	Failed   time.Time       `json:"failed"`
	Body     json.RawMessage `json:"body,omitempty"`
}

// Secret is the name of a secret that the project needs.
type Secret struct {
	Name string `json:"name"`
	Set  bool   `json:"set"`
}

// Invocation is a request to run a service. Its input is JSON, or arguments of
// the form name=value; both empty is no input.
type Invocation struct {
	Service   string          `json:"service"`
	Input     json.RawMessage `json:"input,omitempty"`
	Arguments []string        `json:"arguments,omitempty"`
	Timeout   time.Duration   `json:"timeout,omitempty"` // nanoseconds; 0 is the project's
}

// Answer is what a service returned.
type Answer struct {
	CID    string          `json:"cid"`
	Took   time.Duration   `json:"took"`             // nanoseconds
	Status int             `json:"status,omitempty"` // that the service set for HTTP
	Output json.RawMessage `json:"output,omitempty"` // empty where it returns nothing
	Header http.Header     `json:"header,omitempty"` // that the service set for HTTP
	Media  string          `json:"media,omitempty"`  // of Body
	Body   []byte          `json:"body,omitempty"`   // that the service set instead of an output
}

// Line is one line of the log as the stream has it.
type Line struct {
	Time  time.Time       `json:"time"`
	Level string          `json:"level"`
	Msg   string          `json:"msg"`
	CID   string          `json:"cid,omitempty"`
	Raw   json.RawMessage `json:"-"` // the whole line
}
