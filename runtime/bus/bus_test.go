package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
)

func open4test(t testing.TB, dir string) *Bus {
	t.Helper()
	b, err := Open(t.Context(), Options{Dir: dir, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatalf("Open(%q): %v", dir, err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func publish(t testing.TB, b *Bus, q Queue, m Message) string {
	t.Helper()
	id, _, err := b.Publish(t.Context(), q, m)
	if err != nil {
		t.Fatalf("Publish(%q, %+v): %v", q, m, err)
	}
	return id
}

func consume(t testing.TB, b *Bus, q Queue, o ConsumeOptions, h Handler) *Consumer {
	t.Helper()
	c, err := b.Consume(t.Context(), q, o, h)
	if err != nil {
		t.Fatalf("Consume(%q): %v", q, err)
	}
	return c
}

func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("%s did not come within 20 s", what)
		panic("unreachable")
	}
}

func TestPublishAndHandle(t *testing.T) {
	b := open4test(t, t.TempDir())
	got := make(chan Delivery, 1)
	ids := make(chan cid.ID, 1)
	consume(t, b, Calls, ConsumeOptions{}, func(ctx context.Context, d Delivery) error {
		ids <- cid.From(ctx)
		got <- d
		return nil
	})
	want := Message{ID: `a b.*>"ü`, Topic: "users.Get Details ✓", CID: cid.New(), Body: []byte(`{"a":1}`)}
	publish(t, b, Calls, want)
	d := receive(t, got, "the message")
	if d.ID != want.ID || d.Topic != want.Topic || string(d.Body) != string(want.Body) || d.Attempt != 1 || d.Stored.IsZero() {
		t.Errorf("delivered %+v, want %+v in its first attempt", d, want)
	}
	if id := receive(t, ids, "the correlation id"); id != want.CID {
		t.Errorf("the handler's context carries the id %q, want %q", id, want.CID)
	}
	_, dup, err := b.Publish(t.Context(), Calls, want)
	if err != nil || !dup {
		t.Errorf("publishing the same id again: duplicate %v, %v, want true", dup, err)
	}
}

func TestLockNamesTheHolder(t *testing.T) {
	dir := t.TempDir()
	b := open4test(t, dir)
	_, err := Open(t.Context(), Options{Dir: dir})
	e := fault.As(err)
	if e == nil || e.Code != "bus.locked" || e.Kind != fault.Conflict || !strings.Contains(e.What, "process ") {
		t.Fatalf("second Open = %v, want bus.locked with the number of the process", err)
	}
	if err := b.Close(); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	again, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatalf("Open after Close: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

func TestFailedMessageComesAgainThenIsBuried(t *testing.T) {
	b := open4test(t, t.TempDir())
	attempts := make(chan int, 10)
	var healed atomic.Bool
	consume(t, b, Calls, ConsumeOptions{Attempts: 3, Backoff: []time.Duration{10 * time.Millisecond, time.Second}},
		func(_ context.Context, d Delivery) error {
			attempts <- d.Attempt
			if healed.Load() {
				return nil
			}
			return errors.New("the other side is down")
		})
	id := publish(t, b, Calls, Message{Topic: "demo.Hello", Body: []byte("x")})
	for want := 1; want <= 3; want++ {
		if got := receive(t, attempts, "an attempt"); got != want {
			t.Errorf("attempt %d, want %d", got, want)
		}
	}
	dead := waitDead(t, b, Calls, 1)
	if dead[0].ID != id || dead[0].Attempts != 3 || dead[0].Reason != "the other side is down" || dead[0].Topic != "demo.Hello" || dead[0].Failed.IsZero() {
		t.Errorf("dead letter %+v, want %q after 3 attempts with its reason", dead[0], id)
	}
	healed.Store(true)
	if err := b.Retry(t.Context(), Calls, id); err != nil {
		t.Fatalf("Retry(%q) = %v", id, err)
	}
	if got := receive(t, attempts, "the retried message"); got != 1 {
		t.Errorf("the retried message is in attempt %d, want 1", got)
	}
	waitDead(t, b, Calls, 0)
	if err := b.Retry(t.Context(), Calls, id); fault.KindOf(err) != fault.NotFound {
		t.Errorf("second Retry = %v, want not found", err)
	}
	if err := b.Discard(t.Context(), Calls, id); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Discard = %v, want not found", err)
	}
}

func waitDead(t *testing.T, b *Bus, q Queue, want int) []Dead {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		dead, err := b.Dead(t.Context(), q, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(dead) == want {
			return dead
		}
		if time.Now().After(deadline) {
			t.Fatalf("Dead(%q) = %d letters, want %d", q, len(dead), want)
		}
	}
}

func TestHopelessMessageIsBuriedAtOnce(t *testing.T) {
	b := open4test(t, t.TempDir())
	var calls atomic.Int32
	consume(t, b, Calls, ConsumeOptions{}, func(context.Context, Delivery) error {
		calls.Add(1)
		return fault.New(fault.Invalid, "x", "the input is wrong")
	})
	id := publish(t, b, Calls, Message{Topic: "t"})
	if dead := waitDead(t, b, Calls, 1); dead[0].Attempts != 1 || calls.Load() != 1 {
		t.Errorf("buried after %d attempts, want 1", dead[0].Attempts)
	}
	if err := b.Discard(t.Context(), Calls, id); err != nil {
		t.Errorf("Discard(%q) = %v", id, err)
	}
	waitDead(t, b, Calls, 0)
}

func TestPanicIsAnError(t *testing.T) {
	b := open4test(t, t.TempDir())
	consume(t, b, Calls, ConsumeOptions{Attempts: 1}, func(context.Context, Delivery) error { panic("ouch") })
	publish(t, b, Calls, Message{Topic: "t"})
	if dead := waitDead(t, b, Calls, 1); !strings.Contains(dead[0].Reason, "ouch") {
		t.Errorf("reason %q, want the panic", dead[0].Reason)
	}
}

func TestLaterIsNeverEarlyAndCanBeCanceled(t *testing.T) {
	b := open4test(t, t.TempDir())
	got := make(chan time.Time, 10)
	consume(t, b, Jobs, ConsumeOptions{}, func(_ context.Context, d Delivery) error {
		if d.ID != "stays" || d.Topic != "demo.Hello" {
			t.Errorf("delivered %q about %q, want the one that stays", d.ID, d.Topic)
		}
		got <- time.Now()
		return nil
	})
	at := time.Now().Add(1300 * time.Millisecond)
	publish(t, b, Jobs, Message{ID: "stays", Topic: "demo.Hello", At: at})
	publish(t, b, Jobs, Message{ID: "goes", Topic: "demo.Hello", At: at})
	list, err := b.Later(t.Context(), Jobs, 100)
	if err != nil || len(list) != 2 || list[0].ID != "stays" || !list[0].At.Equal(at) {
		t.Fatalf("Later() = %+v, %v, want both with their time", list, err)
	}
	if found, err := b.Cancel(t.Context(), Jobs, "goes"); !found || err != nil {
		t.Errorf("Cancel(goes) = %v, %v, want true", found, err)
	}
	if found, err := b.Cancel(t.Context(), Jobs, "goes"); found || err != nil {
		t.Errorf("second Cancel(goes) = %v, %v, want false", found, err)
	}
	came := receive(t, got, "the message")
	if came.Before(at) || came.Sub(at) > 3*time.Second {
		t.Errorf("it came %v after its time, want 0 to 3 s", came.Sub(at))
	}
	if found, err := b.Cancel(t.Context(), Jobs, "stays"); found || err != nil {
		t.Errorf("Cancel of a message that came = %v, %v, want false", found, err)
	}
}

func TestLaterSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	b := open4test(t, dir)
	due := time.Now().Add(time.Second)
	publish(t, b, Jobs, Message{ID: "due while down", Topic: "t", At: due})
	publish(t, b, Jobs, Message{ID: "much later", Topic: "t", At: due.Add(time.Hour)})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Until(roundUp(due)) + 100*time.Millisecond) // the real clock of the store cannot be faked
	b = open4test(t, dir)
	got := make(chan string, 10)
	consume(t, b, Jobs, ConsumeOptions{}, func(_ context.Context, d Delivery) error { got <- d.ID; return nil })
	if id := receive(t, got, "the message that came due"); id != "due while down" {
		t.Errorf("delivered %q", id)
	}
	if list, err := b.Later(t.Context(), Jobs, 10); err != nil || len(list) != 1 || list[0].ID != "much later" {
		t.Errorf("Later() = %+v, %v, want the other one", list, err)
	}
}

func TestTicksKeepTheLastAndTheNewestHundred(t *testing.T) {
	b := open4test(t, t.TempDir())
	if _, found, err := b.Last(t.Context(), Ticks, "daily"); found || err != nil {
		t.Errorf("Last of an empty queue = %v, %v, want false", found, err)
	}
	for i := range TicksKept + 20 {
		publish(t, b, Ticks, Message{ID: fmt.Sprint("daily@", i), Topic: "daily"})
	}
	var mu sync.Mutex
	seen := map[string]bool{}
	all := make(chan struct{})
	c := consume(t, b, Ticks, ConsumeOptions{Parallel: 200}, func(_ context.Context, d Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[d.ID] = true; len(seen) == TicksKept {
			close(all)
		}
		return nil
	})
	receive(t, all, "the newest hundred ticks")
	if seen["daily@0"] || !seen["daily@119"] {
		t.Error("the oldest ticks came, want the newest")
	}
	if m, found, err := b.Last(t.Context(), Ticks, "daily"); !found || err != nil || m.ID != "daily@119" {
		t.Errorf("Last() = %q, %v, %v, want the handled daily@119", m.ID, found, err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	if err := b.Forget(t.Context(), Ticks, "daily"); err != nil {
		t.Errorf("Forget() = %v", err)
	}
	if _, found, _ := b.Last(t.Context(), Ticks, "daily"); found {
		t.Error("Last after Forget finds something")
	}
}

func TestParallelIsBounded(t *testing.T) {
	b := open4test(t, t.TempDir())
	var now, most, done atomic.Int32
	all, gate := make(chan struct{}), make(chan struct{})
	consume(t, b, Calls, ConsumeOptions{Parallel: 3}, func(context.Context, Delivery) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		if now.Load() == 3 {
			select {
			case <-gate:
			default:
				close(gate)
			}
		}
		<-gate
		now.Add(-1)
		if done.Add(1) == 12 {
			close(all)
		}
		return nil
	})
	for range 12 {
		publish(t, b, Calls, Message{Topic: "t"})
	}
	receive(t, all, "all messages")
	if most.Load() != 3 {
		t.Errorf("%d handlers at a time, want 3", most.Load())
	}
}

func TestLongHandlerKeepsItsMessage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as the server waits for a sign of life")
	}
	b := open4test(t, t.TempDir())
	var calls atomic.Int32
	done := make(chan struct{})
	consume(t, b, Calls, ConsumeOptions{}, func(context.Context, Delivery) error {
		calls.Add(1)
		<-time.After(ackWait + 2*heartbeat)
		close(done)
		return nil
	})
	publish(t, b, Calls, Message{Topic: "t"})
	receive(t, done, "the end of the handler")
	if calls.Load() != 1 {
		t.Errorf("the handler was called %d times, want once", calls.Load())
	}
}

