package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"time"
)

// JSON is a JSON object to send or to read.
type JSON = map[string]any

// Form is a body of name and value pairs, sent as
// application/x-www-form-urlencoded. A list sends its name once an element.
type Form map[string]any

// Raw is a body that is sent as it is, with a media type of its own.
type Raw struct {
	Media string // such as "text/csv; charset=utf-8"
	Body  []byte
}

// Option changes one request: Query, Path, Header, Timeout or AnyStatus.
type Option interface{ apply(a *restArgs) }

// Query is what stands behind the question mark of an address. A list sends its
// name once an element.
type Query map[string]any

// Path fills the placeholders of a connection's path: with the path
// "/users/{id}", Path{"id": 7} asks for "/users/7". Values are escaped.
type Path map[string]any

// Header is sent with the request, beside the headers of the connection.
type Header map[string]string

// Timeout is how long this request may take, all its retries included, where it
// is to differ from the connection's.
type Timeout time.Duration

// AnyStatus makes every answer of the other side a success, so that the service
// itself decides by Answer.Status. Without it a status of 400 or more is an
// error.
type AnyStatus bool

// restArgs is the form in which options travel to the host.
type restArgs struct {
	Query     map[string][]string `json:"query,omitempty"`
	Path      map[string]string   `json:"path,omitempty"`
	Header    map[string]string   `json:"header,omitempty"`
	Timeout   time.Duration       `json:"timeout,omitempty"` // nanoseconds
	AnyStatus bool                `json:"any_status,omitempty"`
}

func (q Query) apply(a *restArgs) {
	if a.Query == nil {
		a.Query = make(map[string][]string, len(q))
	}
	for name, v := range q {
		a.Query[name] = append(a.Query[name], texts(v)...)
	}
}

func (p Path) apply(a *restArgs) {
	if a.Path == nil {
		a.Path = make(map[string]string, len(p))
	}
	for name, v := range p {
		a.Path[name] = text(v)
	}
}

func (h Header) apply(a *restArgs) {
	if a.Header == nil {
		a.Header = make(map[string]string, len(h))
	}
	maps.Copy(a.Header, h)
}

func (t Timeout) apply(a *restArgs)   { a.Timeout = time.Duration(t) }
func (s AnyStatus) apply(a *restArgs) { a.AnyStatus = bool(s) }

// REST is a REST connection by its name.
type REST struct {
	ctx  *Context
	name string
}

// REST returns the REST connection called name. Its address, security and
// time-outs are set in the project; that it exists is checked before a deploy.
func (c *Context) REST(name string) *REST { return &REST{c, name} }

// Get asks for the resource. A body is rare with GET but some systems want one;
// nil sends none.
func (r *REST) Get(body any, options ...Option) *Answer { return r.Do("GET", body, options...) }

// Post sends the body with POST.
func (r *REST) Post(body any, options ...Option) *Answer { return r.Do("POST", body, options...) }

// Put sends the body with PUT.
func (r *REST) Put(body any, options ...Option) *Answer { return r.Do("PUT", body, options...) }

// Patch sends the body with PATCH.
func (r *REST) Patch(body any, options ...Option) *Answer { return r.Do("PATCH", body, options...) }

// Delete deletes the resource.
func (r *REST) Delete(body any, options ...Option) *Answer { return r.Do("DELETE", body, options...) }

// Head asks for the headers of the resource.
func (r *REST) Head(options ...Option) *Answer { return r.Do("HEAD", nil, options...) }

// Do sends a request with any method. The body is a struct, a map or a list,
// which become JSON; a Form; a string or bytes, which are sent as they are; a
// Raw, which names its media type; or nil.
func (r *REST) Do(method string, body any, options ...Option) *Answer {
	op := &Operation{Family: "rest", Name: r.name, Verb: method}
	var err error
	if op.Body, op.Media, err = encode(body); err != nil {
		return &Answer{err: fmt.Errorf("connection %q: encode the body: %w", r.name, err)}
	}
	if len(options) > 0 {
		var args restArgs
		for _, o := range options {
			o.apply(&args)
		}
		if op.Args, err = json.Marshal(args); err != nil {
			return &Answer{err: fmt.Errorf("connection %q: encode the options: %w", r.name, err)}
		}
	}
	return r.ctx.send(op)
}

// encode returns a body's bytes and media type.
func encode(body any) ([]byte, string, error) {
	switch b := body.(type) {
	case nil:
		return nil, "", nil
	case []byte:
		return b, "application/octet-stream", nil
	case string:
		return []byte(b), "text/plain; charset=utf-8", nil
	case json.RawMessage:
		return b, "application/json", nil
	case Raw:
		return b.Body, b.Media, nil
	case Form:
		values := make(url.Values, len(b))
		for name, v := range b {
			values[name] = texts(v)
		}
		return []byte(values.Encode()), "application/x-www-form-urlencoded", nil
	default:
		out, err := json.Marshal(b)
		return out, "application/json", err
	}
}

// text returns a value as an address or a form shows it.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case nil:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

func texts(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = text(e)
		}
		return out
	case []int:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = text(e)
		}
		return out
	default:
		return []string{text(v)}
	}
}
