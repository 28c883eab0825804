package lsp

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// maxDiagnostics is how many are shown in one text.
const maxDiagnostics = 500

// watch says what is wrong with the texts that are open, a moment after the last key.
func (s *Server) watch() {
	wait := time.NewTimer(debounce)
	wait.Stop()
	defer wait.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.typed:
			wait.Reset(debounce)
		case <-wait.C:
			s.diagnose()
		}
	}
}

// diagnose checks the project and publishes; the next key ends it.
func (s *Server) diagnose() {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "panic in the language server", "method", "diagnostics", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	s.mu.Lock()
	s.stale = cancel
	open := make([]*document, 0, len(s.open))
	for _, d := range s.open {
		open = append(open, d)
	}
	s.mu.Unlock()
	snap, err := s.project(ctx)
	if err != nil {
		return
	}
	for _, d := range open {
		if d.name == "" || ctx.Err() != nil {
			continue
		}
		list := s.faultsOf(ctx, snap, d)
		if ctx.Err() == nil {
			s.notify("textDocument/publishDiagnostics", publishParams{URI: d.uri, Version: d.version, Diagnostics: list})
		}
	}
}

// faultsOf returns all that is wrong with one text.
func (s *Server) faultsOf(ctx context.Context, snap *snapshot, d *document) []diagnostic {
	out := []diagnostic{}
	add := func(list fault.List, severity int) {
		for _, f := range list {
			if f.At.File == d.name && len(out) < maxDiagnostics {
				out = append(out, d.diagnostic(f, severity))
			}
		}
	}
	if d.language == "yaml" {
		add(s.checkYAML(ctx, snap, d), 1)
		return out
	}
	add(snap.checked.Faults, 1)
	add(snap.unknownNames(d.name), 1)
	add(snap.checked.Warnings, 2)
	return out
}

// unknownNames returns faults for names in quotes that name nothing, in the words of
// the deploy.
func (p *snapshot) unknownNames(file string) fault.List {
	var out fault.List
	for _, u := range p.checked.Uses {
		if u.At.File != file {
			continue
		}
		switch u.Family {
		case "service":
			names := make([]string, len(p.checked.Services))
			for i, x := range p.checked.Services {
				names[i] = x.Name
			}
			if !slices.Contains(names, u.Name) {
				out.Add(u.At, "service.unknown", "service %q: no service %q", u.In, u.Name).Hint = fault.DidYouMean(u.Name, names)
			}
		case "rest":
			if _, ok := p.loaded.Find(config.Connection, u.Name); ok || p.loaded.Broken(config.Connection, u.Name) {
				continue
			}
			f := out.Add(u.At, "connection.unknown", "service %q: no connection %q", u.In, u.Name)
			if f.Hint = fault.DidYouMean(u.Name, p.loaded.Names(config.Connection)); f.Hint == "" {
				f.Hint = "create the connection, or change the name"
			}
		}
	}
	return out
}

// diagnostic returns a fault as the protocol has it.
func (t *text) diagnostic(f *fault.Error, severity int) diagnostic {
	from := t.byteAt(f.At)
	d := diagnostic{Range: t.span(from, wordEnd(t.bytes, from)), Severity: severity, Code: f.Code, Source: "mortise", Message: f.What}
	if f.Err != nil && f.Kind != fault.Internal {
		d.Message = f.Error()
	}
	for _, x := range f.Details {
		d.Message += "\n" + x.String()
	}
	if f.Hint != "" {
		d.Data = &hintData{f.Hint}
		d.Message += "\n" + f.Hint
	}
	return d
}

// byteAt returns the byte of a position that counts lines and bytes from 1.
func (t *text) byteAt(at fault.Position) int {
	line := min(max(at.Line, 1), len(t.lines)) - 1
	end := t.lineEnd(line)
	if at.Column < 1 {
		i := t.lines[line]
		for i < end && (t.bytes[i] == ' ' || t.bytes[i] == '\t') {
			i++
		}
		return i
	}
	return min(t.lines[line]+at.Column-1, end)
}

// find returns where a word stands on the line of a position.
func (t *text) find(at fault.Position, word string) (from, to int, ok bool) {
	from = t.byteAt(at)
	line := string(t.bytes[from:t.lineEnd(min(max(at.Line, 1), len(t.lines))-1)])
	i := strings.Index(line, word)
	return from + i, from + i + len(word), i >= 0
}

// wordEnd returns where the word, the text in quotes or the sign at a byte ends.
func wordEnd(b []byte, from int) int {
	if from >= len(b) {
		return len(b)
	}
	if q := b[from]; q == '"' || q == '`' {
		for i := from + 1; i < len(b) && b[i] != '\n'; i++ {
			if b[i] == q && (b[i-1] != '\\' || q == '`') {
				return i + 1
			}
		}
	}
	i := from
	for i < len(b) && (b[i] == '_' || b[i] >= 'a' && b[i] <= 'z' || b[i] >= 'A' && b[i] <= 'Z' || b[i] >= '0' && b[i] <= '9' || b[i] >= 0x80) {
		i++
	}
	if i == from && b[i] != '\n' {
		_, n := utf8.DecodeRune(b[i:])
		i += n
	}
	return i
}
