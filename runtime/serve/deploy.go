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

// follow applies the project whenever its files change.
func (h *Host) follow() {
	for {
		select {
		case _, ok := <-h.o.Changes:
			if !ok {
				return
			}
			if _, err := h.Apply(h.life); err != nil && h.life.Err() == nil {
				h.log.Error("project not read", "error", err)
			}
		case <-h.life.Done():
			return
		}
	}
}

// Apply reads the project and makes it the running one. Where it is wrong, what
// ran before goes on, and the report and the log say what is wrong.
func (h *Host) Apply(ctx context.Context) (config.Report, error) {
	h.applying.Lock()
	defer h.applying.Unlock()
	start := time.Now()
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
	h.report.Store(&report)
	if len(report.Faults) > 0 && !h.o.Private {
		h.complain(ctx, report.Faults)
	}
	return report, nil
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
