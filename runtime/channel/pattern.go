package channel

import (
	"slices"
	"strings"

	"mortise/runtime/fault"
)

// Limits of one pattern and of what is matched against it.
const (
	maxPattern = 1000 // bytes
	maxParams  = 8
	maxDepth   = 32 // segments
)

// Pattern is the path of a route in its parts. A path starts with a slash and
// consists of segments: plain text, which matches itself, {name}, which matches
// one segment that is not empty, and at the end {name...}, which matches all that
// follows, even nothing. A slash at the end makes no difference.
type Pattern struct {
	text     string
	segments []segment
	names    []string // of the parameters, in order
}

type segment struct {
	kind segmentKind
	text string // what an exact segment matches, decoded
}

type segmentKind uint8

const (
	exact segmentKind = iota
	param
	rest
)

// ParsePattern returns the parts of a path, or a *fault.Error that says what is
// wrong with it.
func ParsePattern(path string) (Pattern, error) {
	p := Pattern{text: path}
	switch {
	case !strings.HasPrefix(path, "/"):
		return p, badPattern(path, "it does not start with a slash").WithHint("write %q", "/"+path)
	case len(path) > maxPattern:
		return p, badPattern(path[:60]+"…", "it is longer than %d bytes", maxPattern)
	case strings.HasPrefix(path, "//"):
		return p, badPattern(path, "it has an empty segment")
	}
	if path = strings.TrimSuffix(path[1:], "/"); path == "" {
		return p, nil
	}
	parts := strings.Split(path, "/")
	if len(parts) > maxDepth {
		return p, badPattern(p.text, "it has more than %d segments", maxDepth)
	}
	for i, part := range parts {
		if err := p.add(part, i == len(parts)-1); err != nil {
			return p, err
		}
	}
	return p, nil
}

// add appends one segment.
func (p *Pattern) add(part string, last bool) error {
	if !strings.ContainsAny(part, "{}") {
		if err := p.plain(part); err != nil {
			return err
		}
		p.segments = append(p.segments, segment{exact, part})
		return nil
	}
	name, ok := strings.CutPrefix(part, "{")
	if name, ok = cut(name, "}", ok); !ok || strings.ContainsAny(name, "{}") {
		return badPattern(p.text, "%q mixes text and braces", part).
			WithHint("a placeholder is a whole segment, such as /users/{id}")
	}
	name, tail := strings.CutSuffix(name, "...")
	switch {
	case !isName(name):
		return badPattern(p.text, "%q is not the name of a parameter", name).
			WithHint("use letters, digits and _, and a letter or _ first")
	case tail && !last:
		return badPattern(p.text, "%q takes all that follows, so it must be the last segment", part)
	case slices.Contains(p.names, name):
		return badPattern(p.text, "it names the parameter %q twice", name)
	case len(p.names) == maxParams:
		return badPattern(p.text, "it has more than %d parameters", maxParams)
	}
	p.names = append(p.names, name)
	kind := param
	if tail {
		kind = rest
	}
	p.segments = append(p.segments, segment{kind: kind})
	return nil
}

// plain checks a segment of plain text.
func (p *Pattern) plain(part string) error {
	switch part {
	case "":
		return badPattern(p.text, "it has an empty segment")
	case ".", "..":
		return badPattern(p.text, "it has the segment %q", part)
	}
	for _, c := range part {
		switch {
		case c == '%':
			return badPattern(p.text, "it has a percent sign").WithHint("write the character itself, such as a space in place of %%20")
		case c == '?' || c == '#':
			return badPattern(p.text, "%q does not belong to a path", string(c)).
				WithHint("query parameters need no pattern: they become fields of the input")
		case c < ' ' || c == 0x7f || c == '\\' || c == '�':
			return badPattern(p.text, "it has the character %q", c)
		}
	}
	return nil
}

// String returns the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// Names returns the names of the parameters in their order.
func (p *Pattern) Names() []string { return slices.Clone(p.names) }

func badPattern(path, format string, args ...any) *fault.Error {
	e := fault.New(fault.Invalid, "route.pattern", format, args...)
	e.What = "the path " + quote(path) + " cannot be used: " + e.What
	return e
}

func cut(s, suffix string, ok bool) (string, bool) {
	s, found := strings.CutSuffix(s, suffix)
	return s, ok && found
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || (c|0x20 >= 'a' && c|0x20 <= 'z')
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
