package observe

import (
	"cmp"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	vm "github.com/VictoriaMetrics/metrics"

	"mortise/runtime/fault"
)

// maxSeries bounds the meters and collected series of one family. Their names
// come from a project's files, so the bound is for projects that make objects
// without end; what is past it is counted under the name "other".
const maxSeries = 10_000

// Metrics are the metrics of one engine. They are resolved once, when an object
// is opened, into a Meter; using one takes no lock and no look-up.
type Metrics struct {
	mu         sync.Mutex // guards what follows
	families   map[string]*family
	collectors []collector
}

// family is the meters of one kind of object.
type family struct {
	prefix, label, what, code string
	meters                    map[string]*Meter
}

type collector struct {
	name, kind, help string
	collect          func(add func(value float64, labels ...string))
}

// NewMetrics returns metrics without any series.
func NewMetrics() *Metrics { return &Metrics{families: map[string]*family{}} }

// Channel returns the meter of the requests that come in by a channel.
func (m *Metrics) Channel(name string) *Meter {
	return m.meter("mortise_channel_request", "channel", "requests that came in by a channel", "status", name)
}

// Connection returns the meter of the requests that go out by a connection.
func (m *Metrics) Connection(name string) *Meter {
	return m.meter("mortise_connection_request", "connection", "requests that went out by a connection", "status", name)
}

// Service returns the meter of the calls of a service.
func (m *Metrics) Service(name string) *Meter {
	return m.meter("mortise_service_call", "service", "calls of a service", "outcome", name)
}

// Job returns the meter of the runs of a job.
func (m *Metrics) Job(name string) *Meter {
	return m.meter("mortise_job_run", "job", "runs of a job", "outcome", name)
}

// Worker returns the meter of the lives of an engine's workers: how long each
// lived and how it ended, nil for one that was closed.
func (m *Metrics) Worker(engine string) *Meter {
	return m.meter("mortise_worker_life", "engine", "lives of workers that have ended", "outcome", engine)
}

// Engine returns the meter of the calls that an engine answered.
func (m *Metrics) Engine(engine string) *Meter {
	return m.meter("mortise_engine_call", "engine", "calls that an engine answered", "outcome", engine)
}

// Compile returns the meter of the compiling of a project's services.
func (m *Metrics) Compile() *Meter {
	return m.meter("mortise_compile", "what", "times that a project was compiled", "outcome", "services")
}

func (m *Metrics) meter(prefix, label, what, code, name string) *Meter {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.families[prefix]
	if f == nil {
		f = &family{prefix: prefix, label: label, what: what, code: code, meters: map[string]*Meter{}}
		m.families[prefix] = f
	}
	if f.meters[name] == nil && len(f.meters) >= maxSeries {
		name = "other"
	}
	if f.meters[name] == nil {
		f.meters[name] = &Meter{}
	}
	return f.meters[name]
}

// Collect adds a metric whose values are asked for when the metrics are read.
// Kind is "gauge" or "counter"; labels are pairs of a name and a value. The
// function may be called by several readers at a time.
func (m *Metrics) Collect(name, kind, help string, collect func(add func(value float64, labels ...string))) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.collectors = append(m.collectors, collector{name, kind, help, collect})
}

// ServeHTTP answers with all metrics in the text format of Prometheus, those of
// the process and of the Go runtime included
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_ = m.Write(w) // a reader that went away is no concern of ours
}

// Write writes all metrics in the text format of Prometheus.
func (m *Metrics) Write(w io.Writer) error {
	m.mu.Lock()
	families := make([]family, 0, len(m.families))
	for _, f := range m.families {
		meters := make(map[string]*Meter, len(f.meters))
		maps.Copy(meters, f.meters)
		families = append(families, family{f.prefix, f.label, f.what, f.code, meters})
	}
	collectors := slices.Clone(m.collectors)
	m.mu.Unlock()

	slices.SortFunc(families, func(a, b family) int { return strings.Compare(a.prefix, b.prefix) })
	slices.SortStableFunc(collectors, func(a, b collector) int { return cmp.Compare(a.name, b.name) })
	var out exposition
	for _, f := range families {
		out.family(f)
	}
	for _, c := range collectors {
		out.collector(c)
	}
	if _, err := w.Write(out.b); err != nil {
		return err
	}
	vm.WriteProcessMetrics(w)
	return nil
}

// Meter counts what one object does: how often, with which outcome, for how
// long, and how much of it is going on. It may be used by several goroutines.
type Meter struct {
	running  atomic.Int64
	retries  atomic.Uint64
	sum      atomic.Int64 // nanoseconds
	buckets  [len(bounds) + 1]atomic.Uint64
	outcomes atomic.Pointer[[]*outcome] // replaced as a whole; few, so that a scan is quick
}

type outcome struct {
	code  string
	key   int // HTTP status; else a negative number: -1 is ok, the others are kinds of error
	count atomic.Uint64
}

// bounds are the upper ends of the buckets of all histograms.
var bounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
	30 * time.Second, time.Minute,
}

// Start counts one that begins; Done or DoneStatus must follow.
func (m *Meter) Start() { m.running.Add(1) }

// Retry counts one more try.
func (m *Meter) Retry() { m.retries.Add(1) }

// DoneStatus counts one that Start began and that ended with an HTTP status.
func (m *Meter) DoneStatus(status int, took time.Duration) { m.done(max(status, 0), took) }

// Done counts one that Start began and that ended with err, by the kind of the
// error; nil is "ok".
func (m *Meter) Done(err error, took time.Duration) {
	key := -1
	if err != nil {
		key = -2 - int(fault.KindOf(err))
	}
	m.done(key, took)
}

func (m *Meter) done(key int, took time.Duration) {
	m.running.Add(-1)
	m.sum.Add(int64(took))
	i := 0
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	m.buckets[i].Add(1)
	m.outcome(key).count.Add(1)
}

// Count returns how many have ended, and how many of them badly: with an error,
// or with a status of 400 and above.
func (m *Meter) Count() (total, bad uint64) {
	if list := m.outcomes.Load(); list != nil {
		for _, o := range *list {
			n := o.count.Load()
			total += n
			if o.key != -1 && (o.key < 0 || o.key >= 400) {
				bad += n
			}
		}
	}
	return total, bad
}

// Running returns how many have begun and not ended.
func (m *Meter) Running() int64 { return m.running.Load() }

func (m *Meter) outcome(key int) *outcome {
	for {
		list := m.outcomes.Load()
		if list != nil {
			for _, o := range *list {
				if o.key == key {
					return o
				}
			}
		}
		o := &outcome{key: key, code: codeOf(key)}
		next := []*outcome{o}
		if list != nil {
			next = append(slices.Clone(*list), o)
		}
		if m.outcomes.CompareAndSwap(list, &next) {
			return o
		}
	}
}
