package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"mortise/runtime/cid"
	"mortise/runtime/control"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/serve"
	"mortise/runtime/shape"
)

// Bounds of what a page is shown of one invocation.
const (
	maxBody      = 1 << 20 // bytes of a body
	maxOutput    = 4 << 20 // bytes of JSON
	maxCallLines = 1000    // lines of the log
	maxCallBytes = 1 << 20 // bytes of their attributes
)

// Invoke saves nothing, waits until what was saved last is live or found wrong,
// and runs the service. What goes wrong in the service stands in the answer; the
// error is for what could not be tried.
func (s *Studio) Invoke(ctx context.Context, in Invocation) (Invoked, error) {
	o, h, err := s.ready(ctx)
	if err != nil {
		return Invoked{}, err
	}
	service, err := findService(h, in.Service)
	if err != nil {
		return Invoked{}, err
	}
	v := o.begun(in.Service, in.Text)
	v.Stale = stale(ctx, h)
	input, err := inputJSON(in.Text, service.In)
	if err == nil {
		var answer control.Answer
		start, lines := time.Now(), o.follow(cid.ID(v.CID))
		answer, err = h.Invoke(cid.With(ctx, cid.ID(v.CID)), control.Invocation{Service: in.Service, Input: input, Timeout: in.Timeout})
		v.Took = cmp.Or(answer.Took, time.Since(start))
		v.Lines = lines.end(ctx)
		v.answered(answer)
	}
	if err != nil {
		v.failed(err)
	}
	o.remember(ctx, v)
	o.changed("live", "tutorial")
	return v, nil
}

// findService returns a service that runs.
func findService(h *serve.Host, name string) (engine.ServiceState, error) {
	var names []string
	for _, e := range h.Engine().Services() {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	e := fault.New(fault.NotFound, "service.unknown", "no service %q", name).WithHint("%s", fault.DidYouMean(name, names))
	if len(names) == 0 {
		e.Hint = "the project is not live yet: the problems say why"
	}
	return engine.ServiceState{}, e
}

// inputType returns what a service takes; nil where that is not known.
func (o *opened) inputType(name string) *shape.Type {
	h, err := o.running()
	if err != nil {
		return nil
	}
	e, err := findService(h, name)
	if err != nil {
		return nil
	}
	return e.In
}

// stale reports whether what was saved last is not what runs.
func stale(ctx context.Context, h *serve.Host) bool {
	report, err := h.Report(ctx)
	return err == nil && len(report.Faults) > 0
}

// begun returns an invocation that is about to be made.
func (o *opened) begun(service, text string) Invoked {
	return Invoked{ID: string(cid.New()), CID: string(cid.New()), Service: service, Text: text, At: time.Now().UTC(), Lines: []LogLine{}}
}

// answered takes what a service returned.
func (v *Invoked) answered(a control.Answer) {
	v.OK, v.Status, v.Headers = true, a.Status, headersOf(a.Header)
	if v.Status == 0 {
		v.Status = http.StatusOK
	}
	if a.Body != nil {
		v.body(a.Media, a.Body)
		return
	}
	if len(a.Output) == 0 && v.Status == http.StatusOK {
		v.Status = http.StatusNoContent
	}
	v.output(a.Output)
}

// output takes JSON. Where it is too large for a page, its beginning is a body.
func (v *Invoked) output(raw json.RawMessage) {
	if len(raw) > maxOutput {
		v.body("application/json", raw)
		return
	}
	v.Size, v.Output = len(raw), string(raw)
}

// body takes what is not JSON.
func (v *Invoked) body(media string, data []byte) {
	v.Media, v.Size = media, len(data)
	if len(data) > maxBody {
		end := maxBody
		for end > maxBody-utf8.UTFMax && !utf8.RuneStart(data[end]) {
			end--
		}
		data, v.Cut = data[:end], true
	}
	if isBinary(media, data) {
		v.Body, v.Binary = base64.StdEncoding.EncodeToString(data), true
		return
	}
	v.Body = string(data)
}

// isBinary reports whether a body is no text that people read.
func isBinary(media string, data []byte) bool {
	if !utf8.Valid(data) || strings.IndexByte(string(data), 0) >= 0 {
		return true
	}
	kind, _, err := mime.ParseMediaType(media)
	return err == nil && (strings.HasPrefix(kind, "image/") && kind != "image/svg+xml")
}

// failed takes an error.
func (v *Invoked) failed(err error) {
	v.OK, v.Faults = false, fault.All(err).Whole()
	v.Status = fault.KindOf(err).Status()
	if len(v.Faults) > 0 {
		v.Status = v.Faults[0].Kind.Status()
	}
}

func headersOf(h http.Header) [][2]string {
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			out = append(out, [2]string{name, value})
		}
	}
	return out
}

// callLog collects the lines of the log of one correlation id.
type callLog struct {
	o    *opened
	id   string
	sub  *observe.Subscription
	work sync.WaitGroup

	lines []LogLine // written by the goroutine in work alone
	bytes int
}

// follow begins to collect; end must follow.
func (o *opened) follow(id cid.ID) *callLog {
	c := &callLog{o: o, id: string(id), sub: o.log.Subscribe(0), lines: []LogLine{}}
	c.work.Go(func() {
		for r := range c.sub.C() {
			if r.CID == c.id && len(c.lines) < maxCallLines && c.bytes < maxCallBytes {
				l := lineOf(r)
				c.lines, c.bytes = append(c.lines, l), c.bytes+len(l.Msg)+len(l.Attrs)
			}
		}
	})
	return c
}

// end returns the lines that were logged until it was called.
func (c *callLog) end(ctx context.Context) []LogLine {
	// A caller who has gone wants no lines, and then some may be missing.
	_ = c.o.log.Flush(ctx)
	c.sub.Close()
	c.work.Wait()
	return c.lines
}
