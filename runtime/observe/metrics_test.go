package observe

import (
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"mortise/runtime/fault"
)

func TestMetrics(t *testing.T) {
	m := NewMetrics()
	c := m.Channel(`a "b"`)
	if again := m.Channel(`a "b"`); again != c {
		t.Error("Channel twice: two meters, want one")
	}
	c.Start()
	c.DoneStatus(200, 3*time.Millisecond)
	c.Start()
	c.DoneStatus(503, 2*time.Minute)
	c.Start()
	s := m.Service("users.GetDetails")
	s.Start()
	s.Done(nil, time.Millisecond)
	s.Start()
	s.Done(fault.New(fault.NotFound, "x", "no such user"), time.Second)
	s.Start()
	s.Done(errors.New("other"), time.Second)
	m.Collect("mortise_connections", "gauge", "Connections by state.", func(add func(float64, ...string)) {
		add(2, "state", "open")
	})

	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	got := w.Body.String()
	for _, want := range []string{
		"# HELP mortise_channel_requests_total Number of requests that came in by a channel.\n# TYPE mortise_channel_requests_total counter\n",
		`mortise_channel_requests_total{channel="a \"b\"",status="200"} 1` + "\n",
		`mortise_channel_requests_total{channel="a \"b\"",status="503"} 1` + "\n",
		`mortise_channel_requests_running{channel="a \"b\""} 1` + "\n",
		`mortise_channel_request_seconds_bucket{channel="a \"b\"",le="0.0025"} 0` + "\n",
		`mortise_channel_request_seconds_bucket{channel="a \"b\"",le="0.005"} 1` + "\n",
		`mortise_channel_request_seconds_bucket{channel="a \"b\"",le="60"} 1` + "\n",
		`mortise_channel_request_seconds_bucket{channel="a \"b\"",le="+Inf"} 2` + "\n",
		`mortise_channel_request_seconds_sum{channel="a \"b\""} 120.003` + "\n",
		`mortise_service_calls_total{service="users.GetDetails",outcome="ok"} 1` + "\n",
		`mortise_service_calls_total{service="users.GetDetails",outcome="not found"} 1` + "\n",
		`mortise_service_calls_total{service="users.GetDetails",outcome="internal"} 1` + "\n",
		`mortise_connections{state="open"} 2` + "\n",
		"go_goroutines ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the metrics do not contain\n%s", want)
		}
	}
	if total, bad := c.Count(); total != 2 || bad != 1 {
		t.Errorf("Count() = %d, %d, want 2, 1", total, bad)
	}
	if total, bad := s.Count(); total != 3 || bad != 2 {
		t.Errorf("Count() = %d, %d, want 3, 2", total, bad)
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestMeterUsedByMany(t *testing.T) {
	m := NewMetrics().Connection("CRM")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 1000 {
				m.Start()
				m.DoneStatus(200+(i+j)%20, time.Millisecond)
			}
		})
	}
	wg.Wait()
	if total, _ := m.Count(); total != 8000 || m.Running() != 0 {
		t.Errorf("after 8000 requests: %d counted, %d running", total, m.Running())
	}
}

func BenchmarkMeter(b *testing.B) {
	m := NewMetrics().Channel("x")
	b.ReportAllocs()
	for b.Loop() {
		m.Start()
		m.DoneStatus(200, 3*time.Millisecond)
	}
}
