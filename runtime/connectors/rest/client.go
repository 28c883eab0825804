package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/security"
)

// Limits of what another system may send beside its body.
const (
	maxHeader    = 256 << 10
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

func (c *Connection) newTransport(env conn.Env) (*http.Transport, *fault.Error) {
	roots, e := c.TLS.roots(env.ReadFile)
	if e != nil {
		return nil, e
	}
	proxy, e := parseProxy(c.Proxy)
	if e != nil {
		return nil, e
	}
	if proxy == nil {
		proxy = func(*http.Request) (*url.URL, error) { return nil, nil } //nolint:nilnil // no proxy, as http.Transport wants it said
		if c.Proxy == proxyEnvironment && env.Getenv != nil {
			proxy = fromEnvironment(env.Getenv)
		}
	}
	lowest := uint16(tls.VersionTLS12)
	if c.TLS.Min == "1.3" {
		lowest = tls.VersionTLS13
	}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: lowest},
		TLSHandshakeTimeout:    c.Timeout,
		MaxIdleConns:           c.Pool,
		MaxIdleConnsPerHost:    c.Pool,
		MaxConnsPerHost:        c.Pool,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		ForceAttemptHTTP2:      true,
	}, nil
}

// roots returns the authorities that are trusted; nil is those of the system.
func (t *TLS) roots(readFile func(string) ([]byte, error)) (*x509.CertPool, *fault.Error) {
	if t.CA == "" && t.CAFile == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if t.CA != "" && !pool.AppendCertsFromPEM([]byte(t.CA)) {
		return nil, noCertificate("tls.ca")
	}
	if t.CAFile == "" {
		return pool, nil
	}
	if readFile == nil {
		return nil, fault.New(fault.Invalid, "rest.ca", "tls.ca_file %q: there are no files here", t.CAFile).WithHint("put the certificate into tls.ca")
	}
	text, err := readFile(t.CAFile)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "rest.ca", err, "read tls.ca_file %q", t.CAFile)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, noCertificate("tls.ca_file " + quote(t.CAFile))
	}
	return pool, nil
}

func noCertificate(where string) *fault.Error {
	return fault.New(fault.Invalid, "rest.ca", "there is no certificate in %s", where).
		WithHint("it is PEM text that starts with -----BEGIN CERTIFICATE-----")
}

// parseProxy reads the proxy of a config: nil where it is none or that of the
// environment.
func parseProxy(proxy string) (func(*http.Request) (*url.URL, error), *fault.Error) {
	if proxy == "" || proxy == proxyNone || proxy == proxyEnvironment {
		return nil, nil
	}
	const example = "write environment, none, or an address such as http://proxy:3128"
	u, err := url.Parse(proxy)
	switch {
	case err != nil:
		return nil, fault.New(fault.Invalid, "rest.proxy", "the proxy is not a URL").WithHint(example)
	case u.User != nil:
		return nil, fault.New(fault.Invalid, "rest.proxy", "the address of the proxy holds a user name or password").
			WithHint("set it in the environment variable HTTPS_PROXY and write environment")
	case u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5"):
		return nil, fault.New(fault.Invalid, "rest.proxy", "%q is not a proxy", proxy).WithHint(example)
	}
	return http.ProxyURL(u), nil
}

// fromEnvironment returns the proxies that the usual variables name; each may be
// written in capitals or not.
func fromEnvironment(getenv func(string) string) func(*http.Request) (*url.URL, error) {
	get := func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return getenv(strings.ToLower(name))
	}
	config := httpproxy.Config{HTTPProxy: get("HTTP_PROXY"), HTTPSProxy: get("HTTPS_PROXY"), NoProxy: get("NO_PROXY")}
	choose := config.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return choose(r.URL) }
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
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
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
