package channel

import (
	"encoding/json"
	"net/http"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
)

// HeaderCID is the header of every answer that carries the correlation id. The
// caller sends its own in traceparent, which is a header of requests only.
const HeaderCID = "X-Correlation-Id"

// Codes of errors whose HTTP status is not that of their kind.
const (
	codeMethod   = "request.method"    // 405
	codeTooLarge = "request.too_large" // 413
)

// TooLarge returns the error of a body that is longer than limit bytes; its HTTP
// status is 413.
func TooLarge(limit int64) *fault.Error {
	return fault.New(fault.Invalid, codeTooLarge, "the body of the request is larger than %d bytes", limit)
}

// Status returns the HTTP status of an error.
func Status(err *fault.Error) int {
	switch err.Code {
	case codeMethod:
		return http.StatusMethodNotAllowed
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	default:
		return err.Kind.Status()
	}
}

// refusal is the body of an answer that is an error. Positions in the project's
// files are not for callers.
type refusal struct {
	Error struct {
		Kind    fault.Kind     `json:"kind"`
		Code    string         `json:"code,omitempty"`
		What    string         `json:"what"`
		Hint    string         `json:"hint,omitempty"`
		Details []fault.Detail `json:"details,omitempty"`
		CID     cid.ID         `json:"cid"`
	} `json:"error"`
}

// Refuse answers with an error as JSON and returns the status and the length of
// the body. Of an internal error only the correlation id is told; whoever calls
// logs the rest.
//
//	{"error":{"kind":"invalid","code":"input.invalid","what":"…","cid":"…"}}
func Refuse(w http.ResponseWriter, id cid.ID, err error) (status, length int) {
	e := fault.As(err)
	var out refusal
	out.Error.Kind, out.Error.CID = e.Kind, id
	if e.Kind == fault.Internal {
		out.Error.What = "internal error"
	} else {
		out.Error.Code, out.Error.What, out.Error.Hint, out.Error.Details = e.Code, e.What, e.Hint, e.Details
	}
	body, _ := json.Marshal(&out) //nolint:errchkjson // texts and numbers only
	body = append(body, '\n')
	status = Status(e)
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h[HeaderCID] = []string{string(id)}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that went away is no error of ours
	return status, len(body)
}
