package engine

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/observe"
	"mortise/runtime/secret"
	"mortise/runtime/security"
	"mortise/runtime/service"
	"mortise/runtime/spec"
	"mortise/runtime/worker"
)

// startWait bounds how long the first worker of a new program may take, which
// may have to be compiled.
const startWait = time.Minute

// Apply makes a project the running one, or leaves the engine exactly as it was
// and says why. The report says for every object what became of it; it is
// returned with an error, too. What opened may be down: that does not stop an
// Apply.
func (e *Engine) Apply(ctx context.Context, p *config.Project) (config.Report, error) {
	e.applying.Lock()
	defer e.applying.Unlock()
	start := time.Now()
	if e.closing.Load() {
		return config.Report{}, fault.New(fault.Unavailable, "engine.closing", "the runtime is stopping")
	}
	before := e.current.Load()
	g, report := e.plan(ctx, p, before)
	if len(report.Faults) == 0 {
		report.Faults = e.prepare(ctx, g, before)
		if len(report.Faults) > 0 {
			g.release(e.life) //nolint:contextcheck // what was opened must be closed even where ctx has ended
		}
	}
	report.Took = time.Since(start)
	if err := report.Faults.Err(); err != nil {
		fail(&report)
		e.last.Store(&report)
		return report, err
	}
	g.report = report
	e.last.Store(&report)
	e.swap(ctx, g, before)
	return report, nil
}

// Check says what Apply would: it is the same code, stopped before anything is
// opened.
func (e *Engine) Check(ctx context.Context, p *config.Project) (config.Report, error) {
	e.applying.Lock()
	defer e.applying.Unlock()
	start := time.Now()
	g, report := e.plan(ctx, p, e.current.Load())
	if len(report.Faults) == 0 {
		report.Faults = e.route(ctx, g)
	}
	report.Took = time.Since(start)
	if err := report.Faults.Err(); err != nil {
		fail(&report)
		return report, err
	}
	return report, nil
}

// LastReport returns the report of the last Apply, and whether there was one.
func (e *Engine) LastReport() (config.Report, bool) {
	if r := e.last.Load(); r != nil {
		return *r, true
	}
	return config.Report{}, false
}

// plan decodes and checks a project without any effect: objects, source, and all
// the names by which they refer to each other.
func (e *Engine) plan(ctx context.Context, p *config.Project, before *generation) (*generation, config.Report) {
	g := &generation{project: p, log: e.o.Log, gone: make(chan struct{})}
	if e.o.Self != nil {
		g.self = e.o.Self()
	}
	var faults, warnings fault.List
	g.objects = e.decode(ctx, p, g.self, before, &faults)
	g.settings, faults = e.expand(p, g.self, faults)
	if before != nil && before.project.SourceHash == p.SourceHash && before.project.Engines.Equal(p.Engines) && before.program != nil {
		g.program, warnings = before.program, before.report.Warnings
	} else {
		var err error
		g.program, warnings, err = build(ctx, e.o.Builder, p.Source, p.Engines)
		faults = append(faults, fault.All(err)...)
	}
	if g.program != nil {
		faults = append(faults, e.checkUses(ctx, g)...)
	}
	faults = append(faults, g.checkRefs()...)
	for _, o := range g.objects {
		if c, ok := o.config.(security.Config); ok && o.doc.Kind == config.Security && o.definition == nil {
			var err error
			if o.definition, err = c.Build(o.doc.Name); err != nil {
				faults = append(faults, at(o.doc, err))
			}
		}
	}
	if len(faults) > 0 {
		// All at once: what only the channels themselves can find, too.
		for _, f := range e.route(ctx, g) {
			if !slices.ContainsFunc(faults, func(known *fault.Error) bool { return known.At == f.At }) {
				faults = append(faults, f)
			}
		}
	}
	report := config.Report{Objects: g.changes(before), Faults: faults, Warnings: warnings}
	return g, report
}

// build makes a program of a project's source, as the project wants it where the
// builder can choose.
func build(ctx context.Context, b Builder, source fs.FS, want config.Engines) (worker.Program, fault.List, error) {
	if c, ok := b.(Chooser); ok {
		return c.BuildFor(ctx, source, want)
	}
	return b.Build(ctx, source)
}

