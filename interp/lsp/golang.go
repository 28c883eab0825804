package lsp

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mortise/interp/check"
	"mortise/runtime/fault"
	"mortise/runtime/shape"
)

func (s *Server) complete(ctx context.Context, p place) (any, error) {
	if p.language == "yaml" {
		return s.completeYAML(ctx, p)
	}
	snap, err := s.last(ctx)
	if err != nil {
		return nil, err
	}
	cur, ok := s.check.Probe(snap.checked, p.name, p.bytes, p.at)
	if !ok || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if family, at, ok := cur.StringAt(); ok {
		return s.completeText(ctx, snap, p, cur, family, at), nil
	}
	found := s.check.Complete(cur)
	out := completionList{IsIncomplete: found.More, Items: []completionItem{}}
	s.mu.Lock()
	snippets := s.snippets
	s.mu.Unlock()
	span := p.span(found.At.Start, min(found.At.End, len(p.bytes)))
	for i, c := range found.Items {
		item := completionItem{
			Label: c.Label, Kind: completionKinds[c.Kind], Detail: c.Detail, SortText: fmt.Sprintf("%04d", i), FilterText: c.Label,
			TextEdit: &textEdit{span, c.Label}, InsertTextFormat: 1,
		}
		doc := c.Doc
		if doc == "" && c.Object != nil {
			doc = s.sdkDoc(c.Object)
		}
		item.Documentation = prose(doc)
		switch {
		case c.Imports != "":
			for _, e := range check.AddImport(p.name, p.bytes, c.Imports) {
				item.AdditionalTextEdits = append(item.AdditionalTextEdits, textEdit{p.span(e.Start, e.End), e.Text})
			}
			if c.Kind == "snippet" {
				item.TextEdit.NewText, item.InsertTextFormat, item.AdditionalTextEdits = c.Insert, 2, nil // the import comes with the save
			}
		case c.Insert != "" && snippets:
			item.TextEdit.NewText, item.InsertTextFormat = c.Insert, 2
		case c.Kind == "snippet":
			continue
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// prose returns a comment as the protocol has it; nil for none.
func prose(doc string) *markup {
	if doc = strings.TrimSpace(doc); doc == "" {
		return nil
	}
	return &markup{Kind: "markdown", Value: escape(doc)}
}

// escape makes markup of a comment: lines of a paragraph flow, and what is markup
// elsewhere but not in comments stands as it is.
func escape(doc string) string {
	lines := strings.Split(doc, "\n")
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			flows := line != "" && lines[i-1] != "" && !strings.ContainsAny(line[:1], " \t-") && !strings.HasPrefix(lines[i-1], "\t")
			b.WriteString(map[bool]string{true: " ", false: "\n"}[flows])
		}
		b.WriteString(line)
	}
	doc = b.String()
	return strings.NewReplacer("<", "&lt;", "*", "\\*", "_", "\\_", "[", "\\[").Replace(doc)
}

func code(text string) string { return "```go\n" + text + "\n```" }

// completeText offers the names that stand in quotes.
func (s *Server) completeText(ctx context.Context, snap *snapshot, p place, cur *check.Cursor, family string, at check.Span) any {
	out := completionList{Items: []completionItem{}}
	span := p.span(at.Start, min(at.End, len(p.bytes)))
	if family == "import" {
		for i, c := range s.check.CompleteImport(cur, string(p.bytes[at.Start:p.at])) {
			out.Items = append(out.Items, completionItem{
				Label: c.Label, Kind: completionKinds[c.Kind], Detail: c.Detail, SortText: fmt.Sprintf("%04d", i), TextEdit: &textEdit{span, c.Label},
			})
		}
		return out
	}
	if family == "" {
		return out
	}
	for _, n := range s.names(ctx, snap, family) {
		out.Items = append(out.Items, completionItem{
			Label: n.name, Kind: completionKinds["name"], Detail: n.what, Documentation: prose(n.doc), TextEdit: &textEdit{span, n.name},
		})
	}
	return out
}

func (s *Server) signature(ctx context.Context, p place) (any, error) {
	if p.language != "go" {
		return nil, nil //nolint:nilnil // there is none
	}
	snap, err := s.last(ctx)
	if err != nil {
		return nil, err
	}
	cur, ok := s.check.Probe(snap.checked, p.name, p.bytes, p.at)
	if !ok {
		return nil, ctx.Err()
	}
	sig, ok := s.check.Signature(cur)
	if !ok {
		return nil, nil //nolint:nilnil // there is none
	}
	if sig.Doc == "" && sig.Object != nil {
		sig.Doc = s.sdkDoc(sig.Object)
	}
	info := signatureInfo{Label: sig.Label, Documentation: prose(sig.Doc), Parameters: []paramInfo{}}
	for _, param := range sig.Params {
		info.Parameters = append(info.Parameters, paramInfo{param})
	}
	return signatureHelp{Signatures: []signatureInfo{info}, ActiveParameter: sig.Active}, nil
}

// cursor returns the place of a request in the project as it is now; false where
// there is nothing to find.
func (s *Server) cursor(ctx context.Context, p place) (*snapshot, *check.Cursor, bool, error) {
	if p.language != "go" || strings.HasPrefix(p.name, ".") {
		return nil, nil, false, nil
	}
	snap, err := s.project(ctx)
	if err != nil {
		return nil, nil, false, err
	}
	cur, ok := snap.checked.At(p.name, p.at)
	return snap, cur, ok, nil
}

func (s *Server) hover(ctx context.Context, p place) (any, error) {
	if p.language == "yaml" {
		return s.hoverYAML(ctx, p)
	}
	snap, cur, ok, err := s.cursor(ctx, p)
	if !ok {
		return nil, err
	}
	if family, at, ok := cur.StringAt(); ok && family != "" && family != "import" {
		return s.hoverName(ctx, snap, p, family, at)
	}
	h, ok := cur.Hover()
	if !ok {
		return nil, nil //nolint:nilnil // there is nothing
	}
	if h.Doc == "" {
		h.Doc = s.sdkDoc(h.Object)
	}
	value := code(h.Code)
	if h.Doc != "" {
		value += "\n\n" + escape(h.Doc)
	}
	return hover{markup{"markdown", value}, p.span(h.At.Start, h.At.End)}, nil
}

// hoverName says what a name in quotes means.
func (s *Server) hoverName(ctx context.Context, snap *snapshot, p place, family string, at check.Span) (any, error) {
	word := string(p.bytes[at.Start:min(at.End, len(p.bytes))])
	for _, n := range s.names(ctx, snap, family) {
		if n.name != word {
			continue
		}
		value := "**" + escape(n.name) + "**: " + escape(n.what)
		if n.doc != "" {
			value += "\n\n" + escape(n.doc)
		}
		return hover{markup{"markdown", value}, p.span(at.Start, at.End)}, nil
	}
	return nil, ctx.Err()
}

func (s *Server) definition(ctx context.Context, p place) (any, error) {
	if p.language == "yaml" {
		return s.definitionYAML(ctx, p)
	}
	snap, cur, ok, err := s.cursor(ctx, p)
	if !ok {
		return nil, err
	}
	if family, at, ok := cur.StringAt(); ok {
		return s.definitionOfName(snap, family, string(p.bytes[at.Start:min(at.End, len(p.bytes))])), nil
	}
	if at, ok := cur.Definition(); ok {
		return s.location(at), nil
	}
	if h, ok := cur.Hover(); ok {
		if at, ok := s.sdkPlace(h.Object); ok {
			return s.location(at), nil
		}
	}
	return nil, nil //nolint:nilnil // there is none
}

// definitionOfName returns where what is called by its name in quotes is described;
// nil where it is not.
func (s *Server) definitionOfName(snap *snapshot, family, word string) any {
	if family == "service" {
		for _, x := range snap.checked.Services {
			if x.Name == word {
				return s.locationOf(x.At)
			}
		}
		return nil
	}
	if d, ok := snap.loaded.Find(kindOf(family), word); ok && d.File != "" {
		return s.locationOf(d.At)
	}
	return nil
}

// locationOf returns the place of a fault or an object.
func (s *Server) locationOf(at fault.Position) any {
	t := s.textOf(at.File)
	i := t.byteAt(at)
	return location{URI: s.uriOf(at.File), Range: t.span(i, wordEnd(t.bytes, i))}
}

func (s *Server) references(ctx context.Context, p place) (any, error) {
	_, cur, ok, err := s.cursor(ctx, p)
	if !ok {
		return nil, err
	}
	out := []location{}
	for _, at := range cur.References() {
		out = append(out, s.location(at))
	}
	return out, nil
}

func (s *Server) highlights(ctx context.Context, p place) (any, error) {
	_, cur, ok, err := s.cursor(ctx, p)
	if !ok {
		return nil, err
	}
	out := []highlight{}
	for _, at := range cur.Highlights() {
		out = append(out, highlight{p.span(at.Start, at.End)})
	}
	return out, nil
}

func (s *Server) symbols(_ context.Context, p place) (any, error) {
	if p.language == "yaml" {
		return symbolsYAML(p.text), nil
	}
	return symbolsOf(p.text, check.Outline(p.name, p.bytes)), nil
}

func symbolsOf(t *text, list []check.Symbol) []documentSymbol {
	out := []documentSymbol{}
	for _, x := range list {
		y := documentSymbol{Name: x.Name, Detail: x.Detail, Kind: symbolKinds[x.Kind], Range: t.span(x.At.Start, x.At.End), SelectionRange: t.span(x.Word.Start, x.Word.End)}
		if len(x.Children) > 0 {
			y.Children = symbolsOf(t, x.Children)
		}
		out = append(out, y)
	}
	return out
}

func (s *Server) folds(_ context.Context, p place) (any, error) {
	out := []foldingRange{}
	if p.language == "go" {
		for _, at := range check.Folds(p.name, p.bytes) {
			out = append(out, foldingRange{p.position(at.Start).Line, p.position(at.End).Line})
		}
	}
	return out, nil
}

// format formats, and puts the imports in order.
func (s *Server) format(ctx context.Context, p place) (any, error) {
	if p.language != "go" || strings.HasPrefix(p.name, ".") {
		return nil, nil //nolint:nilnil // there is nothing to do
	}
	edits, err := s.organised(ctx, p.document)
	if err != nil {
		return nil, err
	}
	out := []textEdit{}
	for _, e := range edits {
		out = append(out, textEdit{p.span(e.Start, e.End), e.Text})
	}
	return out, nil
}

func (s *Server) organised(ctx context.Context, d *document) ([]check.Edit, error) {
	snap, err := s.project(ctx)
	if err != nil {
		return check.Format(d.name, d.bytes)
	}
	return s.check.Organise(snap.checked, d.name, d.bytes)
}

func (s *Server) prepareRename(ctx context.Context, p place) (any, error) {
	_, cur, ok, err := s.cursor(ctx, p)
	if !ok {
		return nil, err
	}
	at, failed := cur.Renamable()
	if failed != nil {
		return nil, failed
	}
	return p.span(at.Start, at.End), nil
}

func (s *Server) rename(ctx context.Context, p place) (any, error) {
	snap, cur, ok, err := s.cursor(ctx, p)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.Invalid, "rename.nothing", "there is nothing here that could be renamed")
	}
	edits, err := s.check.Rename(ctx, cur, p.newName, func(e []check.Edit) fs.FS { return snap.with(e) })
	if err != nil {
		return nil, err
	}
	edits = append(edits, s.renamedInFiles(snap, cur, p.newName)...)
	return workspaceEdit{s.edits(edits)}, nil
}

// renamedInFiles returns the edits of objects' files that name a service which is
// renamed.
func (s *Server) renamedInFiles(snap *snapshot, cur *check.Cursor, newName string) []check.Edit {
	h, ok := cur.Hover()
	if !ok || h.Object.Pkg() == nil {
		return nil
	}
	was := h.Object.Pkg().Name() + "." + h.Object.Name()
	i := slices.IndexFunc(snap.checked.Services, func(x shape.Service) bool { return x.Name == was })
	if i < 0 {
		return nil
	}
	if at, ok := cur.Definition(); !ok || at.File != snap.checked.Services[i].At.File {
		return nil
	}
	var out []check.Edit
	for _, d := range snap.loaded.Documents {
		for _, r := range s.refs(d) {
			if r.Kind != "service" || r.Ref.Name != was || r.Ref.At.File == "" {
				continue
			}
			t := s.textOf(r.Ref.At.File)
			if from, to, ok := t.find(r.Ref.At, was); ok {
				out = append(out, check.Edit{Span: check.Span{File: r.Ref.At.File, Start: from, End: to}, Text: h.Object.Pkg().Name() + "." + newName})
			}
		}
	}
	return out
}
