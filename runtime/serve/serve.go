// Package serve is the body of a server: an engine with a listener, its log, the
// control API and signals. A headless server, the Studio and a command that needs
// a project for a moment all start a Host; what they know of folders and
// builders they pass in.
package serve

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/control"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/secret"
)

// DefaultListen is the address of the channels where nothing else is said.
const DefaultListen = "127.0.0.1:17010"

// StateDir is the folder within a project for what its host keeps.
const StateDir = ".mortise"

// stopWait bounds a graceful stop: the longest that a call in flight may take.
const stopWait = 30 * time.Second

// heapFloor is memory that a host allocates and never touches, so that it costs
// none. The collector counts it and therefore waits for that much garbage more
// before it runs: what a host keeps is so small that it would otherwise run some
// hundred times a second under load.
const heapFloor = 32 << 20

// Options are what a Host needs.
type Options struct {
	Dir     string                                              // the project's folder
	Load    func(context.Context) (*config.Project, fault.List) // reads the project; with faults it may be nil
	Changes <-chan struct{}                                     // says that files of the project changed; nil is never
	Builder engine.Builder
	Secrets secret.Store
	Log     *observe.Log
	Getenv  func(name string) (string, bool)

	Listen  string          // address of the channels; "" is DefaultListen, port 0 any free one
	Control control.Options // its Address, Token, Cert and Key; an empty Token is a new one
	JobsOff bool            // jobs and stored calls wait: another host has them
	Private bool            // no control API is opened, nobody is told of this host, and what is wrong stands in Report alone
	Version string
	// Changed is called whenever State or Report may be another than before in more
	// than counts: a deploy began or ended, a service is compiled, a worker died. It
	// must return at once and may be nil.
	Changed func()
}

// Host is a project that is served. It must be stopped.
type Host struct {
	o        Options
	log      *slog.Logger
	engine   *engine.Engine
	server   *channel.Server
	control  *control.Server
	withdraw func() error
	started  time.Time
	floor    []byte // see heapFloor

	life context.Context // ends when the host stops
	end  context.CancelFunc
	work sync.WaitGroup
	stop sync.Once

	applying sync.Mutex // held while the project is read and applied
	address  atomic.Pointer[string]
	report   atomic.Pointer[config.Report]
	since    atomic.Pointer[time.Time] // when what is being applied began to be; nil where nothing is
}

// Start opens the engine, listens and applies the project. A project that is
// wrong does not stop it: Report says what is wrong, requests get 503, and the
// next change or Apply tries again. The error is a *fault.Error.
func Start(ctx context.Context, o Options) (*Host, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	h := &Host{o: o, log: o.Log.Logger(), started: time.Now()}
	h.life, h.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := h.open(ctx); err != nil {
		_ = h.shut(ctx) // the first error says what is wrong
		return nil, err
	}
	if !o.Private {
		h.floor = make([]byte, heapFloor)
		h.log.Info("serving", "address", h.URL(), "control", h.ControlURL(), "pid", os.Getpid())
	}
	if _, err := h.Apply(ctx); err != nil {
		_ = h.shut(ctx) // the first error says what is wrong
		return nil, err
	}
	if o.Changes != nil {
		h.work.Go(h.follow)
	}
	return h, nil
}

func (h *Host) open(ctx context.Context) (err error) {
	h.engine, err = engine.New(ctx, engine.Options{
		Builder: h.o.Builder, Dir: filepath.Join(h.o.Dir, StateDir), Secrets: h.o.Secrets, Log: h.log, Mask: h.o.Log.Mask, Hide: h.o.Log.Hide,
		Self: h.URL, Getenv: h.o.Getenv, JobsOff: h.o.JobsOff, Quiet: h.o.Private, Changed: h.o.Changed,
	})
	if err != nil {
		return err
	}
	h.engine.Metrics().Collect("mortise_log_lines_left_out_total", "counter", "Number of log lines that came faster than they could be written.",
		func(add func(float64, ...string)) { add(float64(h.o.Log.Dropped())) })
	h.server = channel.NewServer(h.engine, h.log)
	if err := h.server.Listen(ctx, h.o.Listen); err != nil {
		h.server = nil
		return err
	}
	url := "http://" + reachable(h.server.Addr())
	h.address.Store(&url)
	if h.o.Private {
		return nil
	}
	c := h.o.Control
	c.Runtime, c.Log = h, h.o.Log
	c.Version = version(h.o.Version, h.started)
	if c.Token == "" {
		c.Token = control.NewToken()
	}
	if h.control, err = control.Start(ctx, c); err != nil {
		return err
	}
	h.withdraw, err = control.Announce(h.o.Dir, control.Host{
		PID: os.Getpid(), Address: url, Control: h.control.URL(), Token: c.Token, Version: h.o.Version, Started: h.started,
	})
	return err
}

// URL returns the address of the channels: "http://127.0.0.1:17010".
func (h *Host) URL() string {
	if url := h.address.Load(); url != nil {
		return *url
	}
	return ""
}

// ControlURL returns the address of the control API, or "" where there is none.
func (h *Host) ControlURL() string {
	if h.control == nil {
		return ""
	}
	return h.control.URL()
}

// Engine returns the engine that runs the project.
func (h *Host) Engine() *engine.Engine { return h.engine }

// Wait serves until ctx ends, a signal comes or the listener fails, then stops
// gracefully: /readyz says no, requests in flight end, everything is closed, for
// thirty seconds at most. A second signal ends that at once.
func (h *Host) Wait(ctx context.Context, signals <-chan os.Signal) error {
	var failed error
	select {
	case <-ctx.Done():
	case s := <-signals:
		h.log.Info("stopping", "signal", s.String())
	case <-h.server.Done():
		failed = h.server.Err()
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWait)
	defer cancel()
	done := make(chan struct{})
	h.work.Go(func() {
		select {
		case s := <-signals:
			h.log.Warn("stopping at once", "signal", s.String())
			cancel()
		case <-done:
		}
	})
	err := h.shut(stopping)
	close(done)
	h.work.Wait()
	return errors.Join(failed, err)
}

// Stop stops gracefully until ctx ends. It may be called more than once.
func (h *Host) Stop(ctx context.Context) error {
	err := h.shut(ctx)
	h.work.Wait()
	return err
}

// shut closes what is open, in the order in which others depend on it.
func (h *Host) shut(ctx context.Context) error {
	var errs []error
	h.stop.Do(func() {
		if h.withdraw != nil {
			errs = append(errs, h.withdraw())
		}
		if h.engine != nil {
			h.engine.Closing()
		}
		h.end()
		if h.server != nil {
			errs = append(errs, h.server.Shutdown(ctx))
		}
		if h.engine != nil {
			errs = append(errs, h.engine.Close(ctx))
		}
		if h.control != nil {
			errs = append(errs, h.control.Close(ctx))
		}
		if h.withdraw != nil {
			h.log.Info("stopped")
		}
	})
	return errors.Join(errs...)
}
