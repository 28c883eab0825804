package api

import (
	"context"
	"slices"
	"strings"

	"mortise/app/host"
	"mortise/interp/check"
	"mortise/interp/lsp"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// LanguageServer is the channel over which a page speaks LSP about the open project.
// The URIs of files are "file:///" and their names in the project.
func LanguageServer(ctx context.Context, s *Studio, send func(text string) error) (receive func(text string), end func()) {
	o := LanguageOptions(nil)
	o.Root, o.Log = "/", s.log
	o.Send = func(message []byte) error { return send(string(message)) }
	o.Load = func(ctx context.Context) (*config.Project, fault.List) {
		open, err := s.open()
		if err != nil {
			return nil, fault.All(err)
		}
		return open.Load(ctx)
	}
	o.ReadFile = func(name string) ([]byte, error) {
		open, err := s.open()
		if err != nil {
			return nil, err
		}
		return open.ReadFile(name, maxFileText)
	}
	o.ListSDK = func() []string {
		open, err := s.open()
		if err != nil {
			return nil
		}
		return sdkFiles(open.Project)
	}
	o.Secrets = func(ctx context.Context) []string {
		open, err := s.open()
		if err != nil {
			return nil
		}
		loaded, _ := open.Load(ctx)
		all, _ := open.secrets(ctx, loaded) // those that can be read are better than none
		names := make([]string, len(all))
		for i, x := range all {
			names[i] = x.Name
		}
		return names
	}
	if open, err := s.open(); err == nil {
		o.Checker = open.Checker
	}
	server := lsp.New(ctx, o)
	return func(text string) { server.Receive([]byte(text)) }, server.Close //nolint:contextcheck // answers end with the server, which ctx bounds
}

// maxFileText bounds a file that the language server reads.
const maxFileText = 2 << 20

// maxSDKFiles bounds the files of a project's copy of the SDK.
const maxSDKFiles = 200

// sdkFiles returns the names of the files of a project's copy of the SDK.
func sdkFiles(p *host.Project) []string {
	var out []string
	for _, folder := range []string{".sdk/runtime/service", ".sdk/runtime/fault"} {
		names, err := p.ListFolder(folder, ".go", maxSDKFiles)
		if err != nil {
			continue
		}
		out = append(out, names...)
	}
	return out
}

// LanguageOptions returns what every language server of a project has in common. P may
// be nil where the project changes.
func LanguageOptions(p *host.Project) lsp.Options {
	o := lsp.Options{Config: languageConfig}
	if p != nil {
		o.Root, o.Load, o.Checker = p.Root(), p.Load, p.Checker
		o.ReadFile = func(name string) ([]byte, error) { return p.ReadFile(name, maxFileText) }
		o.ListSDK = func() []string { return sdkFiles(p) }
		o.Secrets = func(ctx context.Context) []string {
			names, _ := p.SecretFile.Names(ctx) // those that can be read are better than none
			return names
		}
	}
	return o
}

// languageConfig returns an empty config of a type of object, and all types of the kind.
func languageConfig(kind, typ string) (spec.Described, []string) {
	var types []string
	for _, t := range kindTypes(kind) {
		types = append(types, t.Type)
	}
	c, ok := newConfig(kind, typ)
	if !ok {
		return nil, types
	}
	return c, types
}

// laidOut returns a Go text in the usual form, with its imports in order; as it is
// where it cannot be read.
func (o *opened) laidOut(ctx context.Context, name string, text []byte) []byte {
	edits, err := check.Format(name, text)
	if err != nil {
		return text
	}
	if loaded, _ := o.Load(ctx); loaded != nil && strings.HasPrefix(name, "services/") {
		list := slices.Clone(loaded.Source.List())
		file := config.NewFile(name, text)
		if i := slices.IndexFunc(list, func(f config.File) bool { return f.Name == name }); i >= 0 {
			list[i] = file
		} else {
			list = append(list, file)
		}
		checked := o.Checker.Check(ctx, config.NewFiles(list))
		if organised, err := o.Checker.Organise(checked, name, text); err == nil && ctx.Err() == nil {
			edits = organised
		}
	}
	return check.Apply(text, name, edits)
}
