package rest

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// template is a path with placeholders: text, name, text, name, … text.
type template struct {
	texts []string // escaped; one more than names
	names []string
}

// parseTemplate reads a path such as /users/{id}.
func parseTemplate(path string) (*template, *fault.Error) {
	t := &template{}
	left := path
	if left != "" && !strings.HasPrefix(left, "/") {
		return nil, fault.New(fault.Invalid, "rest.path", "the path %q does not start with a slash", path).WithHint("write %q", "/"+path)
	}
	if strings.ContainsAny(left, "?#") {
		return nil, fault.New(fault.Invalid, "rest.path", "the path %q has a query or a fragment", path).WithHint("query parameters belong into query")
	}
	for {
		text, tail, more := strings.Cut(left, "{")
		if strings.Contains(text, "}") {
			return nil, unpaired(path)
		}
		escaped := (&url.URL{Path: text}).EscapedPath()
		if un, err := url.PathUnescape(text); err == nil {
			escaped = (&url.URL{Path: un, RawPath: text}).EscapedPath() // keeps what is escaped already
		}
		t.texts = append(t.texts, escaped)
		if !more {
			return t, nil
		}
		name, rest, closed := strings.Cut(tail, "}")
		if !closed || strings.Contains(name, "{") {
			return nil, unpaired(path)
		}
		if name == "" || strings.ContainsAny(name, "/ ") {
			return nil, fault.New(fault.Invalid, "rest.path", "%q in the path %q is not the name of a placeholder", name, path)
		}
		t.names = append(t.names, name)
		left = rest
	}
}

func unpaired(path string) *fault.Error {
	return fault.New(fault.Invalid, "rest.path", "the braces of the path %q do not match", path).
		WithHint("a placeholder is written like {id}")
}

// fill puts values into the placeholders. A value is escaped, so that it stays
// within its place: a slash does not begin a new segment, and a value that would
// climb up the path is refused.
func (t *template) fill(connection string, values map[string]string) (string, error) {
	if len(t.names) == 0 && len(values) == 0 {
		return t.texts[0], nil
	}
	var details []fault.Detail
	var b strings.Builder
	for i, name := range t.names {
		b.WriteString(t.texts[i])
		v, ok := values[name]
		switch {
		case !ok:
			details = append(details, fault.Detail{Path: name, What: "is not filled in", Hint: "pass service.Path{" + quote(name) + ": …}"})
		case v == "":
			details = append(details, fault.Detail{Path: name, What: "is empty"})
		}
		b.WriteString(url.PathEscape(v))
	}
	b.WriteString(t.texts[len(t.names)])
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(t.names, name) {
			details = append(details, fault.Detail{Path: name, What: "is no placeholder of the path", Hint: fault.DidYouMean(name, t.names)})
		}
	}
	path := b.String()
	if len(details) == 0 && climbs(path) && !climbs(strings.Join(t.texts, "")) {
		details = append(details, fault.Detail{What: "a value makes a segment of dots, which would lead elsewhere"})
	}
	if len(details) > 0 {
		return "", &fault.Error{Kind: fault.Internal, Code: "conn.path", What: "connection " + quote(connection) + ": the path cannot be filled in", Details: details}
	}
	return path, nil
}

// climbs reports whether a path has a segment that consists of one dot or two.
func climbs(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func quote(s string) string { return strconv.Quote(s) }
