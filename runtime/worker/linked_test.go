package worker

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/service"
)

func TestLinked(t *testing.T) {
	l := NewLinked(services, LinkedOptions{Body: 1 << 20})
	for _, c := range []struct{ service, in, want, code string }{
		{"worker.Echo", "x", "x", ""},
		{"worker.Ask", "x", "x", ""},
		{"worker.None", "", "", "service.unknown"},
		{"worker.Panic", "", "", "service.panic"},
		{"worker.Nil", "", "", "service.panic"},
		{"worker.Goexit", "", "", "service.exit"},
		{"worker.Error", "", "", "service.error"},
		{"worker.Big", "2000000", "", "worker.body"},
		{"worker.Echo", strings.Repeat("x", 2<<20), "", "worker.body"},
	} {
		got, err := invoke(l, c.service, c.in, &host{})
		if c.code == "" && (err != nil || got != c.want) || c.code != "" && code(err) != c.code {
			t.Errorf("Call(%s, %.9q) = %q, %v; want %q, code %q", c.service, c.in, got, err, c.want, c.code)
		}
	}
}

func TestLinkedDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLinked(services, LinkedOptions{})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := l.Call(ctx, Call{Service: "worker.Deaf", Input: []byte("10s")}, &host{})
		if took := time.Since(began); fault.KindOf(err) != fault.Timeout || took != time.Second {
			t.Errorf("a deaf service returns %v after %s, want Timeout after 1s", err, took)
		}
		if l.Late() != 1 {
			t.Errorf("Late() = %d, want 1", l.Late())
		}
		short, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		if err := l.Close(short); fault.KindOf(err) != fault.Timeout {
			t.Errorf("Close() under a deaf service = %v, want Timeout", err)
		}
		if _, err := l.Call(context.Background(), Call{Service: "worker.Echo"}, &host{}); code(err) != "worker.gone" {
			t.Errorf("Call() after Close() = %v, want worker.gone", err)
		}
		if err := l.Close(context.Background()); err != nil {
			t.Errorf("Close() = %v", err)
		}
		synctest.Wait()
		if l.Late() != 0 {
			t.Errorf("Late() = %d after all, want 0", l.Late())
		}
	})
}

func TestLinkedGoexitInline(t *testing.T) {
	done := make(chan struct{})
	l := NewLinked(map[string]service.Func{"a.Exit": func(*service.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil }}, LinkedOptions{})
	go func() {
		defer close(done)
		_, _ = l.Call(context.Background(), Call{Service: "a.Exit"}, &host{})
	}()
	<-done
	if err := l.Close(t.Context()); err != nil {
		t.Errorf("Close() = %v", err)
	}
}