func TestStopGivesBackWhatIsNotDone(t *testing.T) {
	b := open4test(t, t.TempDir())
	began := make(chan struct{})
	c := consume(t, b, Calls, ConsumeOptions{}, func(ctx context.Context, _ Delivery) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	})
	id := publish(t, b, Calls, Message{Topic: "t"})
	receive(t, began, "the first attempt")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stop(ctx); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	got := make(chan Delivery, 1)
	consume(t, b, Calls, ConsumeOptions{}, func(_ context.Context, d Delivery) error { got <- d; return nil })
	if d := receive(t, got, "the message, to the next consumer"); d.ID != id || d.Attempt != 2 {
		t.Errorf("delivered %q in attempt %d, want %q in attempt 2", d.ID, d.Attempt, id)
	}
}

func TestSweepBringsStuckMessagesBack(t *testing.T) {
	b := open4test(t, t.TempDir())
	publish(t, b, Calls, Message{ID: "one", Topic: "t", Body: []byte("1")})
	publish(t, b, Calls, Message{ID: "two", Topic: "t"})
	publish(t, b, Calls, Message{ID: "later", Topic: "t", At: time.Now().Add(time.Hour)})
	// As if the consumer counted everything up to the first and third as done.
	for _, floor := range []uint64{1, 3} {
		if err := b.sweep(t.Context(), Calls, floor); err != nil {
			t.Fatalf("sweep(%d) = %v", floor, err)
		}
	}
	got := make(chan Delivery, 10)
	consume(t, b, Calls, ConsumeOptions{Parallel: 1}, func(_ context.Context, d Delivery) error { got <- d; return nil })
	first, second := receive(t, got, "a message"), receive(t, got, "a message")
	if first.ID != "one" || string(first.Body) != "1" || first.Topic != "t" || second.ID != "two" {
		t.Errorf("delivered %+v and %+v, want one and two as they were", first, second)
	}
	if list, err := b.Later(t.Context(), Calls, 10); err != nil || len(list) != 1 {
		t.Errorf("Later() = %+v, %v, want the one for later untouched", list, err)
	}
}

