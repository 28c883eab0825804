package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

// setup is what a host tells a worker at first.
type setup struct {
	Version    int   `json:"version"`
	Memory     int64 `json:"memory"`
	Stack      int   `json:"stack"`
	Body       int64 `json:"body"`
	Operations int   `json:"operations"` // of one call at a time
	Notes      bool  `json:"notes"`
}

// hello is a worker's answer to it.
type hello struct {
	Version int    `json:"version"`
	Pid     int    `json:"pid"`
	Hash    string `json:"hash,omitempty"`
	Loads   bool   `json:"loads"`           // the worker waits for a bundle
	Error   string `json:"error,omitempty"` // why it cannot work
}

// maxName bounds the names of services, connections and media types.
const maxName = 4 << 10

// errShort is a payload that ends too early or holds too much.
var errShort = protocolError("a payload that is not complete")

// appendText appends a text with its length in front.
func appendText[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// cutter takes a payload apart; its first problem is kept in err.
type cutter struct {
	b   []byte
	err error
}

func (c *cutter) number() uint64 {
	n, size := binary.Uvarint(c.b)
	if size <= 0 {
		c.fail()
		return 0
	}
	c.b = c.b[size:]
	return n
}

func (c *cutter) bytes() []byte {
	n := c.number()
	if n > uint64(len(c.b)) {
		c.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cutter) name() string {
	b := c.bytes()
	if len(b) > maxName {
		c.fail()
		return ""
	}
	return string(b)
}

// rest returns all that is left; nil where that is nothing.
func (c *cutter) rest() []byte {
	if len(c.b) == 0 {
		return nil
	}
	return c.b
}

func (c *cutter) fail() { c.b, c.err = nil, errShort }

func appendCall(b []byte, name string, left uint64) []byte {
	return appendText(binary.AppendUvarint(b, left), name)
}

func cutCall(b []byte) (name string, left time.Duration, input []byte, err error) {
	c := cutter{b: b}
	left = time.Duration(c.number())
	name = c.name()
	return name, left, c.rest(), c.err
}

func appendOp(b []byte, op *service.Operation) []byte {
	b = appendText(b, op.Family)
	b = appendText(b, op.Name)
	b = appendText(b, op.Verb)
	b = appendText(b, op.Media)
	return appendText(b, op.Args)
}

func cutOp(b []byte) (*service.Operation, error) {
	c := cutter{b: b}
	op := &service.Operation{Family: c.name(), Name: c.name(), Verb: c.name(), Media: c.name(), Args: c.bytes()}
	op.Body = c.rest()
	return op, c.err
}

// The first byte of a result or a reply.
const (
	wentWell byte = iota
	wentWrong
)

func appendReply(b []byte, r *service.Reply) []byte {
	return appendText(appendText(append(b, wentWell), r.Media), r.Meta)
}

func cutReply(b []byte) (*service.Reply, error) {
	if err := cutError(&b); err != nil {
		return nil, err
	}
	c := cutter{b: b}
	r := &service.Reply{Media: c.name(), Meta: c.bytes()}
	r.Body = c.rest()
	return r, c.err
}

func appendResult(b []byte, meta *service.Response) []byte {
	b = append(b, wentWell)
	if meta == nil {
		return appendText(b, "")
	}
	text, _ := json.Marshal(meta) //nolint:errchkjson // texts, numbers and bytes
	return appendText(b, text)
}

func cutResult(b []byte) (service.Result, error) {
	var r service.Result
	if err := cutError(&b); err != nil {
		return r, err
	}
	c := cutter{b: b}
	meta := c.bytes()
	r.Body = c.rest()
	if c.err == nil && meta != nil {
		r.Meta = new(service.Response)
		if err := json.Unmarshal(meta, r.Meta); err != nil {
			return r, breach("the settings of a response: %v", err)
		}
	}
	return r, c.err
}

func appendLog(b []byte, level slog.Level, message string, attrs []byte) []byte {
	b = binary.AppendVarint(b, int64(level))
	return appendText(appendText(b, message), attrs)
}

// line is one line of a call's log.
type line struct {
	level   slog.Level
	message string
	attrs   json.RawMessage
}

func cutLog(b []byte) (line, error) {
	level, size := binary.Varint(b)
	if size <= 0 || level < -1000 || level > 1000 {
		return line{}, errShort
	}
	c := cutter{b: b[size:]}
	l := line{level: slog.Level(level), message: string(c.bytes()), attrs: c.bytes()}
	if len(c.b) > 0 {
		c.fail()
	}
	if l.attrs != nil && !json.Valid(l.attrs) {
		return l, breach("a line of a log whose attributes are not JSON")
	}
	return l, c.err
}

// errorText is how an error travels: what people see, and the cause for the log.
type errorText struct {
	fault.Error
	Cause string `json:"cause,omitempty"`
}

// maxCause bounds the text of a cause; the rest of it is cut off.
const maxCause = 64 << 10

// remoteCause is the cause of an error on the other side of the pipe.
type remoteCause string

func (r remoteCause) Error() string { return string(r) }

// appendError appends an error that came instead of a result or a reply.
func appendError(b []byte, err error) []byte {
	e := fault.As(err)
	text := errorText{Error: *e}
	if full := error(e); full == err { //nolint:errorlint // whether something stands around it
		if e.Err != nil {
			text.Cause = e.Err.Error()
		}
	} else {
		text.Cause = err.Error()
	}
	text.Cause = clip(text.Cause, maxCause)
	text.What, text.Hint = clip(text.What, maxCause), clip(text.Hint, maxCause)
	if len(text.Details) > 1000 {
		text.Details = text.Details[:1000]
	}
	out, merr := json.Marshal(text)
	if merr != nil || len(out) > maxMeta/2 {
		out, _ = json.Marshal(errorText{Error: fault.Error{ //nolint:errchkjson // texts
			Kind: e.Kind, Code: clip(e.Code, maxName), What: clip(e.What, maxCause),
		}})
	}
	return append(append(b, wentWrong), out...)
}

// cutError takes the first byte off and returns the error where there is one;
// one that cannot be read is a protocolError.
func cutError(b *[]byte) error {
	if len(*b) == 0 {
		return errShort
	}
	first := (*b)[0]
	*b = (*b)[1:]
	switch first {
	case wentWell:
		return nil
	case wentWrong:
	default:
		return breach("neither a result nor an error: %d", first)
	}
	var text errorText
	if err := json.Unmarshal(*b, &text); err != nil {
		return breach("an error that cannot be read: %v", err)
	}
	if text.Cause != "" {
		text.Err = remoteCause(text.Cause)
	}
	return &text.Error
}

// appendFaults and cutFaults carry why a bundle cannot be loaded.
func appendFaults(b []byte, err error) []byte {
	list := fault.All(err)
	texts := make([]errorText, 0, len(list))
	for _, e := range list[:min(len(list), 1000)] {
		t := errorText{Error: *e}
		if e.Err != nil {
			t.Cause = clip(e.Err.Error(), maxName)
		}
		texts = append(texts, t)
	}
	out, _ := json.Marshal(texts) //nolint:errchkjson // texts
	return append(b, out...)
}

func cutFaults(b []byte) error {
	var texts []errorText
	if err := json.Unmarshal(b, &texts); err != nil || len(texts) == 0 {
		return breach("faults that cannot be read: %v", err)
	}
	list := make(fault.List, len(texts))
	for i := range texts {
		e := texts[i].Error
		if texts[i].Cause != "" {
			e.Err = remoteCause(texts[i].Cause)
		}
		list[i] = &e
	}
	return list
}

// isProtocol reports whether an error is the other side's breach of protocol.
func isProtocol(err error) bool {
	_, ok := errors.AsType[protocolError](err)
	return ok
}

// clip cuts a text to at most n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
