package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/security"
)

// Limits of what another system may send beside its body.
const (
	maxHeader    = 256 << 10 // bytes
	maxRedirects = 10
)

// client is an open connection. It implements conn.HTTP and conn.Stager.
type client struct {
	name      string
	config    Connection
	base      string // scheme, host and the shared path, without a slash at its end
	path      *template
	header    http.Header
	query     url.Values
	security  security.Definition // nil sends no credentials
	transport *http.Transport
	http      *http.Client
}

// Open returns the connection.
func (c *Connection) Open(_ context.Context, env conn.Env) (conn.Conn, error) {
	open := func(e *fault.Error) error {
		e.What = "connection " + quote(env.Name) + ": " + e.What
		return e
	}
	u, e := parseAddress(c.Address)
	if e != nil {
		return nil, open(e)
	}
	out := &client{name: env.Name, config: *c, base: strings.TrimSuffix(u.Scheme+"://"+u.Host+u.EscapedPath(), "/")}
	if out.path, e = parseTemplate(c.Path); e != nil {
		return nil, open(e)
	}
	if c.Security.IsSet() {
		ok := false
		if env.Security != nil {
			out.security, ok = env.Security(c.Security.Name)
		}
		if !ok {
			return nil, open(fault.New(fault.Invalid, "security.unknown", "there is no security definition %q", c.Security.Name).WithAt(c.Security.At))
		}
	}
	if out.transport, e = c.newTransport(env); e != nil {
		return nil, open(e)
	}
	out.header, out.query = http.Header{"Accept": {"application/json, */*;q=0.8"}, "User-Agent": {"Mortise"}}, url.Values{}
	for name, v := range c.Headers {
		out.header.Set(name, v)
	}
	for name, v := range c.Query {
		out.query.Set(name, v)
	}
	out.http = &http.Client{Transport: out.transport, CheckRedirect: out.redirect}
	return out, nil
}

// Do sends the request once.
func (c *client) Do(ctx context.Context, r *conn.HTTPRequest) (*conn.HTTPResponse, error) {
	path, err := c.path.fill(c.name, r.Path)
	if err != nil {
		return nil, err
	}
	req, err := c.request(ctx, r, path)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, plain(err)
	}
	defer resp.Body.Close()
	body, err := c.read(resp)
	if err != nil {
		return nil, err
	}
	return &conn.HTTPResponse{Status: resp.StatusCode, Header: resp.Header, Media: resp.Header.Get("Content-Type"), Body: body}, nil
}

// request builds the request, with the credentials in it.
func (c *client) request(ctx context.Context, r *conn.HTTPRequest, path string) (*http.Request, error) {
	target := c.base + path
	if path == "" && strings.Count(c.base, "/") == 2 {
		target += "/"
	}
	if len(c.query)+len(r.Query) > 0 {
		query := maps.Clone(c.query)
		maps.Copy(query, r.Query)
		target += "?" + query.Encode()
	}
	var body io.Reader
	if len(r.Body) > 0 {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "conn.request", plain(err), "connection %q: the request cannot be made", c.name)
	}
	maps.Copy(req.Header, c.header)
	for name, v := range r.Header {
		req.Header[textproto.CanonicalMIMEHeaderKey(name)] = v
	}
	if r.Media != "" && len(r.Body) > 0 {
		req.Header["Content-Type"] = []string{r.Media}
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	for _, name := range hopByHop {
		delete(req.Header, name)
	}
	for name, values := range req.Header {
		if !httpguts.ValidHeaderFieldName(name) || slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }) {
			return nil, fault.New(fault.Internal, "conn.request", "connection %q: the header %q cannot be sent: its name or value has characters that no header may have", c.name, name)
		}
	}
	if c.security != nil {
		if err := c.security.Sign(req); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// hopByHop are headers that belong to the transport (RFC 9110, section 7.6.1).
var hopByHop = []string{"Host", "Connection", "Content-Length", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// read reads the body within its limit.
func (c *client) read(resp *http.Response) ([]byte, error) {
	if resp.ContentLength > c.config.MaxBody {
		return nil, c.tooLarge()
	}
	var b bytes.Buffer
	if resp.ContentLength > 0 {
		b.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(resp.Body, c.config.MaxBody+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > c.config.MaxBody {
		return nil, c.tooLarge()
	}
	return b.Bytes(), nil
}

func (c *client) tooLarge() error {
	return fault.New(fault.Unavailable, "conn.too_large", "connection %q: the answer is larger than %d bytes", c.name, c.config.MaxBody).
		WithHint("raise max_body of the connection if such answers are wanted")
}

// redirect decides whether to go where the server points to.
func (c *client) redirect(req *http.Request, via []*http.Request) error {
	if !c.config.Redirects {
		return http.ErrUseLastResponse
	}
	refuse := func(why string) error {
		return fault.New(fault.Unavailable, "conn.redirect", "connection %q: the other side pointed elsewhere %s", c.name, why)
	}
	first := via[0].URL
	switch {
	case len(via) >= maxRedirects:
		return refuse("too often")
	case first.Scheme == "https" && req.URL.Scheme != "https":
		return refuse("without TLS, and what is sent there could be read by anybody")
	case req.URL.Scheme == first.Scheme && req.URL.Host == first.Host:
		return nil
	case req.ContentLength != 0:
		return refuse("to another host, which is not sent what was meant for this one")
	}
	// The request was copied from the first one, whose headers are for its host.
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Encoding", "User-Agent", "Traceparent":
		default:
			delete(req.Header, name)
		}
	}
	req.Host = ""
	return nil
}

// Close lets the connections of the pool go.
func (c *client) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

// plain takes the address off an error of net/http: it may hold credentials.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