// checkRefs finds references of objects to what is not there.
func (g *generation) checkRefs() fault.List {
	var faults fault.List
	for _, o := range g.objects {
		for _, r := range o.refs {
			if r.Ref.Name == "" {
				continue
			}
			var names []string
			switch r.Kind {
			case kindService:
				if g.program == nil {
					continue // the source's own faults come first
				}
				for _, s := range g.program.Services() {
					names = append(names, s.Name)
				}
			default:
				names = g.project.Names(r.Kind)
			}
			if slices.Contains(names, r.Ref.Name) || g.declared(r.Kind, r.Ref.Name) {
				continue
			}
			slices.Sort(names)
			faults.Add(r.Ref.At, r.Kind+".unknown", "%s %q: no %s %q", o.doc.Kind, o.doc.Name, noun(r.Kind), r.Ref.Name).
				WithHint("%s", fault.DidYouMean(r.Ref.Name, names))
		}
	}
	return faults
}

// declared reports whether there is an enabled object of that name that could
// not be read: its own fault says enough.
func (g *generation) declared(kind, name string) bool {
	d, found := g.project.Find(kind, name)
	return found && d.Enabled || g.project.Broken(kind, name)
}

// checkUses finds names in the source that are not there.
func (e *Engine) checkUses(ctx context.Context, g *generation) fault.List {
	var faults fault.List
	var services []string
	for _, s := range g.program.Services() {
		services = append(services, s.Name)
	}
	for _, u := range g.program.Uses() {
		switch u.Family {
		case "rest":
			o := g.objects[objectKey{config.Connection, u.Name}]
			switch {
			case o == nil && !g.declared(config.Connection, u.Name):
				faults.Add(u.At, "connection.unknown", "service %q: no connection %q", u.In, u.Name).
					WithHint("%s", newObject(fault.DidYouMean(u.Name, g.project.Names(config.Connection)), "connections/", u.Name))
			case o != nil && o.connType.Family != conn.FamilyHTTP:
				faults.Add(u.At, "connection.family", "service %q: connection %q is of type %q, which does not speak REST", u.In, u.Name, o.doc.Type)
			}
		case "service":
			if !slices.Contains(services, u.Name) {
				faults.Add(u.At, "service.unknown", "service %q: no service %q", u.In, u.Name).WithHint("%s", fault.DidYouMean(u.Name, services))
			}
		case "config":
			if _, ok := g.settings.Lookup(u.Name); !ok {
				faults.Add(u.At, "config.unknown", "service %q: no setting %q", u.In, u.Name).
					WithHint("put it under \"config\" in mortise.yaml")
			}
		case "secret":
			_, found, err := e.o.Secrets.Get(ctx, u.Name)
			if err != nil {
				faults = append(faults, fault.As(err).WithAt(u.At))
			} else if !found {
				missing := secret.Missing(u.Name).WithAt(u.At)
				missing.What = fmt.Sprintf("service %q: %s", u.In, missing.What)
				faults = append(faults, missing)
			}
		}
	}
	return faults
}

// prepare opens and starts what the new generation needs.
func (e *Engine) prepare(ctx context.Context, g, before *generation) fault.List {
	var faults fault.List
	for key, o := range g.objects {
		if key.kind != config.Connection {
			continue
		}
		if err := e.openConnection(ctx, g, o, before); err != nil {
			faults = append(faults, at(o.doc, err))
		}
	}
	if err := e.start(ctx, g, before); err != nil {
		return append(faults, fault.All(err)...)
	}
	return append(faults, e.route(ctx, g)...)
}

// start gives the generation its crew: that of the generation before where the
// program is the same.
func (e *Engine) start(ctx context.Context, g, before *generation) error {
	if before != nil && before.crew != nil && before.program == g.program {
		g.crew = before.crew.acquire()
	} else {
		ctx, cancel := context.WithTimeout(ctx, startWait)
		defer cancel()
		workers := e.workers
		if _, ok := g.program.(*autoProgram); ok {
			workers = new(observe.Meter) // it counts its workers itself
		}
		crew, err := invoke.NewCrew(ctx, e.life, g.program, e.o.Log, workers, e.told)
		if err != nil {
			return err
		}
		g.crew = share(crew, crew.Close, func(err error) {
			e.o.Log.LogAttrs(e.life, slog.LevelWarn, "close of a worker failed", slog.String("error", err.Error()))
		})
	}
	return nil
}

