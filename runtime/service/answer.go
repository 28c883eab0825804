package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mortise/runtime/fault"
)

// Answer is what came back from a connection or a service, or the error that
// came instead. The error is kept until it is asked for: by Into, which returns
// it, or by Err.
//
//	crm := ctx.REST("CRM").Get(nil)
//	user := crm.Text("UserType")
//	if err := crm.Err(); err != nil {
//		return err
//	}
type Answer struct {
	op     *Operation
	status int
	header map[string][]string
	media  string
	body   []byte
	tree   any  // body read as JSON, once it is read by path
	read   bool // whether tree is set
	err    error
}

func newAnswer(op *Operation, reply *Reply) *Answer {
	a := &Answer{op: op, body: reply.Body, media: reply.Media}
	if len(reply.Meta) > 0 {
		var meta struct {
			Status int
			Header map[string][]string
		}
		if err := json.Unmarshal(reply.Meta, &meta); err != nil {
			a.err = fmt.Errorf("read what is known of the answer: %w", err)
		}
		a.status, a.header = meta.Status, meta.Header
	}
	return a
}

// Err returns the first error of the request or of reading its answer, or nil.
func (a *Answer) Err() error { return a.err }

// Status returns the HTTP status of the answer; 0 where there is none.
func (a *Answer) Status() int { return a.status }

// Header returns the first value of a header of the answer, or "".
func (a *Answer) Header(name string) string {
	if v := a.header[headerKey(name)]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Media returns the media type of the answer, such as "application/json".
func (a *Answer) Media() string { return a.media }

// Bytes returns the body of the answer as it came.
func (a *Answer) Bytes() []byte { return a.body }

// Body returns the body of the answer as text.
func (a *Answer) Body() string { return string(a.body) }

// Into reads the answer's JSON into what target points to and returns the first
// error there was. An empty answer leaves target as it is.
func (a *Answer) Into(target any) error {
	if a.err != nil || len(bytes.TrimSpace(a.body)) == 0 {
		return a.err
	}
	if err := json.Unmarshal(a.body, target); err != nil {
		a.err = a.unreadable(err)
	}
	return a.err
}

// Has reports whether the answer has a value, even null, at a path.
func (a *Answer) Has(path string) bool {
	_, ok := a.find(path)
	return ok
}

// Get returns the value at a dotted path, such as "items.0.price"; "" is the
// whole answer. Objects are map[string]any, lists []any, numbers json.Number. A
// path that is not there returns nil.
func (a *Answer) Get(path string) any {
	v, _ := a.find(path)
	return v
}

// Text returns the value at a path as text: numbers and booleans as they were
// written, "" for null or where there is nothing.
func (a *Answer) Text(path string) string {
	switch v, _ := a.find(path); v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	default:
		out, _ := json.Marshal(v) //nolint:errchkjson // it came from JSON
		return string(out)
	}
}

// Int returns the value at a path as a whole number; 0 where there is nothing.
// A value that is no whole number sets the answer's error.
func (a *Answer) Int(path string) int64 {
	s := a.Text(path)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n
	}
	if f, ferr := strconv.ParseFloat(s, 64); ferr == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	a.wrong(path, s, "a whole number")
	return 0
}

// Float returns the value at a path as a number; 0 where there is nothing. A
// value that is no number sets the answer's error.
func (a *Answer) Float(path string) float64 {
	s := a.Text(path)
	if s == "" {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		a.wrong(path, s, "a number")
	}
	return f
}

// Bool returns the value at a path as a boolean; false where there is nothing.
// A value that is none sets the answer's error.
func (a *Answer) Bool(path string) bool {
	s := a.Text(path)
	if s == "" {
		return false
	}
	b, err := strconv.ParseBool(s)
	if err != nil {
		a.wrong(path, s, "true or false")
	}
	return b
}

// Time returns the value at a path as a time in the form of RFC 3339; the zero
// time where there is nothing. A value that is none sets the answer's error.
func (a *Answer) Time(path string) time.Time {
	s := a.Text(path)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		a.wrong(path, s, "a time such as 2026-03-29T02:30:00Z")
	}
	return t
}

// List returns the value at a path as a list; nil where there is none.
func (a *Answer) List(path string) []any {
	v, _ := a.find(path)
	list, _ := v.([]any)
	return list
}

// Len returns how many elements the list, or fields the object, at a path has.
func (a *Answer) Len(path string) int {
	switch v, _ := a.find(path); v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	default:
		return 0
	}
}

func (a *Answer) find(path string) (any, bool) {
	if !a.read {
		a.read = true
		if a.err == nil && len(bytes.TrimSpace(a.body)) > 0 {
			d := json.NewDecoder(bytes.NewReader(a.body))
			d.UseNumber()
			if err := d.Decode(&a.tree); err != nil {
				a.err = a.unreadable(err)
			}
		}
	}
	if a.err != nil && a.tree == nil {
		return nil, false
	}
	v := a.tree
	for path != "" {
		var step string
		step, path, _ = strings.Cut(path, ".")
		switch node := v.(type) {
		case map[string]any:
			next, ok := node[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) {
				return nil, false
			}
			v = node[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func (a *Answer) wrong(path, value, want string) {
	if a.err != nil {
		return
	}
	if len(value) > 40 {
		value = value[:40] + "…"
	}
	a.err = fault.New(fault.Internal, "answer.type", "%s: %q is %q, not %s", a.source(), path, value, want)
}

func (a *Answer) unreadable(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.New(fault.Internal, "answer.type", "%s: %q is a %s, not a %s", a.source(), t.Field, t.Value, t.Type)
	}
	return fault.Wrap(fault.Internal, "answer.json", err, "%s: its answer is not JSON", a.source())
}

func (a *Answer) source() string {
	if a.op == nil {
		return "answer"
	}
	if a.op.Family == "service" {
		return fmt.Sprintf("service %q", a.op.Name)
	}
	return fmt.Sprintf("connection %q", a.op.Name)
}
