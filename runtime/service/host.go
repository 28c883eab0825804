package service

import (
	"context"
	"encoding/json"
	"log/slog"
)

// Host is what stands behind a Context: the runtime itself where services are
// linked into a server, the pipe to it in a worker. Authors do not use it.
type Host interface {
	// Do carries one operation out and returns its reply. An error is a
	// *fault.Error wherever the operation itself failed.
	Do(ctx context.Context, op *Operation) (*Reply, error)
	// Log hands one line of the service's log over. Attrs is a JSON object,
	// or empty. It does not wait for the line to be written.
	Log(ctx context.Context, level slog.Level, message string, attrs json.RawMessage)
}

// Operation is one thing that a service asks of its host.
type Operation struct {
	Family string          // "rest", "service", "secret", "config", "call" (this call itself)
	Name   string          // the connection, service, secret or setting
	Verb   string          // what to do with it: "GET", "call", "get"
	Args   json.RawMessage // arguments as a JSON object, or empty
	Media  string          // media type of Body
	Body   []byte          // what is sent, or empty
}

// Reply is the host's answer to an operation that was carried out.
type Reply struct {
	Meta  json.RawMessage // about the answer, as a JSON object: {"status":200,"header":{"Content-Type":["…"]}}
	Media string          // media type of Body
	Body  []byte
}

// Result is what a service returned: its output as JSON and what it set on its
// Response.
type Result struct {
	Meta *Response // nil where the service set nothing
	Body []byte    // JSON, or empty where the service has no output
}

// Func is a service as an engine calls it: its input as JSON, already checked,
// and its output as JSON.
type Func func(ctx *Context, in []byte) ([]byte, error)
