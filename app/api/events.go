package api

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// eventPause is how long nothing is sent of what changes without end.
const eventPause = 50 * time.Millisecond

// hub tells pages what changed. State events are made once for all pages, and
// only while there are any.
type hub struct {
	s    *Studio
	wake chan struct{} // holds one token while something is dirty

	mu     sync.Mutex        // guards what follows
	dirty  map[string]bool   // state events to make anew
	latest map[string][]byte // the frames that were made last
	pages  map[*Session]bool // true until the page has got every state once
	ended  bool
}

func newHub(s *Studio) *hub {
	return &hub{s: s, wake: make(chan struct{}, 1), dirty: map[string]bool{}, latest: map[string][]byte{}, pages: map[*Session]bool{}}
}

// changed says that state events have to be made anew. It returns at once.
func (h *hub) changed(names ...string) {
	h.mu.Lock()
	for _, name := range names {
		h.dirty[name] = true
	}
	h.mu.Unlock()
	signal(h.wake)
}

// attach lets a page take part; false where the Studio has closed.
func (h *hub) attach(c *Session) bool {
	h.mu.Lock()
	if h.ended {
		h.mu.Unlock()
		return false
	}
	h.pages[c] = true
	h.mu.Unlock()
	h.changed(stateEvents()...)
	return true
}

func (h *hub) detach(c *Session) {
	h.mu.Lock()
	delete(h.pages, c)
	h.mu.Unlock()
}

// sessions returns the pages of the moment.
func (h *hub) sessions() []*Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.pages))
}

// run makes state events until the Studio closes.
func (h *hub) run() {
	for {
		select {
		case <-h.wake:
		case <-h.s.life.Done():
			return
		}
		h.publish(h.s.life)
		select {
		case <-time.After(eventPause):
		case <-h.s.life.Done():
			return
		}
	}
}

// publish makes what is dirty and hands what changed to the pages.
func (h *hub) publish(ctx context.Context) {
	h.mu.Lock()
	if len(h.pages) == 0 {
		h.mu.Unlock()
		return // the next page asks for everything
	}
	dirty, fresh := h.dirty, []*Session{}
	h.dirty = map[string]bool{}
	for c, first := range h.pages {
		if first {
			fresh, h.pages[c] = append(fresh, c), false
		}
	}
	h.mu.Unlock()
	for _, e := range Events() {
		if !dirty[e.Name] || !e.State {
			continue
		}
		frame, err := eventFrame(e.Name, e.now(h.s, ctx))
		if err != nil {
			h.s.log.ErrorContext(ctx, "event not made", "event", e.Name, "error", err)
			continue
		}
		h.mu.Lock()
		same := string(h.latest[e.Name]) == string(frame)
		h.latest[e.Name] = frame
		to := fresh
		if !same {
			to = slices.Collect(maps.Keys(h.pages))
		}
		h.mu.Unlock()
		for _, c := range to {
			c.state(e.Name, frame)
		}
	}
}

// fileChanged tells all pages but one that files are not as they knew them.
func (h *hub) fileChanged(names []string, all bool, but *Session) {
	for _, c := range h.sessions() {
		if c != but {
			c.fileChanged(names, all)
		}
	}
}

// endAll ends the sessions of all pages, and lets no new ones begin.
func (h *hub) endAll() {
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	for _, c := range h.sessions() {
		c.Close()
	}
}

// stateEvents returns the names of the events that tell a state.
func stateEvents() []string {
	var names []string
	for _, e := range Events() {
		if e.State {
			names = append(names, e.Name)
		}
	}
	return names
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
