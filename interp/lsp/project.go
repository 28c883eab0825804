package lsp

import (
	"context"
	"path"
	"slices"
	"strings"

	"mortise/interp/check"
	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// snapshot is the project with what is typed. It is immutable.
type snapshot struct {
	revision int
	loaded   *config.Project // as it is on disk
	source   *config.Files   // with what is typed
	checked  *check.Project
}

// project returns the project as it is now, checked.
func (s *Server) project(ctx context.Context) (*snapshot, error) {
	s.checking.Lock()
	defer s.checking.Unlock()
	s.mu.Lock()
	revision := s.revision
	var open []*document
	for _, d := range s.open {
		open = append(open, d)
	}
	s.mu.Unlock()
	if s.snap != nil && s.snap.revision == revision {
		return s.snap, nil
	}
	loaded, _ := s.o.Load(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if loaded == nil {
		return nil, fault.New(fault.Unavailable, "lsp.project", "the project cannot be read")
	}
	snap := &snapshot{revision: revision, loaded: loaded, source: overlay(loaded.Source, open)}
	snap.checked = s.check.Check(ctx, snap.source)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.snap = snap
	return snap, nil
}

// last returns the project as it was checked last, which may be a little older than
// what is typed; it is checked where it never was.
func (s *Server) last(ctx context.Context) (*snapshot, error) {
	s.checking.Lock()
	snap := s.snap
	s.checking.Unlock()
	if snap != nil {
		return snap, nil
	}
	return s.project(ctx)
}

// overlay returns source with the Go texts that an editor has open in place of the
// saved ones.
func overlay(files *config.Files, open []*document) *config.Files {
	list := slices.Clone(files.List())
	for _, d := range open {
		if d.language != "go" || d.name == "" || strings.HasPrefix(d.name, ".") {
			continue
		}
		f := config.NewFile(d.name, d.bytes)
		if i := slices.IndexFunc(list, func(f config.File) bool { return f.Name == d.name }); i >= 0 {
			list[i] = f
		} else if path.Ext(d.name) == ".go" {
			list = append(list, f)
		}
	}
	return config.NewFiles(list)
}

// with returns the source with edits.
func (p *snapshot) with(edits []check.Edit) *config.Files {
	list := slices.Clone(p.source.List())
	for i, f := range list {
		if slices.ContainsFunc(edits, func(e check.Edit) bool { return e.File == f.Name }) {
			list[i] = config.NewFile(f.Name, check.Apply(f.Data, f.Name, edits))
		}
	}
	return config.NewFiles(list)
}

// names returns the names that a text in quotes may hold, by the family of what it
// names.
func (s *Server) names(ctx context.Context, p *snapshot, family string) []name {
	var out []name
	switch family {
	case "service":
		for _, x := range p.checked.Services {
			out = append(out, name{x.Name, "service", x.Doc})
		}
	case "secret":
		if s.o.Secrets != nil {
			for _, x := range s.o.Secrets(ctx) {
				out = append(out, name{x, "secret", ""})
			}
		}
	case "config":
		for _, x := range p.loaded.Settings.Names() {
			out = append(out, name{x, "setting of " + config.MainFile, ""})
		}
	default:
		for _, d := range p.loaded.Of(kindOf(family)) {
			if family == config.Security || d.Type == family || family == config.Connection {
				out = append(out, name{d.Name, strings.TrimSpace(d.Type + " " + d.Kind), d.Description})
			}
		}
	}
	return out
}

// name is something that is called by its name.
type name struct{ name, what, doc string }

// kindOf returns the kind of object that a family belongs to.
func kindOf(family string) string {
	switch family {
	case config.Security, config.Channel, config.Job:
		return family
	}
	return config.Connection
}
