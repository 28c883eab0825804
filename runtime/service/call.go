package service

import (
	"encoding/json"
	"strings"
)

// Caller is who invoked the service.
type Caller struct {
	Name    string `json:"name,omitempty"`    // the security definition that let the caller in; "" where none was asked for
	Kind    string `json:"kind,omitempty"`    // "api-key", "basic-auth", "job", "service", "studio"
	User    string `json:"user,omitempty"`    // the user name, where the definition has one
	Channel string `json:"channel,omitempty"` // the channel by which the call came in, or ""
}

// Request is what the caller sent, beside the input that was read from it.
type Request struct {
	CID    string              `json:"cid"`
	Method string              `json:"method,omitempty"` // "GET", "POST"…; "" where the call came by no channel
	URL    string              `json:"url,omitempty"`    // path and query as they were sent
	Path   map[string]string   `json:"path,omitempty"`   // the values of the channel's path parameters
	Query  map[string][]string `json:"query,omitempty"`
	Header map[string][]string `json:"header,omitempty"`
	Remote string              `json:"remote,omitempty"` // address and port of the caller
	Media  string              `json:"media,omitempty"`  // media type of Body

	ctx  *Context
	body []byte
}

// HeaderValue returns the first value of a header, or "".
func (r *Request) HeaderValue(name string) string {
	if v := r.Header[headerKey(name)]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// QueryValue returns the first value of a query parameter, or "".
func (r *Request) QueryValue(name string) string {
	return strings.Join(r.Query[name][:min(1, len(r.Query[name]))], "")
}

// Body returns what was sent, as it was sent.
func (r *Request) Body() ([]byte, error) {
	r.ctx.mu.Lock()
	body := r.body
	r.ctx.mu.Unlock()
	if body != nil {
		return body, nil
	}
	a := r.ctx.send(&Operation{Family: "call", Verb: "body"})
	if a.Err() != nil {
		return nil, a.Err()
	}
	r.ctx.mu.Lock()
	defer r.ctx.mu.Unlock()
	r.body = a.Bytes()
	return r.body, nil
}

// Request returns what the caller sent.
func (c *Context) Request() *Request {
	c.load()
	return c.request
}

// Caller returns who invoked the service.
func (c *Context) Caller() Caller {
	c.load()
	return *c.caller
}

// load asks the host for what it knows of this call, once.
func (c *Context) load() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request != nil {
		return
	}
	var about struct {
		Request Request `json:"request"`
		Caller  Caller  `json:"caller"`
	}
	// Without an answer the call is ending: what is not known stays empty.
	if a := c.send(&Operation{Family: "call", Verb: "about"}); a.Err() == nil {
		_ = json.Unmarshal(a.Bytes(), &about)
	}
	about.Request.ctx = c
	c.request, c.caller = &about.Request, &about.Caller
}

// Response is how the answer of this call is to be sent, where the service
// wants it other than usual.
type Response struct {
	Status int                 `json:"status,omitempty"` // HTTP status; 0 is 200, or 204 where the service has no output
	Header map[string][]string `json:"header,omitempty"`
	Media  string              `json:"media,omitempty"` // media type of Body
	Body   []byte              `json:"body,omitempty"`  // sent as it is instead of the output; nil sends the output

	ctx *Context
}

// Response returns the settings of this call's answer.
func (c *Context) Response() *Response {
	c.response.ctx = c
	return &c.response
}

// SetStatus sets the HTTP status of the answer.
func (r *Response) SetStatus(status int) {
	r.ctx.mu.Lock()
	defer r.ctx.mu.Unlock()
	r.Status = status
}

// SetHeader sets a header of the answer.
func (r *Response) SetHeader(name, value string) {
	r.ctx.mu.Lock()
	defer r.ctx.mu.Unlock()
	if r.Header == nil {
		r.Header = map[string][]string{}
	}
	r.Header[headerKey(name)] = []string{value}
}

// SetBody sends body as it is, with a media type, instead of the output.
func (r *Response) SetBody(media string, body []byte) {
	r.ctx.mu.Lock()
	defer r.ctx.mu.Unlock()
	r.Media, r.Body = media, body
}

// ResultOf returns the result of a call that returned body: engines call it when
// the service has returned.
func ResultOf(c *Context, body []byte) Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := Result{Body: body}
	if c.response.Status != 0 || c.response.Header != nil || c.response.Body != nil {
		meta := c.response
		r.Meta = &meta
	}
	return r
}
