package serve

import (
	"context"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/control"
	"mortise/runtime/fault"
)

// Pauses until what was saved is tried again that could not be made live for a
// reason that lies outside of it, such as a full disk.
const (
	retryFirst = 2 * time.Second
	retryMost  = time.Minute
)

// follow applies the project whenever its files change.
func (h *Host) follow() {
	pause := retryFirst
	again := time.NewTimer(retryMost)
	defer again.Stop()
	again.Stop()
	for {
		select {
		case _, ok := <-h.o.Changes:
			if !ok {
				return
			}
			pause = retryFirst
		case <-again.C:
			pause = min(2*pause, retryMost)
		case <-h.life.Done():
			return
		}
		again.Stop()
		report, err := h.Apply(h.life)
		if err != nil && h.life.Err() == nil {
			h.log.Error("project not read", "error", err)
		}
		if Passing(report.Faults) {
			again.Reset(pause)
		}
	}
}

// Passing reports whether all that is wrong may pass without an edit.
func Passing(faults fault.List) bool {
	return len(faults) > 0 && !slices.ContainsFunc(faults, func(f *fault.Error) bool { return f.Kind != fault.Unavailable })
}

// Apply reads the project and makes it the running one. Where it is wrong, what
// ran before goes on, and the report and the log say what is wrong.
func (h *Host) Apply(ctx context.Context) (config.Report, error) {
	h.applying.Lock()
	defer h.applying.Unlock()
	start := time.Now()
	h.since.Store(&start)
	h.told()
	defer func() {
		h.since.Store(nil)
		h.told()
	}()
	p, faults := h.o.Load(ctx)
	if err := ctx.Err(); err != nil {
		return config.Report{}, fault.Wrap(fault.Canceled, "serve.canceled", err, "read the project")
	}
	report := config.Report{Faults: faults}
	if p != nil {
		var err error
		report, err = h.engine.Apply(ctx, p)
		if err != nil && len(report.Faults) == 0 {
			return report, err
		}
		report.Faults = Union(faults, report.Faults)
	}
	report.Took = time.Since(start)
	faults = report.Faults
	report.Faults = faults.Whole()
	h.report.Store(&report)
	if len(faults) > 0 && !h.o.Private {
		h.complain(ctx, faults)
	}
	return report, nil
}

// told says that State may be another than before.
func (h *Host) told() {
	if h.o.Changed != nil {
		h.o.Changed()
	}
}

// Union returns both lists, sorted by place, without what is in both.
func Union(a, b fault.List) fault.List {
	out := slices.Clone(a)
	for _, e := range b {
		if !slices.ContainsFunc(a, func(x *fault.Error) bool { return x.At == e.At && x.Code == e.Code && x.What == e.What }) {
			out = append(out, e)
		}
	}
	out.Sort()
	return out
}

// complain writes one line for each thing that is wrong with the project.
func (h *Host) complain(ctx context.Context, faults fault.List) {
	for _, f := range faults {
		problem := f.Error()
		if !f.At.IsZero() {
			problem = f.At.String() + ": " + problem
		}
		attrs := []slog.Attr{slog.String("problem", problem)}
		if f.Hint != "" {
			attrs = append(attrs, slog.String("hint", f.Hint))
		}
		h.log.LogAttrs(ctx, slog.LevelError, "not deployed", attrs...)
	}
	if h.engine.Ready() {
		h.log.LogAttrs(ctx, slog.LevelWarn, "the version before goes on serving", slog.Int("problems", len(faults)))
	}
}

// Report returns the report of the last attempt to apply.
func (h *Host) Report(context.Context) (config.Report, error) {
	if r := h.report.Load(); r != nil {
		return *r, nil
	}
	return config.Report{}, fault.New(fault.Unavailable, "serve.empty", "nothing has been applied yet")
}

// reachable returns an address under which a listener is reached from this
// machine: one that listens everywhere is on loopback, too.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

func version(v string, started time.Time) control.Version {
	return control.Version{Version: v, Go: runtime.Version(), PID: os.Getpid(), Started: started}
}
