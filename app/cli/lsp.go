package cli

import (
	"bufio"
	"context"
	"errors"
	"io"

	"mortise/app/api"
	"mortise/interp/lsp"
)

type lspCommand struct {
	Dir string `arg:"" optional:"" help:"Folder of the project (default: the current folder)."`
}

// Help shows how it is used.
func (lspCommand) Help() string {
	return `Editors start this by themselves: it speaks the Language Server Protocol over standard input and output about the
Go files and the YAML files of a project.

In Neovim, for one:
  vim.lsp.config('mortise', { cmd = { 'mortise', 'lsp' }, filetypes = { 'go', 'yaml' }, root_markers = { 'mortise.yaml' } })`
}

// Run answers until the editor says goodbye or standard input ends.
func (c lspCommand) Run(ctx context.Context, env *Env) error {
	project, err := env.machine().Open(env.path(c.Dir), "")
	if err != nil {
		return err
	}
	defer func() { _ = project.Close() }() // nothing was written through it
	log := env.log(false)
	defer func() { _ = log.Close() }()
	o := api.LanguageOptions(project)
	o.Log = log.Logger()
	o.Send = func(message []byte) error { return lsp.WriteMessage(env.Stdout, message) }
	server := lsp.New(ctx, o)
	defer server.Close()
	in := bufio.NewReader(env.Stdin)
	for !server.Ended() {
		message, err := lsp.ReadMessage(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		server.Receive(message) //nolint:contextcheck // answers end with the server, which ctx bounds
	}
	return nil
}
