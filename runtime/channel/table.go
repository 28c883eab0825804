package channel

import (
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// Reserved are the paths that are the runtime's own, with all that lies below
// them: no channel can have them.
func Reserved() []string { return []string{"/mortise", "/healthz", "/readyz", "/metrics"} }

// A Handler answers the requests of one route.
type Handler interface {
	// ServeRoute answers a request; params are the values of the pattern's
	// parameters.
	ServeRoute(w http.ResponseWriter, r *http.Request, params Params)
}

// HandlerFunc is a function that is a Handler.
type HandlerFunc func(w http.ResponseWriter, r *http.Request, params Params)

// ServeRoute calls the function.
func (f HandlerFunc) ServeRoute(w http.ResponseWriter, r *http.Request, params Params) {
	f(w, r, params)
}

// Params are the values of the parameters of one request's path, decoded. It is
// passed by value, so that a request needs no memory for it.
type Params struct {
	names  []string
	values [maxParams]string
}

// Len returns how many parameters there are.
func (p *Params) Len() int { return len(p.names) }

// At returns the name and the value of one parameter, in the pattern's order.
func (p *Params) At(i int) (name, value string) { return p.names[i], p.values[i] }

// Get returns the value of the parameter called name, or "".
func (p *Params) Get(name string) string {
	if i := slices.Index(p.names, name); i >= 0 {
		return p.values[i]
	}
	return ""
}

// Route is one way into a channel.
type Route struct {
	Pattern string         // "/users/{id}"
	Methods []string       // "GET", "POST"…; empty is any
	Channel string         // the name of the channel
	At      fault.Position // where its path is defined
	Handler Handler
}

// Table finds the route of a request. All routes are added before the table is
// used; after that it does not change, and any number of goroutines may use it.
//
// A segment of plain text wins over a parameter, and a parameter over one that
// takes the rest; the next best is tried where the method does not fit. GET
// routes answer HEAD too. OPTIONS is answered with the methods that there are,
// unless a route names it.
type Table struct {
	root   node
	routes []Route
	log    *slog.Logger // nil logs nothing
}

// node is one segment of the tree of patterns.
type node struct {
	exact map[string]*node
	param *node
	here  []*leaf // routes that end here
	rest  []*leaf // routes that take all that follows
}

// leaf is a route at its place in the tree.
type leaf struct {
	route *Route
	names []string
}

// NewTable returns a table without routes.
func NewTable() *Table { return &Table{} }

// Add adds a route. The error is a *fault.Error at the route's place: a pattern
// that cannot be used, a reserved path, or a path that another route has already,
// whose place the message names too.
func (t *Table) Add(r Route) error {
	p, err := ParsePattern(r.Pattern)
	if err != nil {
		return fault.As(err).WithAt(r.At)
	}
	if reserved(&p) {
		return fault.New(fault.Invalid, "route.reserved", "the path %q is reserved for the runtime", r.Pattern).WithAt(r.At)
	}
	for _, m := range r.Methods {
		if !isMethod(m) {
			return fault.New(fault.Invalid, "route.method", "%q is not an HTTP method", m).
				WithHint("methods are written in capitals, such as GET").WithAt(r.At)
		}
	}
	n := &t.root
	list := &n.here
	for _, s := range p.segments {
		switch s.kind {
		case exact:
			n = n.child(s.text)
		case param:
			if n.param == nil {
				n.param = &node{}
			}
			n = n.param
		case rest:
			list = &n.rest
			continue
		}
		list = &n.here
	}
	for _, other := range *list {
		if m, both := overlap(r.Methods, other.route.Methods); both {
			return taken(&r, other.route, m)
		}
	}
	*list = append(*list, &leaf{&r, p.names})
	// A route for any method is the last resort among those of its path.
	slices.SortStableFunc(*list, func(a, b *leaf) int { return anyLast(a) - anyLast(b) })
	t.routes = append(t.routes, r)
	return nil
}

// LogTo makes the table log the requests that no route takes. It is called
// before the table is used.
func (t *Table) LogTo(log *slog.Logger) { t.log = log }

// Routes returns the routes in the order in which they were added.
func (t *Table) Routes() []Route { return slices.Clone(t.routes) }

// ServeHTTP hands the request to its route. Without one it answers 404, or 405
// with the header Allow where only the method does not fit.
func (t *Table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var params Params
	if route := t.find(r, &params); route != nil {
		route.Handler.ServeRoute(w, r, params)
		return
	}
	t.refuse(w, r)
}

// Find returns the route that a request would take.
func (t *Table) Find(r *http.Request) (Route, Params, bool) {
	var params Params
	if route := t.find(r, &params); route != nil {
		return *route, params, true
	}
	return Route{}, params, false
}

func (n *node) child(text string) *node {
	if n.exact == nil {
		n.exact = map[string]*node{}
	}
	if n.exact[text] == nil {
		n.exact[text] = &node{}
	}
	return n.exact[text]
}

// overlap returns a method that both lists take.
func overlap(a, b []string) (string, bool) {
	switch {
	case len(a) == 0 && len(b) == 0:
		return "any method", true
	case len(a) == 0 || len(b) == 0:
		return "", false // the one for any method takes what the other leaves
	}
	for _, m := range a {
		if slices.Contains(b, m) {
			return m, true
		}
	}
	return "", false
}

func taken(r, other *Route, method string) error {
	e := fault.New(fault.Conflict, "route.duplicate", "channel %q: the path %q is taken for %s by channel %q",
		r.Channel, r.Pattern, method, other.Channel).WithAt(r.At)
	if r.Channel == other.Channel {
		e.What = "channel " + quote(r.Channel) + " has the path " + quote(r.Pattern) + " twice"
	}
	if other.At.IsZero() {
		return e.WithHint("change one of the paths or their methods")
	}
	return e.WithHint("change one of them: the other is %s at %s", quote(other.Pattern), other.At)
}

func anyLast(l *leaf) int {
	if len(l.route.Methods) == 0 {
		return 1
	}
	return 0
}

func reserved(p *Pattern) bool {
	if len(p.segments) == 0 || p.segments[0].kind != exact {
		return false
	}
	return slices.Contains(Reserved(), "/"+p.segments[0].text)
}

func isMethod(m string) bool {
	for i := range len(m) {
		if (m[i] < 'A' || m[i] > 'Z') && m[i] != '-' {
			return false
		}
	}
	return m != "" && len(m) <= 20
}

func quote(s string) string { return strconv.Quote(s) }

// clip shortens what a stranger sent, for messages and log lines.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
