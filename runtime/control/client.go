package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
)

// maxAnswer bounds what a client reads: the other side may be a stranger.
const maxAnswer = 128 << 20

// Client calls the API of a runtime; it is a Runtime that is elsewhere. It is safe
// for concurrent use.
type Client struct {
	url   string
	token string
	http  *http.Client
}

// Unreachable is the code of the error that a client returns when nobody
// answers.
const Unreachable = "control.unreachable"

// NewClient returns a client of the API at an address such as
// "http://127.0.0.1:40123".
func NewClient(address, token string) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fault.New(fault.Invalid, "control.address", "%q is not the address of a control API", address).
			WithHint("write it as http://127.0.0.1:40123; mortise serve prints it, and it stands in .mortise/run.json")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, fault.New(fault.Invalid, "control.address", "%q is another machine: the token would be readable on the way", address).
			WithHint("use https")
	}
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{url: u.String(), token: token, http: &http.Client{Transport: transport, CheckRedirect: refuse}}, nil
}

// URL returns the address of the API.
func (c *Client) URL() string { return c.url }

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Version returns what is running.
func (c *Client) Version(ctx context.Context) (v Version, err error) {
	return v, c.get(ctx, "/v1/version", &v)
}

// State returns everything that runs.
func (c *Client) State(ctx context.Context) (s State, err error) {
	return s, c.get(ctx, "/v1/state", &s)
}

// Service returns one service with its input and output.
func (c *Client) Service(ctx context.Context, name string) (s ServiceDetail, err error) {
	return s, c.get(ctx, "/v1/services/"+url.PathEscape(name), &s)
}

// Apply makes the runtime read its project again.
func (c *Client) Apply(ctx context.Context) (r config.Report, err error) {
	return r, c.do(ctx, http.MethodPost, "/v1/apply", nil, &r)
}

// Report returns the report of the last attempt to apply.
func (c *Client) Report(ctx context.Context) (r config.Report, err error) {
	return r, c.get(ctx, "/v1/report", &r)
}

// Invoke runs a service.
func (c *Client) Invoke(ctx context.Context, in Invocation) (a Answer, err error) {
	return a, c.do(ctx, http.MethodPost, "/v1/invoke", in, &a)
}

// Ping reaches the other side of a connection once.
func (c *Client) Ping(ctx context.Context, connection string) (p conn.Report, err error) {
	return p, c.do(ctx, http.MethodPost, "/v1/connections/"+url.PathEscape(connection)+"/ping", nil, &p)
}

// RunJob starts a job now and returns the id of the run.
func (c *Client) RunJob(ctx context.Context, job string) (string, error) {
	var out struct {
		ID string `json:"id"`
	}
	err := c.do(ctx, http.MethodPost, "/v1/jobs/"+url.PathEscape(job)+"/run", nil, &out)
	return out.ID, err
}

// Runs returns the last runs of a job, newest first; of all jobs for "".
func (c *Client) Runs(ctx context.Context, job string, limit int) (runs []Run, err error) {
	path := "/v1/runs"
	if job != "" {
		path = "/v1/jobs/" + url.PathEscape(job) + "/runs"
	}
	return runs, c.get(ctx, fmt.Sprintf("%s?limit=%d", path, limit), &runs)
}

// OneTime returns the one-time jobs that are still to come.
func (c *Client) OneTime(ctx context.Context) (jobs []OneTime, err error) {
	return jobs, c.get(ctx, "/v1/one-time", &jobs)
}

// CancelOneTime takes a one-time job away.
func (c *Client) CancelOneTime(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/v1/one-time/"+url.PathEscape(id), nil, nil)
}

// DeadLetters returns the stored calls and runs that were given up.
func (c *Client) DeadLetters(ctx context.Context) (letters []DeadLetter, err error) {
	return letters, c.get(ctx, "/v1/dead-letters", &letters)
}

// RetryDeadLetter makes one of them wait to be handled again.
func (c *Client) RetryDeadLetter(ctx context.Context, queue, id string) error {
	return c.do(ctx, http.MethodPost, deadLetter(queue, id)+"/retry", nil, nil)
}

// DiscardDeadLetter deletes one of them.
func (c *Client) DiscardDeadLetter(ctx context.Context, queue, id string) error {
	return c.do(ctx, http.MethodDelete, deadLetter(queue, id), nil, nil)
}

func deadLetter(queue, id string) string {
	return "/v1/dead-letters/" + url.PathEscape(queue) + "/" + url.PathEscape(id)
}

// Secrets returns the names of the secrets that the project needs.
func (c *Client) Secrets(ctx context.Context) (s []Secret, err error) {
	return s, c.get(ctx, "/v1/secrets", &s)
}

// LogOptions say which lines of the log are wanted.
type LogOptions struct {
	Backlog int    // lines of the past, at most 2000
	Follow  bool   // go on with the lines to come
	CID     string // only the lines of one correlation id
}

// Logs calls line for each line of the log, until there is none left or ctx or
// line says that it is enough.
func (c *Client) Logs(ctx context.Context, o LogOptions, line func(Line) error) error {
	q := url.Values{"backlog": {strconv.Itoa(o.Backlog)}, "follow": {strconv.FormatBool(o.Follow)}}
	if o.CID != "" {
		q.Set("cid", o.CID)
	}
	resp, err := c.send(ctx, http.MethodGet, "/v1/logs?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // nothing is lost by it
	scanner := bufio.NewScanner(resp.Body)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		l := Line{Raw: bytes.Clone(scanner.Bytes())}
		if err := json.Unmarshal(l.Raw, &l); err != nil {
			return fault.Wrap(fault.Unavailable, "control.answer", err, "read the log of %s", c.url)
		}
		if err := line(l); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := scanner.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, Unreachable, err, "read the log of %s", c.url)
	}
	return nil
}

func (c *Client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, nil, out)
}

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	resp, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it has been read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fault.Wrap(fault.Unavailable, Unreachable, err, "read the answer of %s", c.url)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fault.Wrap(fault.Unavailable, "control.answer", err, "read the answer of %s", c.url)
	}
	return nil
}

// send returns the response of a request that went well. The error is that of
// the other side, or says that there is none.
func (c *Client) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "control.body", err, "write the request to %s", c.url)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "control.request", err, "make a request to %s", c.url)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if id := cid.From(ctx); id != "" {
		req.Header.Set("Traceparent", id.Traceparent())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, Unreachable, err, "reach the runtime at %s", c.url).
			WithHint("is it running? mortise serve starts it")
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }() // it has been read
	return nil, c.failure(resp)
}

func (c *Client) failure(resp *http.Response) error {
	var env envelope
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxRequest))
	if err != nil || json.Unmarshal(b, &env) != nil || len(env.Faults) == 0 {
		return fault.New(fault.Unavailable, "control.answer", "%s answered %s, and not as a control API does", c.url, resp.Status).
			WithHint("is that the address of the control API? The channels have another one")
	}
	if len(env.Faults) == 1 {
		return env.Faults[0]
	}
	return env.Faults
}
