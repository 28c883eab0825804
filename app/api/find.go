package api

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"mortise/projects/history"
	"mortise/runtime/fault"
)

// Limits on searches.
const (
	maxQuery    = 1_000     // bytes of a query or a replacement
	maxMatches  = 2_000     // that a search returns
	maxReplaced = 20_000    // that are replaced at once
	maxSearch   = 256 << 20 // bytes of files that are looked at
	maxShown    = 400       // characters of a line around a match
)

// searching returns the open project and what is searched for in it.
func (s *Studio) searching(in Find) (*opened, *search, error) {
	o, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	search, err := newSearch(in)
	return o, search, err
}

// FindInFiles searches the text files of the project.
func (s *Studio) FindInFiles(ctx context.Context, in Find) (Found, error) {
	o, search, err := s.searching(in)
	if err != nil {
		return Found{}, err
	}
	var found Found
	err = search.each(ctx, o, func(name, text string) bool {
		matches := search.find(name, text, maxMatches+1-len(found.Matches))
		if len(matches) > 0 {
			found.Files++
		}
		found.Matches = append(found.Matches, matches...)
		return len(found.Matches) <= maxMatches
	})
	if len(found.Matches) > maxMatches {
		found.Matches, found.Cut = found.Matches[:maxMatches], true
	}
	found.Cut = found.Cut || search.cut
	return found, err
}

// ReplaceInFiles replaces what FindInFiles finds and returns what it replaced.
// Either all of it is replaced or, where there is too much, nothing.
func (s *Studio) ReplaceInFiles(ctx context.Context, in Find) (Found, error) {
	o, search, err := s.searching(in)
	if err != nil {
		return Found{}, err
	}
	var found Found
	var names []string
	total := 0
	err = search.each(ctx, o, func(name, text string) bool {
		matches := search.find(name, text, maxReplaced+1-total)
		if total += len(matches); len(matches) > 0 && !ours(name) {
			names = append(names, name)
			found.Files++
			found.Matches = append(found.Matches, matches[:min(len(matches), maxMatches-len(found.Matches))]...)
		}
		return total <= maxReplaced
	})
	if err != nil {
		return Found{}, err
	}
	if total > maxReplaced || search.cut {
		return Found{}, fault.New(fault.Limited, "find.many", "replace in files: there are more than %d places", maxReplaced).
			WithHint("search in fewer files")
	}
	found.Cut = total > len(found.Matches)
	return found, o.change(ctx, whyReplaced, names, nil, func() error { return o.replace(search, names) })
}

// replace writes the files anew. They are read again, as only what is there at
// this moment is what they hold.
func (o *opened) replace(search *search, names []string) error {
	for _, name := range names {
		text, err := o.text(name)
		if err != nil {
			return err
		}
		if err := o.WriteFile(name, []byte(search.replace(string(text)))); err != nil {
			return err
		}
	}
	return nil
}

// search is a search that is ready to run.
type search struct {
	in      Find
	what    *regexp.Regexp
	include []*regexp.Regexp
	names   map[string]bool // nil is all
	cut     bool            // not all files were looked at
}

func newSearch(in Find) (*search, error) {
	if in.Query == "" || len(in.Query) > maxQuery || len(in.Replace) > maxQuery || len(in.Include) > maxQuery {
		return nil, fault.New(fault.Invalid, "find.query", "search in files: the text to look for is empty, or longer than %d bytes", maxQuery)
	}
	expr := in.Query
	if !in.Regexp {
		expr = regexp.QuoteMeta(expr)
	}
	if in.Word {
		expr = `\b(?:` + expr + `)\b`
	}
	if !in.Case {
		expr = "(?i)" + expr
	}
	what, err := regexp.Compile(expr)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "find.regexp", err, "search in files for %q", in.Query).
			WithHint("write it as in https://pkg.go.dev/regexp/syntax")
	}
	s := &search{in: in, what: what}
	for glob := range strings.SplitSeq(in.Include, ",") {
		if glob = strings.TrimSpace(glob); glob != "" {
			s.include = append(s.include, globExpr(glob))
		}
	}
	if len(in.Names) > 0 {
		s.names = map[string]bool{}
		for _, name := range in.Names {
			s.names[name] = true
		}
	}
	return s, nil
}

