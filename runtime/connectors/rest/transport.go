package rest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"mortise/runtime/conn"
	"mortise/runtime/fault"
)

// newTransport returns what sends the requests. An unchanged connection keeps it,
// and with it its open connections to the server, over a reload.
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
