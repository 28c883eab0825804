package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mortise/runtime/cid"
)

type buffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

const testID = "0af7651916cd43dd8448eb211c80319c"

func TestLines(t *testing.T) {
	tests := []struct {
		name string
		log  func(ctx context.Context, l *slog.Logger)
		text string // without the time
		json string // without the time
	}{
		{
			"plain", func(ctx context.Context, l *slog.Logger) {
				l.InfoContext(ctx, "request", "channel", "a b", "status", 200)
			},
			`INFO  request              channel="a b" status=200 cid=` + testID,
			`"level":"info","msg":"request","cid":"` + testID + `","channel":"a b","status":200}`,
		},
		{
			"no id", func(_ context.Context, l *slog.Logger) { l.Warn("slow", "took", 1234567*time.Nanosecond) },
			`WARN  slow                 took=1.23ms`,
			`"level":"warn","msg":"slow","took":"1.234567ms"}`,
		},
		{
			"error, escapes", func(_ context.Context, l *slog.Logger) {
				l.Error("a long message of its own", "err", errors.New("line\nnext \x1b[2J"), "bad", "\xff")
			},
			`ERROR a long message of its own err="line\nnext \x1b[2J" bad="\xff"`,
			`"level":"error","msg":"a long message of its own","err":"line\nnext \u001b[2J","bad":"�"}`,
		},
		{
			"groups", func(_ context.Context, l *slog.Logger) {
				l.With("a", 1).WithGroup("g").With("b", true).Info("m", "c", 1.5, slog.Group("h", "d", nil))
			},
			`INFO  m                    a=1 g.b=true g.c=1.5 g.h.d=null`,
			`"level":"info","msg":"m","a":1,"g":{"b":true},"g":{"c":1.5,"h":{"d":null}}}`,
		},
		{
			"forged keys", func(ctx context.Context, l *slog.Logger) {
				l.InfoContext(ctx, "m", "cid", "x", Attributes(json.RawMessage(`{"cid":"y", "n":[1, 2], "s":"z z"}`)))
			},
			`INFO  m                    attr.cid=x attr.cid=y n=[1,2] s="z z" cid=` + testID,
			`"level":"info","msg":"m","cid":"` + testID + `","attr.cid":"x","attr.cid":"y","n":[1,2],"s":"z z"}`,
		},
		{
			"secrets", func(_ context.Context, l *slog.Logger) {
				l.Info("key abc", "a", "abcd abc", "b", "x-long\"secret-x", "c", map[string]string{"k": "long\"secret"})
			},
			`INFO  key ***              a="abcd ***" b=x-***-x c={"k":"***"}`,
			`"level":"info","msg":"key ***","a":"abcd ***","b":"x-***-x","c":{"k":"***"}}`,
		},
		{
			"debug", func(_ context.Context, l *slog.Logger) { l.Debug("not shown") }, "", "",
		},
		{
			"a line", func(ctx context.Context, l *slog.Logger) {
				Line(ctx, l, slog.LevelInfo, "request", slog.String("path", "/x"), slog.Int("length", 7))
			},
			`INFO  request              path=/x length=7 cid=` + testID,
			`"level":"info","msg":"request","cid":"` + testID + `","path":"/x","length":7}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var text, js buffer
			for _, f := range []Format{Text, JSON} {
				w := map[Format]*buffer{Text: &text, JSON: &js}[f]
				l := NewLog(LogOptions{Writer: w, Format: f})
				l.Mask([]string{"abc", `long"secret`})
				tt.log(cid.With(t.Context(), testID), l.Logger())
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
			got := strings.TrimSuffix(text.String(), "\n")
			if _, rest, ok := strings.Cut(got, " "); ok {
				got = rest
			}
			if got != tt.text {
				t.Errorf("as text: got\n%q, want\n%q", got, tt.text)
			}
			got = strings.TrimSuffix(js.String(), "\n")
			if got != "" && !json.Valid([]byte(got)) {
				t.Errorf("as JSON: %s is not valid", got)
			}
			if _, rest, ok := strings.Cut(got, ","); ok {
				got = rest
			}
			if got != tt.json {
				t.Errorf("as JSON: got\n%s, want\n%s", got, tt.json)
			}
		})
	}
}

func TestLongValuesAreCut(t *testing.T) {
	var out buffer
	l := NewLog(LogOptions{Writer: &out, Format: JSON})
	l.Logger().Info(strings.Repeat("m", 1<<20), "v", strings.Repeat("é", 1<<20),
		Attributes(json.RawMessage(`{"x":"`+strings.Repeat("y", 1<<20)+`"}`)))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(out.String()); n > 4*maxValue || !strings.Contains(out.String(), "bytes more)") {
		t.Errorf("a line of 4 MB: wrote %d bytes, want less than %d and a note", n, 4*maxValue)
	}
	if !json.Valid([]byte(out.String())) {
		t.Errorf("a line that was cut is not JSON any more")
	}
}

