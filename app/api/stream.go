package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"

	"github.com/tidwall/gjson"

	"mortise/runtime/fault"
	"mortise/runtime/observe"
)

// stream is one open channel of a page.
type stream struct {
	receive func(string)
	end     func()
	cancel  context.CancelFunc
	once    sync.Once
}

func (st *stream) close() {
	st.once.Do(func() {
		st.cancel()
		st.end()
	})
}

// channel hands a text of the page to the channel of that name, which its first
// text opens.
func (c *Session) channel(name, text string) error {
	begin, ok := c.s.o.Channels[name]
	if !ok {
		return fault.New(fault.NotFound, "studio.channel", "there is no channel %q", name)
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	st := c.channels[name]
	if st == nil {
		if len(c.channels) >= maxStreams {
			c.mu.Unlock()
			return fault.New(fault.Limited, "studio.channel", "%d channels are open already", maxStreams)
		}
		ctx, cancel := context.WithCancel(c.ctx)
		receive, end := begin(ctx, c.s, func(text string) error {
			frame, err := channelFrame(name, text)
			if err == nil && !c.out.push(ctx, frame) {
				err = ctx.Err()
			}
			return err
		})
		st = &stream{receive: receive, end: end, cancel: cancel}
		c.channels[name] = st
	}
	c.mu.Unlock()
	st.receive(text)
	return nil
}

// watch begins or ends the flow of the log to the page.
func (c *Session) watch(log bool) {
	c.mu.Lock()
	old := c.log
	c.log = nil
	if log && !c.closed {
		c.log = newLogFeed(c.s, c.out)
	}
	c.mu.Unlock()
	if old != nil {
		old.close()
	}
}

// followLog makes a page that watches the log watch that of the project that is
// open by now.
func (c *Session) followLog() {
	c.mu.Lock()
	watching := c.log != nil
	c.mu.Unlock()
	if watching {
		c.watch(true)
	}
}

// logFeed carries the lines of one project's log to one page.
type logFeed struct {
	sub  *observe.Subscription
	done chan struct{}
}

func newLogFeed(s *Studio, out *outbox) *logFeed {
	f := &logFeed{done: make(chan struct{})}
	o, err := s.open()
	if err != nil {
		close(f.done)
		return f
	}
	f.sub = o.log.Subscribe(0)
	go func() {
		defer close(f.done)
		var before uint64
		for r := range f.sub.C() {
			dropped := f.sub.Dropped()
			out.line(lineOf(r), int(dropped-before))
			before = dropped
		}
	}()
	return f
}

func (f *logFeed) close() {
	if f.sub != nil {
		f.sub.Close()
	}
	<-f.done
}

// lineOf returns a record as pages get it.
func lineOf(r observe.Record) LogLine {
	l := LogLine{Time: r.Time, Level: r.Level.String(), Msg: r.Message, CID: r.CID}
	if r.Level < slog.LevelDebug || r.Level > slog.LevelError {
		l.Level = slog.LevelInfo.String()
	}
	l.Attrs = attrsOf(r.Line)
	return l
}

// attrsOf returns a line of the log as JSON without what LogLine has fields for,
// in its order; nil where that is nothing.
func attrsOf(line []byte) json.RawMessage {
	rest := dropMembers(line, "time", "level", "msg", "cid")
	if len(rest) <= len("{}") {
		return nil
	}
	return rest
}

// dropMembers returns a JSON object without some of its members.
func dropMembers(object []byte, names ...string) json.RawMessage {
	out := []byte{'{'}
	gjson.ParseBytes(object).ForEach(func(key, value gjson.Result) bool {
		if slices.Contains(names, key.Str) {
			return true
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, key.Raw...), ':'), value.Raw...)
		return true
	})
	return append(out, '}')
}
