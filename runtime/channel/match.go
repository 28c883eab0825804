package channel

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
)

func (t *Table) find(r *http.Request, params *Params) *Route {
	path, escaped := r.URL.Path, false
	if r.URL.RawPath != "" {
		// A segment may hold an encoded slash: split first, then decode.
		path, escaped = r.URL.EscapedPath(), true
	}
	if !strings.HasPrefix(path, "/") {
		return nil
	}
	s := search{method: r.Method, escaped: escaped, params: params}
	found := s.walk(&t.root, strings.TrimSuffix(path[1:], "/"), path[1:], 0)
	if found == nil {
		return nil
	}
	params.names = found.names
	return found.route
}

// search is the look-up of one request.
type search struct {
	method  string
	escaped bool
	params  *Params
	allowed func(leaves []*leaf) // where set, it sees all that matches but for the method
}

// walk matches what is left of a path below a node; full is the same with the
// slash at its end, for parameters that take the rest. Every node is visited
// once at most, since each stands at one depth and behind one parent.
func (s *search) walk(n *node, left, full string, count int) *leaf {
	if left == "" {
		if l := s.pick(n.here); l != nil {
			return l
		}
	} else if segment, tail, ok := s.cut(left); ok {
		_, fullTail, _ := strings.Cut(full, "/")
		if next := n.exact[segment]; next != nil {
			if l := s.walk(next, tail, fullTail, count); l != nil {
				return l
			}
		}
		if n.param != nil && segment != "" && count < maxParams {
			if l := s.walk(n.param, tail, fullTail, count+1); l != nil {
				s.params.values[count] = segment
				return l
			}
		}
	}
	if len(n.rest) > 0 && count < maxParams {
		if value, ok := s.tail(full); ok {
			if l := s.pick(n.rest); l != nil {
				s.params.values[count] = value
				return l
			}
		}
	}
	return nil
}

// cut splits the first segment off and decodes it. Dot segments and empty ones
// in the middle match nothing.
func (s *search) cut(left string) (segment, tail string, ok bool) {
	segment, tail, more := strings.Cut(left, "/")
	if more && tail == "" {
		return "", "", false // two slashes at the end: one was taken off before
	}
	if s.escaped {
		var err error
		if segment, err = url.PathUnescape(segment); err != nil {
			return "", "", false
		}
	}
	return segment, tail, segment != "" && segment != "." && segment != ".."
}

// tail decodes the value of a parameter that takes the rest. Dot segments would
// let a caller climb out of wherever the value is used.
func (s *search) tail(full string) (string, bool) {
	if s.escaped {
		var err error
		if full, err = url.PathUnescape(full); err != nil {
			return "", false
		}
	}
	for left := full; left != ""; {
		var segment string
		segment, left, _ = strings.Cut(left, "/")
		if segment == "." || segment == ".." {
			return "", false
		}
	}
	return full, true
}

// pick returns the leaf that takes the method.
func (s *search) pick(leaves []*leaf) *leaf {
	if s.allowed != nil {
		s.allowed(leaves)
		return nil
	}
	for _, l := range leaves {
		if l.route.takes(s.method) {
			return l
		}
	}
	if s.method == http.MethodHead {
		for _, l := range leaves {
			if slices.Contains(l.route.Methods, http.MethodGet) {
				return l
			}
		}
	}
	return nil
}

func (r *Route) takes(method string) bool {
	if len(r.Methods) == 0 {
		return method != http.MethodOptions
	}
	return slices.Contains(r.Methods, method)
}

// refuse answers a request that has no route.
func (t *Table) refuse(w http.ResponseWriter, r *http.Request) {
	id := CID(r)
	allow := t.allow(r)
	switch {
	case len(allow) == 0:
		t.logRefusal(r, id, http.StatusNotFound)
		Refuse(w, id, fault.New(fault.NotFound, "route.unknown", "there is nothing at %s", quote(clip(r.URL.Path, 200))))
	case r.Method == http.MethodOptions:
		h := w.Header()
		h["Allow"] = []string{strings.Join(allow, ", ")}
		h[HeaderCID] = []string{string(id)}
		w.WriteHeader(http.StatusNoContent)
	default:
		t.logRefusal(r, id, http.StatusMethodNotAllowed)
		w.Header()["Allow"] = []string{strings.Join(allow, ", ")}
		Refuse(w, id, fault.New(fault.Invalid, codeMethod, "the method %s is not for %s", quote(clip(r.Method, 20)), quote(clip(r.URL.Path, 200))).
			WithHint("use %s", strings.Join(slices.DeleteFunc(slices.Clone(allow), implied(allow)), " or ")))
	}
}

// implied says which methods nobody needs to be told of beside the others.
func implied(allow []string) func(method string) bool {
	get := slices.Contains(allow, http.MethodGet)
	return func(method string) bool {
		return method == http.MethodOptions || method == http.MethodHead && get
	}
}

func (t *Table) logRefusal(r *http.Request, id cid.ID, status int) {
	if t.log != nil {
		observe.Line(cid.With(r.Context(), id), t.log, slog.LevelInfo, "no channel for a request", slog.String("method", clip(r.Method, 20)),
			slog.String("path", clip(r.URL.Path, 200)), slog.Int("status", status), slog.String("remote", r.RemoteAddr))
	}
}

// allow returns the methods that the path of a request takes, sorted; none where
// the path is unknown.
func (t *Table) allow(r *http.Request) []string {
	found := map[string]bool{}
	s := search{escaped: r.URL.RawPath != "", params: &Params{}, allowed: func(leaves []*leaf) {
		for _, l := range leaves {
			methods := l.route.Methods
			if len(methods) == 0 {
				methods = []string{"DELETE", "GET", "PATCH", "POST", "PUT"}
			}
			for _, m := range methods {
				found[m] = true
			}
		}
	}}
	path := r.URL.Path
	if s.escaped {
		path = r.URL.EscapedPath()
	}
	if strings.HasPrefix(path, "/") {
		s.walk(&t.root, strings.TrimSuffix(path[1:], "/"), path[1:], 0)
	}
	if len(found) == 0 {
		return nil
	}
	found[http.MethodOptions] = true
	if found[http.MethodGet] {
		found[http.MethodHead] = true
	}
	methods := make([]string, 0, len(found))
	for m := range found {
		methods = append(methods, m)
	}
	slices.Sort(methods)
	return methods
}

// CID returns the correlation id of a request: the trace id of its traceparent
// header where that is well formed, else a new one.
func CID(r *http.Request) cid.ID {
	if h := r.Header["Traceparent"]; len(h) == 1 {
		if id := cid.FromTraceparent(h[0]); id != "" {
			return id
		}
	}
	return cid.New()
}
