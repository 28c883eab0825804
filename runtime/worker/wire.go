package worker

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"
)

// address is what a message belongs to: a call, or one operation of it.
type address struct {
	call uint64
	op   uint32
}

// wire is one end of the two pipes: it cuts messages into frames and puts them
// together again. What a message means is the business of its owner.
type wire struct {
	w    *writer
	r    *frameReader
	dead chan struct{} // closed when the other side is gone

	mu  sync.Mutex // guards out
	out map[address]*outflow

	in map[address]*inflow // of the reader only
	// limit returns the largest size of a message of a kind.
	limit func(kind byte) int64
}

// outflow is a long message on its way out.
type outflow struct {
	mu     sync.Mutex // guards credit
	credit int        // bytes that may be sent
	more   chan struct{}
}

// inflow is a long message on its way in.
type inflow struct {
	kind  byte
	total int
	since int // bytes that came since credit was given
	buf   []byte
}

func newWire(in io.Reader, out io.Writer, limit func(kind byte) int64) *wire {
	return &wire{
		w: newWriter(out), r: newFrameReader(in), dead: make(chan struct{}),
		out: map[address]*outflow{}, in: map[address]*inflow{}, limit: limit,
	}
}

// send sends a message that consists of head and body. A long one is sent in
// parts, as the other side takes them; ctx ends the waiting, and the other side
// is told that the rest will not come.
func (x *wire) send(ctx context.Context, kind byte, at address, head, body []byte, paced bool) error {
	h := header{kind: kind, call: at.call, op: at.op}
	total := len(head) + len(body)
	if total <= maxPayload {
		return x.w.send(h, head, body, paced)
	}
	flow := &outflow{credit: window, more: make(chan struct{}, 1)}
	x.mu.Lock()
	x.out[at] = flow
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		delete(x.out, at)
		x.mu.Unlock()
	}()

	h.flags = flagMore
	if err := x.w.send(h, binary.LittleEndian.AppendUint64(nil, uint64(total)), nil, paced); err != nil {
		return err
	}
	h = header{kind: frameData, call: at.call, op: at.op}
	var joint []byte // where a chunk consists of the end of head and the beginning of body
	for len(head)+len(body) > 0 {
		var chunk []byte
		switch {
		case len(head) >= maxPayload || len(body) == 0:
			n := min(len(head), maxPayload)
			chunk, head = head[:n], head[n:]
		case len(head) > 0:
			n := min(len(body), maxPayload-len(head))
			joint = append(append(joint[:0], head...), body[:n]...)
			chunk, head, body = joint, nil, body[n:]
		default:
			n := min(len(body), maxPayload)
			chunk, body = body[:n], body[n:]
		}
		if err := x.sendChunk(ctx, flow, h, chunk); err != nil {
			_ = x.w.send(header{kind: frameEnd, call: at.call, op: at.op}, nil, nil, false)
			return err
		}
	}
	return nil
}

// sendChunk sends one part once there is credit and room for it.
func (x *wire) sendChunk(ctx context.Context, flow *outflow, h header, chunk []byte) error {
	for !flow.take(len(chunk)) {
		select {
		case <-flow.more:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-x.dead:
			return io.ErrClosedPipe
		}
	}
	select {
	case x.w.tokens <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-x.dead:
		return io.ErrClosedPipe
	}
	return x.w.sendData(h, chunk)
}

func (f *outflow) take(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.credit < n {
		return false
	}
	f.credit -= n
	return true
}

// give adds credit; it reports whether that was more than was used.
func (f *outflow) give(n int) bool {
	f.mu.Lock()
	f.credit += n
	ok := f.credit <= window
	f.mu.Unlock()
	select {
	case f.more <- struct{}{}:
	default:
	}
	return ok
}

// next returns the next whole message, or a frame of kind frameEnd where the
// rest of one will not come. The payload is the caller's to keep.
func (x *wire) next() (header, []byte, error) {
	for {
		h, payload, err := x.r.next()
		if err != nil {
			return h, nil, err
		}
		at := address{h.call, h.op}
		switch {
		case h.kind == frameCredit:
			err = x.credited(at, payload)
		case h.kind == frameEnd:
			if x.in[at] != nil {
				delete(x.in, at)
				return h, nil, nil
			}
		case h.kind == frameData:
			var in *inflow
			if in, err = x.data(at, payload); in != nil {
				return header{kind: in.kind, call: h.call, op: h.op}, in.buf, nil
			}
		case h.flags&flagMore != 0:
			err = x.begin(h.kind, at, payload)
		default:
			return h, append([]byte(nil), payload...), nil
		}
		if err != nil {
			return h, nil, err
		}
	}
}

// begin starts a long message.
func (x *wire) begin(kind byte, at address, payload []byte) error {
	total := binary.LittleEndian.Uint64(payload)
	limit := x.limit(kind)
	switch {
	case len(payload) != lengthSize:
		return breach("a long message that begins with %d bytes", len(payload))
	case limit == 0:
		return breach("a long message of kind %d", kind)
	case total > uint64(limit):
		return breach("a message of %d bytes where %d are allowed", total, limit)
	case total <= maxPayload:
		return breach("a long message of %d bytes", total)
	case x.in[at] != nil:
		return breach("two messages at a time of one operation")
	}
	x.in[at] = &inflow{kind: kind, total: int(total), buf: make([]byte, 0, min(total, firstAlloc))}
	return nil
}

// data adds a part to a message, and returns the message where that was its
// last. Parts of a message that is not wanted any more are passed over.
func (x *wire) data(at address, payload []byte) (*inflow, error) {
	in := x.in[at]
	if in == nil {
		return nil, nil
	}
	if len(in.buf)+len(payload) > in.total || len(payload) == 0 {
		return nil, breach("data beyond the end of a message")
	}
	if need := len(in.buf) + len(payload); need > cap(in.buf) {
		grown := make([]byte, len(in.buf), min(max(2*cap(in.buf), need), in.total))
		copy(grown, in.buf)
		in.buf = grown
	}
	in.buf = append(in.buf, payload...)
	if len(in.buf) == in.total {
		delete(x.in, at)
		return in, nil
	}
	in.since += len(payload)
	if in.since < window/2 {
		return nil, nil
	}
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(in.since))
	in.since = 0
	return nil, x.w.send(header{kind: frameCredit, call: at.call, op: at.op}, b[:], nil, false)
}

func (x *wire) credited(at address, payload []byte) error {
	if len(payload) != 4 {
		return breach("credit of %d bytes", len(payload))
	}
	x.mu.Lock()
	flow := x.out[at]
	x.mu.Unlock()
	if flow == nil {
		return nil // the message was given up meanwhile
	}
	n := binary.LittleEndian.Uint32(payload)
	if n > window || !flow.give(int(n)) {
		return breach("more credit than was used")
	}
	return nil
}

// forget drops what is coming in for a call that is over. Only the reader calls
// it.
func (x *wire) forget(call uint64) {
	if len(x.in) == 0 {
		return
	}
	for at := range x.in {
		if at.call == call {
			delete(x.in, at)
		}
	}
}

// remaining is the time until a deadline as it travels: 0 is no deadline.
func remaining(deadline time.Time, ok bool) uint64 {
	if !ok {
		return 0
	}
	return uint64(max(time.Until(deadline), 1))
}
