package rest

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Connection is the config of a connection of type "rest".
type Connection struct {
	Address   string // scheme, host and port, and a path that all requests share
	Path      string // behind Address, with placeholders such as {id}
	Headers   map[string]string
	Query     map[string]string
	Security  spec.Ref
	Timeout   time.Duration // of one request with all its tries
	Redirects bool
	MaxBody   int64 // bytes of an answer, decoded
	Pool      int   // connections at a time
	Proxy     string
	TLS       TLS
	Retries   conn.Retries
	Circuit   conn.Circuit
	Ping      Ping
}

// TLS is how the server of an https address is verified.
type TLS struct {
	CA     string // certificates as PEM text
	CAFile string // the same in a file of the project
	Min    string // lowest version
}

// Ping is the question that shows whether the other side is there.
type Ping struct {
	Method string
	Path   string // behind Address; without it the connection's own, or "/" where that has placeholders
	Status int    // the status that is wanted; 0 takes any that shows a server which lets us in
}

// Values of Connection.Proxy that are no address.
const (
	proxyEnvironment = "environment"
	proxyNone        = "none"
)

// Fields binds the config.
func (c *Connection) Fields(f *spec.Fields) {
	f.Text("address", &c.Address).Need().Range(1, 1000).
		Help("Where the system is, such as https://crm.example.com.\nA path behind the host is put before every request's path. ${self} is the address of this runtime.")
	f.Text("path", &c.Path).Range(0, 1000).
		Help("Path of the requests, such as /users/{id}.\nA service fills what stands in braces with service.Path.")
	f.Map("headers", &c.Headers).Range(0, 100).Help("Headers that every request carries.\nCredentials belong into a security definition.")
	f.Map("query", &c.Query).Range(0, 100).Help("Query parameters that every request carries.")
	f.Ref("security", &c.Security, "security").Help("Security definition whose credentials are sent.")
	f.Duration("timeout", &c.Timeout).Or("10s").Range("10ms", "1h").
		Help("How long a request may take, all its tries included.")
	f.Group("retries", &c.Retries).Help("When a failed request is sent again.")
	f.Group("circuit", &c.Circuit).Advanced().Help("When a system that keeps failing is left alone.")
	f.Group("ping", &c.Ping).Help("The question that shows whether the system is there.")
	f.Group("tls", &c.TLS).Advanced().Help("How the server of an https address is verified.")
	f.Text("proxy", &c.Proxy).Or(proxyEnvironment).Advanced().
		Help("Proxy for the requests.\nThe word environment takes it from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, none uses none, and an address such as http://proxy:3128 is used for all requests.")
	f.Bool("follow_redirects", &c.Redirects).Or(true).Advanced().
		Help("Whether to go where the server points to.\nCredentials and the connection's headers never go to another host.")
	f.Int("pool_size", &c.Pool).Or(64).Range(1, 10_000).Advanced().
		Help("How many connections to the server there may be at a time.")
	f.Size("max_body", &c.MaxBody).Or("32MiB").Range("1KiB", "1GiB").Advanced().
		Help("Largest answer that is read, after it was decompressed.")
}

// Fields binds the config.
func (t *TLS) Fields(f *spec.Fields) {
	f.Text("ca", &t.CA).Range(0, 200_000).
		Help("Certificates of own authorities as PEM text.\nThey are trusted beside those of the operating system.")
	f.Text("ca_file", &t.CAFile).File().Help("File of the project that holds such certificates.")
	f.Choice("min_version", &t.Min, spec.Choice{Value: "1.2", Title: "TLS 1.2"}, spec.Choice{Value: "1.3", Title: "TLS 1.3"}).Or("1.2").
		Help("Lowest version of TLS that is spoken.")
}

// Fields binds the config.
func (p *Ping) Fields(f *spec.Fields) {
	f.Text("method", &p.Method).Or("HEAD").Match("[A-Z]+").Help("Method of the ping.")
	f.Text("path", &p.Path).Range(0, 1000).
		Help("Path of the ping.\nWithout it the path of the connection, or / where that has placeholders.")
	f.Int("status", &p.Status).Range(0, 599).
		Help("Status that the ping must have.\nWithout it any below 500 will do, but for 401, 403 and 407.")
}

// Check finds what the fields by themselves cannot know.
func (c *Connection) Check(p *spec.Problems) {
	if !strings.Contains(c.Address, "${") { // else it is checked when that is filled in
		if _, e := parseAddress(c.Address); e != nil {
			p.Add("address", e.Code, "%s", e.What).WithHint("%s", e.Hint)
		}
	}
	if _, e := parseTemplate(c.Path); e != nil {
		p.Add("path", e.Code, "%s", e.What).WithHint("%s", e.Hint)
	}
	if _, e := parseProxy(c.Proxy); e != nil && !strings.Contains(c.Proxy, "${") {
		p.Add("proxy", e.Code, "%s", e.What).WithHint("%s", e.Hint)
	}
	for name := range c.Headers {
		if slices.Contains([]string{"authorization", "proxy-authorization", "cookie"}, strings.ToLower(name)) {
			p.Add("headers", "rest.credentials", "the header %q holds credentials, which do not belong into a file", name).
				WithHint("make a security definition and name it in security")
		}
	}
	if c.Retries.MaxWait < c.Retries.Wait {
		p.Add("retries", "rest.retries", "retries.max_wait is shorter than retries.wait")
	}
}

// Profile returns what the wrapper must know.
func (c *Connection) Profile() conn.Profile {
	return conn.Profile{
		Address: c.shown(), Security: c.Security.Name, Timeout: c.Timeout, Retries: c.Retries, Circuit: c.Circuit,
	}
}

// shown is the address for log lines.
func (c *Connection) shown() string {
	u, e := parseAddress(c.Address)
	if e != nil {
		return ""
	}
	return strings.TrimSuffix(u.Scheme+"://"+u.Host+u.EscapedPath(), "/") + c.Path
}

// parseAddress reads the address of a system.
func parseAddress(address string) (*url.URL, *fault.Error) {
	u, err := url.Parse(address)
	bad := func(what, hint string) (*url.URL, *fault.Error) {
		return nil, fault.New(fault.Invalid, "rest.address", "%s", what).WithHint("%s", hint)
	}
	const example = "write it like https://crm.example.com"
	switch {
	case err != nil: // its text would repeat a password
		return bad("the address is not a URL", example)
	case u.User != nil:
		return bad("the address holds a user name or password", "make a security definition and name it in security")
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("the address "+quote(address)+" does not start with http:// or https://", example)
	case u.Hostname() == "http" || u.Hostname() == "https":
		return bad("the address "+quote(address)+" has http:// or https:// twice", "${self} begins with it already; otherwise "+example)
	case u.Hostname() == "":
		return bad("the address "+quote(address)+" has no host", example)
	case u.RawQuery != "" || u.Fragment != "":
		return bad("the address "+quote(address)+" has a query or a fragment", "query parameters belong into query")
	}
	return u, nil
}