func TestFileGetsJSONAndTerminalText(t *testing.T) {
	file := filepath.Join(t.TempDir(), "logs", "server.log")
	var out buffer
	l := NewLog(LogOptions{Writer: &out, File: file, Fields: []slog.Attr{slog.String("project", "demo")}})
	l.Logger().Info("hello")
	if err := l.Flush(t.Context()); err != nil {
		t.Fatalf("Flush: %v", err)
	}
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), `"msg":"hello","project":"demo"}`) {
		t.Errorf("the file after Flush: %q, %v", b, err)
	}
	if !strings.Contains(out.String(), "hello") || strings.Contains(out.String(), "{") {
		t.Errorf("the terminal after Flush: %q", out.String())
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	l.Logger().Info("after the end")
}

func TestSubscribe(t *testing.T) {
	l := NewLog(LogOptions{})
	for i := range 2500 {
		l.Logger().Info("before", "i", i)
	}
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := l.Subscribe(5000)
	defer s.Close()
	l.Logger().ErrorContext(cid.With(t.Context(), testID), "after")
	var got []Record
	for r := range s.C() {
		if got = append(got, r); r.Message == "after" {
			break
		}
	}
	if len(got) != maxRing+1 {
		t.Fatalf("got %d lines, want the last %d and the new one", len(got), maxRing)
	}
	if want := `"i":500}`; !strings.HasSuffix(string(got[0].Line), want) {
		t.Errorf("the first line is %s, want it to end in %s", got[0].Line, want)
	}
	if last := got[maxRing]; last.CID != testID || last.Level != slog.LevelError {
		t.Errorf("the last line is %+v", last)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := <-s.C(); ok {
		t.Error("the stream goes on after Close")
	}
}

// TestHeldTerminal holds the terminal, as Ctrl-S does: neither the callers nor
// the other sink wait for it, and what is missing is said.
func TestHeldTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		l := NewLog(LogOptions{Writer: w})
		var file buffer
		l.sinks = append(l.sinks, newSink(&file, false, false))
		start := time.Now()
		for range 200 {
			for range 100 {
				l.Logger().Info("m", "v", strings.Repeat("x", 1000))
			}
			time.Sleep(batching) // lets a batch end, in the bubble's time
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("20,000 lines to a held terminal took their caller %v", took)
		}
		if err := l.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(file.String(), "\n"); n+int(l.Dropped()) < 20_000 {
			t.Errorf("the file got %d lines and %d were left out, want 20,000 together", n, l.Dropped())
		}
		go func() { _, _ = io.Copy(io.Discard, r) }()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		_ = w.Close()
		synctest.Wait()
	})
}

// BenchmarkRequest measures the four lines of one request, until they are written.
func BenchmarkRequest(b *testing.B) {
	for _, bench := range []struct {
		name string
		o    LogOptions
	}{
		{"none", LogOptions{}},
		{"text", LogOptions{Writer: io.Discard}},
		{"json", LogOptions{Writer: io.Discard, Format: JSON}},
		{"text and file", LogOptions{Writer: io.Discard, File: filepath.Join(b.TempDir(), "server.log")}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			l := NewLog(bench.o)
			l.Mask([]string{"a-secret-value", "abc", "another-secret"})
			ctx, log := cid.With(b.Context(), testID), l.Logger()
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n++; n%1000 == 0 { // so that formatting and writing are measured too
					_ = l.Flush(ctx)
				}
				Line(ctx, log, slog.LevelInfo, "request", slog.String("channel", "get-user-details"), slog.String("method", "GET"),
					slog.String("path", "/tutorial/api/get-user-details"), slog.Int("length", 15), slog.String("agent", "curl/8.0"),
					slog.String("remote", "127.0.0.1:50000"))
				Line(ctx, log, slog.LevelInfo, "request out", slog.String("connection", "CRM"), slog.String("method", "GET"),
					slog.String("security", "crm-key"))
				Line(ctx, log, slog.LevelInfo, "response in", slog.String("connection", "CRM"), slog.Int("status", 200),
					slog.Duration("took", 1234567), slog.Int("length", 100))
				Line(ctx, log, slog.LevelInfo, "response", slog.String("channel", "get-user-details"), slog.Int("status", 200),
					slog.Duration("took", 2345678), slog.Int("length", 64))
			}
			b.StopTimer()
			b.ReportMetric(float64(l.Dropped())/float64(b.N), "dropped/op")
			_ = l.Close()
		})
	}
}