// route makes the services ready and prepares the channels, whose routes go into
// a new table.
func (e *Engine) route(ctx context.Context, g *generation) fault.List {
	if g.program == nil {
		return nil
	}
	var crew *invoke.Crew
	if g.crew != nil {
		crew = g.crew.value
	}
	timeout := g.project.Timeout
	if timeout == 0 {
		timeout = e.o.Timeout
	}
	var err error
	g.services, err = invoke.NewSet(invoke.Options{
		Services: g.program.Services(), Crew: crew, Timeout: timeout, Conn: g.connection, Config: g.settings.Lookup,
		Secret: e.secret, Later: later{e}, States: e.states, Hide: e.o.Hide, Log: e.o.Log, Quiet: e.o.Quiet,
	})
	if err != nil {
		return fault.All(err)
	}
	g.routes = channel.NewTable()
	g.routes.LogTo(e.o.Log)
	var faults fault.List
	for _, o := range g.sorted(config.Channel) {
		c, err := o.config.(channel.Config).Prepare(ctx, channel.Env{
			Name: o.doc.Name, At: o.doc.Place("path"), Log: e.o.Log, Security: g.definition, Service: g.services.Service,
			Invoke: invoker{g.services}, Routes: g.routes, Metrics: e.o.Metrics.Channel(o.doc.Name), Timeout: timeout,
		})
		if err != nil {
			faults = append(faults, at(o.doc, err))
			continue
		}
		o.channel = c
	}
	return faults
}

// swap makes the generation the current one. It cannot fail: what goes wrong
// afterwards is reported and does not bring the old generation back.
func (e *Engine) swap(ctx context.Context, g, before *generation) {
	e.mask(g)
	e.current.Store(g)
	for _, o := range g.sorted(config.Channel) {
		if err := o.channel.Activate(ctx); err != nil {
			e.o.Log.LogAttrs(ctx, slog.LevelError, "start of a channel failed", slog.String("channel", o.doc.Name), slog.String("error", err.Error()))
		}
	}
	e.schedule(ctx, g)
	e.told()
	if before != nil {
		if x := before.execution(); x != nil && x != g.execution() {
			x.retire()
		}
		e.old.Go(func() { before.retire(e.life) })
	}
	e.o.Log.LogAttrs(ctx, slog.LevelInfo, "deployed", slog.String("project", g.project.Name),
		slog.Int("services", len(g.services.Names())), slog.String("changes", g.report.String()), slog.Duration("took", g.report.Took))
}

// told says that something may be another than before.
func (e *Engine) told() {
	if e.o.Changed != nil {
		e.o.Changed()
	}
}

// mask tells the log which values it must not show.
func (e *Engine) mask(g *generation) {
	if e.o.Mask == nil {
		return
	}
	var values []string
	for _, o := range g.objects {
		for _, s := range o.secrets {
			if v := s.Value(); v != "" {
				values = append(values, v)
			}
		}
	}
	for _, u := range g.program.Uses() {
		if u.Family == "secret" {
			if v, found, err := e.o.Secrets.Get(e.life, u.Name); err == nil && found {
				values = append(values, v)
			}
		}
	}
	e.o.Mask(values)
}

func (e *Engine) secret(ctx context.Context, name string) (string, error) {
	v, found, err := e.o.Secrets.Get(ctx, name)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, "secret.store", err, "read the secret %q", name)
	}
	if !found {
		missing := secret.Missing(name)
		missing.Kind = fault.Internal // no mistake of the caller's
		return "", missing
	}
	return v, nil
}

// invoker lets channels invoke the services of their generation.
type invoker struct{ set *invoke.Set }

// Invoke runs a service for a channel.
func (i invoker) Invoke(ctx context.Context, c channel.Call) (service.Result, error) {
	return i.set.Invoke(ctx, invoke.Call{
		Service: c.Service, Input: c.Input, Caller: c.Caller, Request: c.Request, Body: c.Body, Timeout: c.Timeout,
	})
}

// at puts the document's place on an error that has none.
func at(doc *config.Document, err error) *fault.Error {
	f := *fault.As(err)
	if f.Kind == fault.Internal && f.Code == "internal" {
		f = *fault.Wrap(fault.Invalid, doc.Kind+".open", err, "%s %q", doc.Kind, doc.Name)
	}
	if f.At.IsZero() {
		f.At = doc.At
	}
	return &f
}

func noun(kind string) string {
	if kind == config.Security {
		return "security definition"
	}
	return kind
}

func newObject(hint, folder, name string) string {
	file := strings.ToLower(strings.ReplaceAll(name, " ", "-")) + ".yaml"
	if hint == "" {
		return "make it in " + folder + file
	}
	return hint + ", or make it in " + folder + file
}

// fail turns a plan into the report of what did not happen.
func fail(r *config.Report) {
	for i := range r.Objects {
		if r.Objects[i].What != config.Same {
			r.Objects[i].What = config.Failed
		}
	}
}

// expand fills the placeholders of the settings in.
func (e *Engine) expand(p *config.Project, self string, faults fault.List) (config.Settings, fault.List) {
	settings, more := p.Settings.Expand(spec.Lookup(self, e.o.Getenv))
	return settings, append(faults, more...)
}
