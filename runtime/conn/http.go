package conn

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// HTTP is the family of connections that send requests and get answers.
//
// A connector's own Do sends the request once: it fills the path in, signs, sends
// and reads the answer, whatever its status. The Do of a Handle does all that the
// package comment names; its error is always a *fault.Error, and where the other
// side answered with a status of 400 or more both the answer and the error are
// returned.
type HTTP interface {
	Conn
	Do(ctx context.Context, r *HTTPRequest) (*HTTPResponse, error)
}

// HTTPRequest is what is sent.
type HTTPRequest struct {
	Method     string            // "GET", "POST"…
	Path       map[string]string // fills the placeholders of the connection's path
	Query      url.Values        // beside the connection's own; a name that both have is taken from here
	Header     http.Header       // beside the connection's own; a name that both have is taken from here
	Media      string            // media type of Body
	Body       []byte            // empty sends none; it must not change before Do has returned
	Timeout    time.Duration     // of all tries, where it is to differ from the connection's; 0 is the connection's
	AnyStatus  bool              // an answer of any status is a success
	Idempotent bool              // may be sent twice, whatever its method
}

// HTTPResponse is what came back.
type HTTPResponse struct {
	Status int
	Header http.Header
	Media  string // the header Content-Type
	Body   []byte // decoded where it was compressed
}

// StatusError is the cause of the error of an answer whose status is 400 or more.
// It is for logs: its text holds the beginning of what the other side said.
type StatusError struct {
	Status int
	Body   string // the first 200 bytes
}

// Error returns the status and the beginning of the body.
func (e *StatusError) Error() string {
	s := "status " + strconv.Itoa(e.Status)
	if e.Body != "" {
		s += ", which said " + strconv.Quote(e.Body)
	}
	return s
}