func TestRefusals(t *testing.T) {
	b := open4test(t, t.TempDir())
	cases := map[string]struct {
		queue Queue
		m     Message
		code  string
	}{
		"unknown queue": {"nothing", Message{}, "bus.queue"},
		"long topic":    {Calls, Message{Topic: strings.Repeat("x", 201)}, "bus.name"},
		"large body":    {Calls, Message{Body: make([]byte, defaultMaxMessage+1)}, "bus.too_large"},
		"later tick":    {Ticks, Message{At: time.Now().Add(time.Hour)}, "bus.queue"},
	}
	for name, c := range cases {
		if _, _, err := b.Publish(t.Context(), c.queue, c.m); fault.As(err) == nil || fault.As(err).Code != c.code {
			t.Errorf("%s: Publish = %v, want %s", name, err, c.code)
		}
	}
	publish(t, b, Calls, Message{Body: make([]byte, defaultMaxMessage), Topic: strings.Repeat("é", 100)})
	consume(t, b, Jobs, ConsumeOptions{}, func(context.Context, Delivery) error { return nil })
	if _, err := b.Consume(t.Context(), Jobs, ConsumeOptions{}, nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("second consumer of a queue: %v, want a conflict", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if _, _, err := b.Publish(t.Context(), Calls, Message{}); fault.As(err) == nil || fault.As(err).Code != "bus.closed" {
		t.Errorf("Publish after Close = %v, want bus.closed", err)
	}
}

func TestFullQueueSaysSo(t *testing.T) {
	b, err := Open(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "new", "folder"), MaxStore: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for i := range 64 {
		if _, _, err = b.Publish(t.Context(), Calls, Message{Body: make([]byte, 1<<20)}); err != nil {
			t.Logf("full after %d MB: %v", i, err)
			break
		}
	}
	if e := fault.As(err); e == nil || e.Code != "bus.full" || e.Kind != fault.Limited || e.Hint == "" {
		t.Errorf("Publish to a full queue = %v, want bus.full with a hint", err)
	}
}

func BenchmarkPublish(b *testing.B) {
	bus := open4test(b, b.TempDir())
	m := Message{Topic: "demo.Hello", CID: cid.New(), Body: make([]byte, 512)}
	b.ReportAllocs()
	for b.Loop() {
		publish(b, bus, Calls, m)
	}
}

func BenchmarkPublishToHandler(b *testing.B) {
	bus := open4test(b, b.TempDir())
	got := make(chan struct{}, 1)
	consume(b, bus, Calls, ConsumeOptions{}, func(context.Context, Delivery) error { got <- struct{}{}; return nil })
	b.ReportAllocs()
	for b.Loop() {
		publish(b, bus, Calls, Message{Topic: "demo.Hello", Body: make([]byte, 512)})
		<-got
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		bus, err := Open(context.WithoutCancel(b.Context()), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		_ = bus.Close()
	}
}
