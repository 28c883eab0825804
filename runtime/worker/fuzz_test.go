package worker

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"

	"mortise/runtime/service"
)

// frames joins frames to what comes out of a pipe.
func frames(parts ...any) []byte {
	var b []byte
	for i := 0; i+1 < len(parts); i += 2 {
		h, payload := parts[i].(header), parts[i+1].([]byte)
		h.size = uint32(len(payload))
		b = append(appendHeader(b, h), payload...)
	}
	return b
}

// FuzzHost gives the host's side what a broken or evil worker may send.
func FuzzHost(f *testing.F) {
	said := []byte(`{"version":1,"pid":2}`)
	op := appendOp(nil, &service.Operation{Family: "rest", Name: "CRM", Verb: "GET"})
	f.Add(frames(header{kind: frameHello}, said, header{kind: frameResult, call: 1}, []byte{0, 0, 'x'}))
	f.Add(frames(header{kind: frameHello}, said, header{kind: frameOp, call: 1, op: 1}, op, header{kind: frameLog, call: 1}, appendLog(nil, 0, "m", []byte("{}"))))
	f.Add(frames(header{kind: frameHello}, said, header{kind: frameResult, call: 1, flags: flagMore}, []byte{0, 0, 2, 0, 0, 0, 0, 0}, header{kind: frameData, call: 1}, make([]byte, 1000)))
	f.Add(frames(header{kind: frameHello}, said, header{kind: frameResult, call: 1}, []byte("\x01{\"what\":\"x\",\"kind\":\"denied\"}")))
	f.Add(frames(header{kind: frameHello}, said, header{kind: frameFailed}, []byte(`[{"what":"x"}]`), header{kind: frameCredit, call: 1}, []byte{1, 2, 3, 4}))
	f.Add([]byte("garbage that is longer than a header"))
	f.Fuzz(func(t *testing.T, in []byte) {
		p := &Process{
			limits: Limits{Body: 1 << 16}.withDefaults(), log: slog.New(slog.DiscardHandler),
			hello: make(chan hello, 1), loaded: make(chan error, 1), stacks: make(chan []byte, 1), pong: make(chan struct{}, 1),
			done: make(chan struct{}), idle: make(chan struct{}), calls: map[uint64]*call{}, loading: true,
		}
		p.slots.limit, p.slots.queue = 1, 1
		p.hooks.Store(&Hooks{})
		p.wire = newWire(bytes.NewReader(in), io.Discard, p.messageLimit)
		go p.wire.w.run()
		defer p.wire.w.close()
		if err := p.enter(t.Context(), "a.B"); err != nil {
			t.Fatal(err)
		}
		c, err := p.register(t.Context(), "a.B", &host{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.receive(); err == nil {
			t.Error("receive() = nil, want an error at the end of the input at the latest")
		}
		p.finish(c, nil, io.EOF)
		close(p.wire.dead)
		p.tasks.Wait()
		if _, err := p.wait(context.Background(), c); err == nil {
			_, _ = cutResult(c.result)
		}
		if p.slots.used != 0 {
			t.Errorf("%d slots are taken at the end, want 0", p.slots.used)
		}
	})
}

// FuzzProgram gives the worker's side what a broken host may send.
func FuzzProgram(f *testing.F) {
	said := []byte(`{"version":1,"body":65536,"operations":4}`)
	f.Add(frames(header{kind: frameSetup}, said, header{kind: frameCall, call: 1}, appendCall(nil, "worker.Echo", 0), header{kind: frameBye}, []byte{}))
	f.Add(frames(header{kind: frameSetup}, said, header{kind: frameCall, call: 1}, appendCall(nil, "worker.Ask", 5), header{kind: frameReply, call: 1, op: 1}, []byte{0, 0, 0}))
	f.Add(frames(header{kind: frameSetup}, said, header{kind: frameLoad}, []byte("x"), header{kind: frameCancel, call: 1}, []byte{1}, header{kind: framePing}, []byte{}))
	f.Add(frames(header{kind: frameSetup}, said, header{kind: frameCall, call: 2, flags: flagMore}, []byte{0, 0, 2, 0, 0, 0, 0, 0}, header{kind: frameEnd, call: 2}, []byte{}))
	safe := map[string]service.Func{"worker.Echo": services["worker.Echo"], "worker.Ask": services["worker.Ask"], "worker.Empty": services["worker.Empty"]}
	f.Fuzz(func(t *testing.T, in []byte) {
		opts := ServeOptions{Services: safe, Load: func(context.Context, Bundle) (Lookup, error) { return nil, io.EOF }}
		_ = serve(t.Context(), bytes.NewReader(in), io.Discard, opts, func(setup) (*Notes, error) { return nil, nil })
	})
}

// FuzzTrace reads traces that are not what they seem.
func FuzzTrace(f *testing.F) {
	f.Add("panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\tmain.go:3 +0x1\n")
	f.Add("fatal error: y\n\ngoroutine 1 [runnable]:\ncreated by a/b.c in goroutine 2\n\tb.go:\n\n")
	f.Fuzz(func(_ *testing.T, text string) {
		services := []string{"main.f", "b.c"}
		ParseTrace(text).Find(services)
		FindStack(text, "main.f", nil)
		FindBusy(text, services, nil)
		BlameTrace(Death{Stderr: text, Inflight: services})
	})
}