// globExpr returns what a pattern of names means: * is any part of a name, ** any
// folders; without a slash it is about the last part of the name alone.
func globExpr(glob string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?i)^`)
	if !strings.Contains(glob, "/") {
		b.WriteString(`(?:.*/)?`)
	}
	for rest := strings.TrimPrefix(glob, "/"); rest != ""; {
		switch {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString(`(?:.*/)?`)
			rest = rest[3:]
		case strings.HasPrefix(rest, "**"):
			b.WriteString(`.*`)
			rest = rest[2:]
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
			rest = rest[1:]
		case rest[0] == '?':
			b.WriteString(`[^/]`)
			rest = rest[1:]
		default:
			_, size := utf8.DecodeRuneInString(rest)
			b.WriteString(regexp.QuoteMeta(rest[:size]))
			rest = rest[size:]
		}
	}
	b.WriteString(`(?:/.*)?$`) // a folder means what is in it
	expr, err := regexp.Compile(b.String())
	if err != nil { // bytes that are no text match nothing
		return regexp.MustCompile(`$^a`)
	}
	return expr
}

func (s *search) wants(name string) bool {
	if s.names != nil && !s.names[name] {
		return false
	}
	for _, expr := range s.include {
		if expr.MatchString(name) {
			return true
		}
	}
	return len(s.include) == 0
}

// each calls f for the text files that are searched until it returns false.
func (s *search) each(ctx context.Context, o *opened, f func(name, text string) bool) error {
	left := int64(maxSearch)
	tree := o.tree(ctx)
	s.cut = tree.Cut
	for _, e := range tree.Entries {
		if ctx.Err() != nil {
			return fault.Wrap(fault.Canceled, "studio.canceled", ctx.Err(), "search in files")
		}
		if e.Folder || e.Size == 0 || e.Size > history.MaxText || !s.wants(e.Name) {
			continue
		}
		if left -= e.Size; left < 0 {
			s.cut = true
			return nil
		}
		text, err := o.ReadFile(e.Name, history.MaxText)
		if err != nil || binary(text) {
			continue // gone meanwhile, or no text
		}
		if !f(e.Name, string(text)) {
			return nil
		}
	}
	return nil
}

// find returns the places in a text, at most limit.
func (s *search) find(name, text string, limit int) []Match {
	var found []Match
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		for _, at := range s.what.FindAllStringIndex(line, limit-len(found)) {
			if at[0] == at[1] {
				continue
			}
			found = append(found, place(name, number, line, at[0], at[1]))
			if len(found) >= limit {
				return found
			}
		}
	}
	return found
}

// place describes a match; from and to are bytes of the line.
func place(name string, number int, line string, from, to int) Match {
	first := max(0, from-maxShown/4)
	last := min(len(line), max(to, first+maxShown))
	last = min(last, from+maxShown)
	for first > 0 && !utf8.RuneStart(line[first]) {
		first--
	}
	for last < len(line) && !utf8.RuneStart(line[last]) {
		last++
	}
	return Match{
		Name: name, Line: number, Column: units(line[:from]) + 1, Length: units(line[from:to]),
		Text: line[first:last], Offset: units(line[first:from]),
	}
}

// units returns how many UTF-16 units a text has.
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// replace returns a text with all places replaced.
func (s *search) replace(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, "\r\n")
		if s.in.Regexp {
			b.WriteString(s.what.ReplaceAllString(bare, s.in.Replace))
		} else {
			b.WriteString(s.what.ReplaceAllLiteralString(bare, s.in.Replace))
		}
		b.WriteString(line[len(bare):])
	}
	return b.String()
}
