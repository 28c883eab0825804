package lsp

import (
	"bytes"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"mortise/interp/check"
)

// Limits on what an editor may have open.
const (
	maxOpen = 1_000
	maxText = 2 << 20 // bytes of one text
)

// text is one version of a text. It is immutable.
type text struct {
	bytes []byte
	lines []int // where each begins
}

func newText(b []byte) *text {
	t := &text{bytes: b, lines: []int{0}}
	for i := 0; ; {
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			return t
		}
		i += j + 1
		t.lines = append(t.lines, i)
	}
}

// offset returns the byte at a position; one beyond a line is its end.
func (t *text) offset(p position) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(t.lines) {
		return len(t.bytes)
	}
	i, end := t.lines[p.Line], t.lineEnd(p.Line)
	for units := 0; i < end && units < p.Character; {
		r, n := utf8.DecodeRune(t.bytes[i:end])
		units += unitsOf(r)
		if units > p.Character {
			break // in the middle of a letter
		}
		i += n
	}
	return i
}

// lineEnd returns where a line ends, without its end mark.
func (t *text) lineEnd(line int) int {
	end := len(t.bytes)
	if line+1 < len(t.lines) {
		end = t.lines[line+1] - 1
		if end > t.lines[line] && t.bytes[end-1] == '\r' {
			end--
		}
	}
	return end
}

func unitsOf(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// position returns the position of a byte.
func (t *text) position(offset int) position {
	offset = min(max(offset, 0), len(t.bytes))
	line, found := slices.BinarySearch(t.lines, offset)
	if !found {
		line--
	}
	p := position{Line: line}
	for i := t.lines[line]; i < offset; {
		r, n := utf8.DecodeRune(t.bytes[i:])
		p.Character += unitsOf(r)
		i += n
	}
	return p
}

func (t *text) span(from, to int) textRange { return textRange{t.position(from), t.position(to)} }

// document is a text that an editor has open. It is immutable.
type document struct {
	uri      string
	name     string // relative to the project, with slashes; "" outside of it
	language string
	version  int
	*text
}

// changed returns the document after the changes of an editor; nil where it would be
// too large.
func (d *document) changed(p changeParams) *document {
	next := *d
	next.version = p.TextDocument.Version
	for _, c := range p.ContentChanges {
		if c.Range == nil {
			next.text = newText([]byte(c.Text))
		} else {
			from, to := next.offset(c.Range.Start), next.offset(c.Range.End)
			to = max(from, to)
			if from+len(c.Text)+len(next.bytes)-to > maxText {
				return nil
			}
			next.text = newText(slices.Concat(next.bytes[:from], []byte(c.Text), next.bytes[to:]))
		}
		if len(next.bytes) > maxText {
			return nil
		}
	}
	return &next
}

// nameOf returns the name of a file in the project; "" for others.
func (s *Server) nameOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	p := u.Path
	if filepath.VolumeName(filepath.FromSlash(strings.TrimPrefix(p, "/"))) != "" {
		p = strings.TrimPrefix(p, "/")
	}
	rest, ok := strings.CutPrefix(path.Clean(p), strings.TrimSuffix(s.root, "/")+"/")
	if !ok || strings.HasPrefix(rest, "../") {
		return ""
	}
	return rest
}

// uriOf returns the URI of a file of the project.
func (s *Server) uriOf(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for uri, d := range s.open {
		if d.name == name {
			return uri // as the editor writes it
		}
	}
	p := path.Join(s.root, name)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}

// textOf returns the text of a file as an editor has it, or as it is on disk.
func (s *Server) textOf(name string) *text {
	s.mu.Lock()
	for _, d := range s.open {
		if d.name == name {
			s.mu.Unlock()
			return d.text
		}
	}
	s.mu.Unlock()
	b, err := s.o.ReadFile(name)
	if err != nil || len(b) > maxText {
		return newText(nil)
	}
	return newText(b)
}

// location returns a stretch of a file as the protocol has it.
func (s *Server) location(at check.Span) location {
	return location{URI: s.uriOf(at.File), Range: s.textOf(at.File).span(at.Start, at.End)}
}

// edits returns edits by file as the protocol has them.
func (s *Server) edits(edits []check.Edit) map[string][]textEdit {
	out := map[string][]textEdit{}
	texts := map[string]*text{}
	for _, e := range edits {
		t := texts[e.File]
		if t == nil {
			t = s.textOf(e.File)
			texts[e.File] = t
		}
		uri := s.uriOf(e.File)
		out[uri] = append(out[uri], textEdit{t.span(e.Start, e.End), e.Text})
	}
	return out
}
