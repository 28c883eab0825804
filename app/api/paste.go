package api

import (
	"context"

	"mortise/projects/importers"
)

// PasteObject reads what a pasted text describes, and writes nothing.
func (s *Studio) PasteObject(ctx context.Context, in Paste) (Pasted, error) {
	o, err := s.open()
	if err != nil {
		return Pasted{}, err
	}
	p, _ := o.Load(ctx) // what cannot be read has no names
	r, err := importers.Read(in.Text, func(kind, name string) bool {
		if p == nil {
			return false
		}
		_, taken := p.Find(kind, name)
		if _, err := o.Stat(fileFor(kind, name, "")); err == nil {
			taken = true
		}
		return taken || p.Broken(kind, name)
	})
	if err != nil {
		return Pasted{}, err
	}
	out := Pasted{What: r.What, Title: r.Title, Notes: r.Notes}
	for _, x := range r.Objects {
		out.Edits = append(out.Edits, ObjectEdit{Kind: x.Kind, Type: x.Type, Name: x.Name, Description: x.Description, Config: x.Config})
	}
	for _, x := range r.Secrets {
		out.Secrets = append(out.Secrets, PastedSecret{Name: x.Name, About: x.About, Value: x.Value})
	}
	return out, nil
}
