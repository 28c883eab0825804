package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mortise/interp/check"
	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// newObject is the command by which the Studio's page makes an object; its arguments
// are kind and name.
const newObject = "object.new"

var meant = regexp.MustCompile(`did you mean "([^"]+)"\?`)

// actions answers what could be done at a place.
func actions(ctx context.Context, s *Server, raw json.RawMessage) (any, error) {
	var p actionParams
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fault.Wrap(fault.Invalid, "lsp.params", err, "read the parameters")
	}
	d, err := s.document(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	out := []codeAction{}
	if d.language != "go" || strings.HasPrefix(d.name, ".") {
		return out, nil
	}
	snap, err := s.project(ctx)
	if err != nil {
		return nil, err
	}
	wants := func(kind string) bool {
		return len(p.Context.Only) == 0 || slices.ContainsFunc(p.Context.Only, func(only string) bool { return kind == only || strings.HasPrefix(kind, only+".") })
	}
	from, to := d.offset(p.Range.Start), d.offset(p.Range.End)
	if wants("quickfix") || wants("refactor.rewrite") {
		for _, fix := range s.check.Fixes(snap.checked, d.name, from, to) {
			a := codeAction{Title: fix.Title, Kind: "refactor.rewrite", IsPreferred: fix.Best, Edit: &workspaceEdit{s.edits(fix.Edits)}}
			if fix.For != nil {
				a.Kind, a.Diagnostics = "quickfix", []diagnostic{d.diagnostic(fix.For, 1)}
			}
			out = append(out, a)
		}
		out = append(out, s.nameFixes(snap, d, from, to)...)
	}
	if slices.Contains(p.Context.Only, "source.organizeImports") || slices.Contains(p.Context.Only, "source") {
		if edits, err := s.organised(ctx, d); err == nil && len(edits) > 0 {
			out = append(out, codeAction{Title: "Organise imports", Kind: "source.organizeImports", Edit: &workspaceEdit{s.edits(edits)}})
		}
	}
	return out, nil
}

// nameFixes offers what could be done about names in quotes that name nothing.
func (s *Server) nameFixes(snap *snapshot, d *document, from, to int) []codeAction {
	var out []codeAction
	for _, f := range snap.unknownNames(d.name) {
		at := d.byteAt(f.At)
		end := wordEnd(d.bytes, at)
		line := d.position(at).Line
		if line < d.position(from).Line || line > d.position(to).Line || end-at < 2 {
			continue
		}
		diagnostics := []diagnostic{d.diagnostic(f, 1)}
		if m := meant.FindStringSubmatch(f.Hint); m != nil {
			edit := check.Edit{Span: check.Span{File: d.name, Start: at, End: end}, Text: fmt.Sprintf("%q", m[1])}
			out = append(out, codeAction{Title: fmt.Sprintf("Change to %q", m[1]), Kind: "quickfix", IsPreferred: true, Diagnostics: diagnostics, Edit: &workspaceEdit{s.edits([]check.Edit{edit})}})
		}
		if f.Code == "connection.unknown" {
			name := strings.Trim(string(d.bytes[at:end]), "\"`")
			title := fmt.Sprintf("Create the connection %q", name)
			out = append(out, codeAction{Title: title, Kind: "quickfix", IsPreferred: len(out) == 0, Diagnostics: diagnostics, Command: &command{title, newObject, []string{config.Connection, name}}})
		}
	}
	return out
}
