package api

import (
	"context"
	"runtime"

	"mortise/projects"
)

// Hello returns what a page shows first.
func (s *Studio) Hello(ctx context.Context, _ None) (Hello, error) { return s.helloState(ctx), nil }

// helloState is the event hello.
func (s *Studio) helloState(ctx context.Context) Hello {
	h := Hello{
		Version: s.o.Version, Platform: runtime.GOOS, Desktop: s.o.Desktop, Settings: s.user.present().values(),
		Recent: s.user.recents(), Templates: s.templates(ctx),
	}
	s.mu.Lock()
	h.Opening, h.Failed = s.opening, s.failed
	o := s.current
	s.mu.Unlock()
	if o != nil {
		p := o.view(ctx)
		h.Project = &p
	}
	return h
}

func (s *Studio) templates(ctx context.Context) []Template {
	all, err := projects.Templates()
	if err != nil {
		s.log.ErrorContext(ctx, "templates not read", "error", err)
	}
	out := make([]Template, len(all))
	for i, t := range all {
		out[i] = Template{Name: t.Name, Title: t.Title, Summary: t.Summary}
	}
	return out
}
