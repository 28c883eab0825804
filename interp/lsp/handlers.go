package lsp

import (
	"context"
	"encoding/json"

	"mortise/runtime/fault"
)

// handler answers requests of one method.
type handler func(ctx context.Context, s *Server, params json.RawMessage) (any, error)

// handlers are the requests that are answered.
var handlers = map[string]handler{
	"shutdown":                       func(context.Context, *Server, json.RawMessage) (any, error) { return nil, nil }, //nolint:nilnil // the protocol answers null
	"textDocument/completion":        at((*Server).complete),
	"textDocument/hover":             at((*Server).hover),
	"textDocument/signatureHelp":     at((*Server).signature),
	"textDocument/definition":        at((*Server).definition),
	"textDocument/references":        at((*Server).references),
	"textDocument/documentHighlight": at((*Server).highlights),
	"textDocument/documentSymbol":    at((*Server).symbols),
	"textDocument/foldingRange":      at((*Server).folds),
	"textDocument/formatting":        at((*Server).format),
	"textDocument/prepareRename":     at((*Server).prepareRename),
	"textDocument/rename":            at((*Server).rename),
	"textDocument/codeAction":        actions,
}

// place is what most requests are about.
type place struct {
	*document
	at      int // the byte
	newName string
}

// at returns a handler of requests about a place in a text.
func at(f func(s *Server, ctx context.Context, p place) (any, error)) handler {
	return func(ctx context.Context, s *Server, raw json.RawMessage) (any, error) {
		var p atParams
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fault.Wrap(fault.Invalid, "lsp.params", err, "read the parameters")
		}
		d, err := s.document(p.TextDocument.URI)
		if err != nil {
			return nil, err
		}
		return f(s, ctx, place{d, d.offset(p.Position), p.NewName})
	}
}
