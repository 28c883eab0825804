package engine

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"

	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/shape"
	"mortise/runtime/spec"
	"mortise/runtime/worker"
)

// ServiceState is a service and what it has done since the engine started.
type ServiceState struct {
	shape.Service
	invoke.Summary
	worker.EngineState
}

// ObjectState is what is known of an object of a project.
type ObjectState struct {
	Kind        string         `json:"kind"`
	Name        string         `json:"name"`
	Type        string         `json:"type,omitempty"`
	Description string         `json:"description,omitempty"`
	Enabled     bool           `json:"enabled"`
	At          fault.Position `json:"at,omitzero"`
	Settings    any            `json:"settings,omitempty"` // without secrets
	Route       string         `json:"route,omitempty"`    // of a channel: "GET /a/b"
	Service     string         `json:"service,omitempty"`  // what a channel or job invokes
	Security    string         `json:"security,omitempty"` // the definition that it refers to
	Conn        *conn.State    `json:"state,omitempty"`    // of a connection
	Requests    uint64         `json:"requests,omitempty"` // of a channel
	Errors      uint64         `json:"errors,omitempty"`   // of a channel
}

// Project returns the name and the folder of the running project; "" before the
// first Apply.
func (e *Engine) Project() (name, root string) {
	if g := e.current.Load(); g != nil {
		return g.project.Name, g.project.Root
	}
	return "", ""
}

// Services returns the running services, sorted by name.
func (e *Engine) Services() []ServiceState {
	g := e.enter()
	if g == nil {
		return nil
	}
	defer g.leave()
	var out []ServiceState
	for _, name := range g.services.Names() {
		s, _ := g.services.Service(name)
		state := ServiceState{Service: *s, EngineState: g.engineOf(name)}
		if st, ok := e.states.Of(name); ok {
			state.Summary = st.Summary()
		}
		out = append(out, state)
	}
	return out
}

// Objects returns the objects of a kind, sorted by name: "connection",
// "channel", "security" or "job"; "" is all of them.
func (e *Engine) Objects(kind string) []ObjectState {
	g := e.enter()
	if g == nil {
		return nil
	}
	defer g.leave()
	var out []ObjectState
	for _, doc := range g.project.Documents {
		if kind == "" || doc.Kind == kind {
			out = append(out, e.objectState(g, doc))
		}
	}
	slices.SortFunc(out, func(a, b ObjectState) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return out
}

func (e *Engine) objectState(g *generation, doc *config.Document) ObjectState {
	s := ObjectState{Kind: doc.Kind, Name: doc.Name, Type: doc.Type, Description: doc.Description, Enabled: doc.Enabled, At: doc.At}
	o := g.objects[objectKey{doc.Kind, doc.Name}]
	if o == nil {
		return s
	}
	s.Settings = spec.Redacted(o.config)
	for _, r := range o.refs {
		switch r.Kind {
		case kindService:
			s.Service = r.Ref.Name
		case config.Security:
			s.Security = r.Ref.Name
		}
	}
	if o.handle != nil {
		state := o.handle.value.State()
		s.Conn = &state
	}
	if o.channel != nil {
		s.Requests, s.Errors = e.o.Metrics.Channel(doc.Name).Count()
		for _, r := range g.routes.Routes() {
			if r.Channel == doc.Name {
				s.Route = strings.TrimSpace(strings.Join(r.Methods, ",") + " " + r.Pattern)
			}
		}
	}
	return s
}

// Routes returns the routes of all channels, in the order of their paths.
func (e *Engine) Routes() []channel.Route {
	g := e.enter()
	if g == nil {
		return nil
	}
	defer g.leave()
	return g.routes.Routes()
}

// Ping reaches the other side of a connection and says how far it came.
func (e *Engine) Ping(ctx context.Context, name string) (conn.Report, error) {
	g := e.enter()
	if g == nil {
		return conn.Report{}, notRunning()
	}
	defer g.leave()
	h, ok := g.connection(name)
	if !ok {
		names := g.names(config.Connection)
		slices.Sort(names)
		return conn.Report{}, fault.New(fault.NotFound, "connection.unknown", "no connection %q", name).
			WithHint("%s", fault.DidYouMean(name, names))
	}
	return h.Ping(ctx), nil
}

// sorted returns the objects of a kind in the order of their files.
func (g *generation) sorted(kind string) []*object {
	var out []*object
	for key, o := range g.objects {
		if key.kind == kind {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *object) int { return strings.Compare(a.doc.File, b.doc.File) })
	return out
}

// changes says what becomes of every object and service.
func (g *generation) changes(before *generation) []config.Change {
	var out []config.Change
	for key, o := range g.objects {
		what := config.Added
		if before != nil {
			if old := before.objects[key]; old != nil {
				what = config.Changed
				if old.identity == o.identity {
					what = config.Same
				}
			}
		}
		out = append(out, config.Change{Kind: key.kind, Name: key.name, What: what})
	}
	if before != nil {
		for key := range before.objects {
			if g.objects[key] == nil {
				out = append(out, config.Change{Kind: key.kind, Name: key.name, What: config.Removed})
			}
		}
	}
	out = append(out, g.serviceChanges(before)...)
	slices.SortFunc(out, func(a, b config.Change) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return out
}

// versioned is what a program may know of its services beside their signatures:
// a version that changes with the code that a service runs.
type versioned interface{ Version(service string) string }

func (g *generation) serviceChanges(before *generation) []config.Change {
	old := map[string]shape.Service{}
	var oldVersions versioned
	if before != nil && before.program != nil {
		for _, s := range before.program.Services() {
			old[s.Name] = s
		}
		oldVersions, _ = before.program.(versioned)
	}
	var out []config.Change
	if g.program != nil {
		versions, _ := g.program.(versioned)
		for _, s := range g.program.Services() {
			what := config.Added
			if was, ok := old[s.Name]; ok {
				what = config.Changed
				same := before.program == g.program
				if versions != nil && oldVersions != nil {
					same = same || versions.Version(s.Name) == oldVersions.Version(s.Name)
				} else {
					same = same || reflect.DeepEqual(was, s)
				}
				if same {
					what = config.Same
				}
				delete(old, s.Name)
			}
			out = append(out, config.Change{Kind: kindService, Name: s.Name, What: what})
		}
	}
	for name := range old {
		out = append(out, config.Change{Kind: kindService, Name: name, What: config.Removed})
	}
	return out
}
