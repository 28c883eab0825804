package rest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"mortise/runtime/channel"
	"mortise/runtime/channel/channeltest"
	"mortise/runtime/conn"
	"mortise/runtime/observe"
	"mortise/runtime/service"
)

type in struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// work is what both sides of the comparison do with a request: JSON in and out.
func work(body []byte) ([]byte, error) {
	var v in
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"user_type": "RGV", "account_no": v.Name, "n": v.N})
}

// BenchmarkChannel measures the way in over real sockets with connections that
// are kept: a bare handler of net/http, and a channel with an API key, the log
// and the metrics.
func BenchmarkChannel(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		load(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				b.Error(err)
			}
			out, err := work(body)
			if err != nil {
				b.Error(err)
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(out)
		}), false)
	})
	for name, logger := range map[string]func(b *testing.B) *slog.Logger{
		"no log": func(*testing.B) *slog.Logger { return slog.New(slog.DiscardHandler) },
		"log": func(b *testing.B) *slog.Logger {
			log := observe.NewLog(observe.LogOptions{Writer: io.Discard, Format: "json"})
			b.Cleanup(func() { _ = log.Close() })
			return log.Logger()
		},
	} {
		b.Run("channel/"+name, func(b *testing.B) {
			env := channeltest.Env(b, func(_ context.Context, call channel.Call) (service.Result, error) {
				out, err := work(call.Input)
				return service.Result{Body: out}, err
			})
			env.Log = logger(b)
			env.Metrics = observe.NewMetrics().Channel("In")
			if _, err := decodeChannel(b, "{path: /in, service: test.Echo, security: key}").Prepare(b.Context(), env); err != nil {
				b.Fatal(err)
			}
			load(b, env.Routes, true)
		})
	}
}

// load sends requests over 16 connections, with a client that costs little.
func load(b *testing.B, h http.Handler, ours bool) {
	b.Helper()
	var address string
	if ours {
		s := channel.NewServer(h, slog.New(slog.DiscardHandler))
		if err := s.Listen(b.Context(), "127.0.0.1:0"); err != nil {
			b.Fatal(err)
		}
		defer s.Shutdown(context.Background())
		address = s.Addr()
	} else {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		s := &http.Server{Handler: h}
		go s.Serve(l)
		defer s.Close()
		address = l.Addr().String()
	}
	body := `{"name":"Mike Smith","n":12345}`
	request := fmt.Sprintf("POST /in HTTP/1.1\r\nHost: x\r\nUser-Agent: bench/1.0\r\nX-API-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", channeltest.Key, len(body), body)
	var failed atomic.Int64
	b.SetParallelism(8)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		for pb.Next() {
			if _, err := io.WriteString(c, request); err != nil {
				b.Error(err)
				return
			}
			if !answer(r) {
				failed.Add(1)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	if failed.Load() > 0 {
		b.Errorf("%d connections got a wrong answer", failed.Load())
	}
}

// answer reads one answer and reports whether it is 200.
func answer(r *bufio.Reader) bool {
	line, err := r.ReadSlice('\n')
	if err != nil || !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		return false
	}
	length := 0
	for {
		line, err = r.ReadSlice('\n')
		if err != nil {
			return false
		}
		if len(line) == 2 {
			_, err = r.Discard(length)
			return err == nil
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			for _, c := range bytes.TrimSpace(v) {
				length = length*10 + int(c-'0')
			}
		}
	}
}

// BenchmarkConnection measures the way out: net/http's own client, and a
// connection with the log and the metrics.
func BenchmarkConnection(b *testing.B) {
	s := channel.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"UserType":"RGV","AccountNumber":"123456"}`)
	}), slog.New(slog.DiscardHandler))
	if err := s.Listen(b.Context(), "127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	defer s.Shutdown(context.Background())
	address := "http://" + s.Addr()
	b.Run("bare", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{}}
		b.ReportAllocs()
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address+"/x", strings.NewReader(`{"a":1}`))
			if err != nil {
				b.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadAll(resp.Body); err != nil {
				b.Fatal(err)
			}
			_ = resp.Body.Close()
		}
	})
	b.Run("connection", func(b *testing.B) {
		log := observe.NewLog(observe.LogOptions{Writer: io.Discard, Format: "json"})
		defer log.Close()
		typ, _ := conn.Lookup("rest")
		h, err := conn.Open(b.Context(), typ, decode(b, fmt.Sprintf("{address: %q, path: /x}", address)),
			conn.Env{Name: "CRM", Log: log.Logger(), Metrics: observe.NewMetrics().Connection("CRM")})
		if err != nil {
			b.Fatal(err)
		}
		defer h.Close()
		c, _ := h.HTTP()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Do(b.Context(), &conn.HTTPRequest{Method: "POST", Media: "application/json", Body: []byte(`{"a":1}`)}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
