package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/control"
	"mortise/runtime/fault"
	"mortise/runtime/secret"
	"mortise/runtime/security"
	"mortise/runtime/spec"
)

// maxAnswer bounds what is read of the answer to a call of a channel, in bytes.
const maxAnswer = 64 << 20

// CallChannel calls a channel over HTTP as a caller would.
func (s *Studio) CallChannel(ctx context.Context, in ChannelCall) (Invoked, error) {
	o, h, err := s.ready(ctx)
	if err != nil {
		return Invoked{}, err
	}
	state, err := h.State(ctx)
	if err != nil {
		return Invoked{}, err
	}
	ch, err := channelNamed(state, in.Channel)
	if err != nil {
		return Invoked{}, err
	}
	v := o.begun(ch.Service, cmp.Or(in.Body, in.Query))
	v.Stale = stale(ctx, h)
	req, err := in.request(ctx, state.Address, ch, cid.ID(v.CID))
	if err != nil {
		return Invoked{}, err
	}
	if ch.Security != "" && !in.NoKey {
		if err := o.sign(ctx, ch.Security, req); err != nil {
			return Invoked{}, err
		}
	}
	start, lines := time.Now(), o.follow(cid.ID(v.CID))
	err = v.roundTrip(req)
	v.Took, v.Lines = time.Since(start), lines.end(ctx)
	o.changed("live", "tutorial")
	return v, err
}

func channelNamed(state control.State, name string) (control.Channel, error) {
	var names []string
	for _, ch := range state.Channels {
		if ch.Name == name {
			if ch.Path == "" {
				return ch, fault.New(fault.Invalid, "channel.call", "the channel %q is not called over HTTP", name)
			}
			return ch, nil
		}
		names = append(names, ch.Name)
	}
	e := fault.New(fault.NotFound, "channel.unknown", "no channel %q is live", name).WithHint("%s", fault.DidYouMean(name, names))
	if state.Problems > 0 {
		e.Hint = "what was saved last is not live: the problems say why"
	}
	return control.Channel{}, e
}

// request makes the request that a caller would send.
func (in ChannelCall) request(ctx context.Context, address string, ch control.Channel, id cid.ID) (*http.Request, error) {
	path := cmp.Or(in.Path, ch.Path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if i := strings.IndexByte(path, '{'); i >= 0 {
		return nil, fault.New(fault.Invalid, "channel.path", "the path %q has a parameter that is not filled in", path).
			WithHint("put a value in the place of %s", path[i:strings.IndexByte(path[i:]+"}", '}')+i+1])
	}
	if len(in.Body) > maxInput {
		return nil, fault.New(fault.Invalid, "input.large", "the body has %s, and may have %s here", spec.FormatSize(int64(len(in.Body))), spec.FormatSize(maxInput))
	}
	method := in.Method
	switch {
	case method != "":
	case len(ch.Methods) > 0:
		method = ch.Methods[0]
	case in.Body != "":
		method = http.MethodPost
	default:
		method = http.MethodGet
	}
	target := address + path
	if in.Query != "" {
		target += "?" + strings.TrimPrefix(in.Query, "?")
	}
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), target, strings.NewReader(in.Body))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "channel.call", err, "call the channel %q", in.Channel)
	}
	if isJSON(in.Body) {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "Mortise Studio")
	for _, h := range in.Headers {
		if strings.ContainsAny(h[0]+h[1], "\r\n") || h[0] == "" {
			return nil, fault.New(fault.Invalid, "channel.header", "%q is no header", h[0])
		}
		if strings.EqualFold(h[0], "host") {
			req.Host = h[1]
			continue
		}
		req.Header.Add(h[0], h[1])
	}
	req.Header.Set("Traceparent", id.Traceparent())
	return req, nil
}

// sign puts the credentials of a definition into a request. They come from the
// secrets of this machine and are not shown.
func (o *opened) sign(ctx context.Context, name string, req *http.Request) error {
	p, _ := o.Load(ctx)
	if p == nil {
		return fault.New(fault.Unavailable, "security.unknown", "the definition %q cannot be read", name)
	}
	doc, ok := p.Find(config.Security, name)
	if !ok {
		return fault.New(fault.NotFound, "security.unknown", "no security definition %q", name)
	}
	t, ok := security.Lookup(doc.Type)
	if !ok {
		return fault.New(fault.NotFound, "security.type", "the security definition %q has an unknown type", name)
	}
	c := t.New()
	faults := doc.Decode(c)
	if len(faults) == 0 {
		faults = secret.Resolve(ctx, o.Secrets, spec.Secrets(c))
	}
	if err := faults.Err(); err != nil {
		return err
	}
	d, err := c.Build(name)
	if err != nil {
		return err
	}
	return d.Sign(req)
}

// roundTrip sends the request and takes the answer. Nothing is followed or sent
// through a proxy: the listener is on this machine.
func (v *Invoked) roundTrip(req *http.Request) error {
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return unreached(req, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return unreached(req, err)
	}
	v.Status, v.OK, v.Headers = resp.StatusCode, resp.StatusCode < http.StatusBadRequest, headersOf(resp.Header)
	media := resp.Header.Get("Content-Type")
	kind, _, _ := mime.ParseMediaType(media) // what cannot be read is shown as it is
	if (kind == "application/json" || strings.HasSuffix(kind, "+json")) && syntax(data) == nil {
		v.Media = media
		v.output(data)
		return nil
	}
	v.body(media, data)
	return nil
}

func unreached(req *http.Request, err error) error {
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(fault.Canceled, "channel.canceled", context.Canceled, "call %s", req.URL.Path)
	}
	d := conn.Diagnose(err)
	return fault.New(fault.Unavailable, "channel.unreachable", "%s", fmt.Sprintf("call %s %s://%s%s: %s", req.Method, req.URL.Scheme, req.URL.Host, req.URL.Path, d.What)).
		WithHint("%s", d.Hint)
}
