package conn

import (
	"context"
	"errors"
	"time"

	"mortise/runtime/fault"
)

// Stage is one step of a ping: resolving the name, connecting, TLS, going where the
// server points to, the status.
type Stage struct {
	Name string        `json:"name"`           // "name", "connect", "tls", "redirect", "status"
	OK   bool          `json:"ok"`             // whether it was passed
	Took time.Duration `json:"took"`           // nanoseconds
	What string        `json:"what,omitempty"` // what was found: the address, the protocol, the status, or what went wrong
	Hint string        `json:"hint,omitempty"` // what to try
}

// Report is the result of a ping.
type Report struct {
	OK     bool          `json:"ok"`
	Took   time.Duration `json:"took"`             // nanoseconds
	Stages []Stage       `json:"stages,omitempty"` // in the order in which they were reached; the last may have failed
	Error  *fault.Error  `json:"error,omitempty"`  // nil where all is well
}

// Stager is what a connection implements whose ping has stages. The error is what
// Ping would return.
type Stager interface {
	PingStages(ctx context.Context) ([]Stage, error)
}

// Ping reaches the other side once and says how far it came. It is neither tried
// again nor kept back by an open circuit. A connection that cannot be pinged has
// an error of the code "conn.noping".
func (h *Handle) Ping(ctx context.Context) Report {
	if !h.enter() {
		return Report{Error: h.closedFault()}
	}
	defer h.leave()
	timed, cancel := context.WithTimeout(ctx, h.profile.Timeout)
	defer cancel()
	var report Report
	var err error
	start := time.Now()
	if s, ok := h.conn.(Stager); ok {
		report.Stages, err = s.PingStages(timed)
	} else {
		err = h.conn.Ping(timed)
	}
	report.Took = time.Since(start)
	report.OK = err == nil
	if err != nil {
		report.Error = h.pingFault(ctx, timed, err)
		if n := len(report.Stages); n > 0 && report.Error.Hint == "" {
			report.Error.Hint = report.Stages[n-1].Hint
		}
		h.log.WarnContext(ctx, "connection ping", "connection", h.name, "ok", false, "took", report.Took, "error", report.Error.Error())
		return report
	}
	h.log.InfoContext(ctx, "connection ping", "connection", h.name, "ok", true, "took", report.Took)
	return report
}

// pingFault is for whoever runs the project, so unlike the errors of requests it
// says all that is known.
func (h *Handle) pingFault(ctx, timed context.Context, err error) *fault.Error {
	if errors.Is(err, ErrNoPing) {
		return fault.Wrap(fault.NotFound, "conn.noping", err, "ping connection %q", h.name)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	d := Diagnose(err)
	kind, code := fault.Unavailable, "conn.unreachable"
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		kind, code = fault.Canceled, "conn.canceled"
	case timed.Err() != nil:
		kind, code = fault.Timeout, "conn.timeout"
	}
	return &fault.Error{Kind: kind, Code: code, What: "ping connection " + quote(h.name) + ": " + d.What, Hint: d.Hint, Err: silent{err}}
}

// silent is a cause whose text stands in the error around it.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }
