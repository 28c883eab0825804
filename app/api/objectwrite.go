package api

import (
	"context"
	"errors"
	"maps"
	"slices"

	"mortise/projects/history"
	"mortise/runtime/fault"
)

// WriteObject saves an object. Where its name changes, everything that names it
// follows: YAML files, and the names in Go source that stand in quotes.
func (s *Studio) WriteObject(ctx context.Context, in ObjectEdit) (ObjectSaved, error) {
	o, err := s.open()
	if err != nil {
		return ObjectSaved{}, err
	}
	p, err := o.plan(ctx, in)
	if err != nil {
		return ObjectSaved{}, err
	}
	if p.was != nil && in.Base != "" && in.Base != p.was.hash {
		return ObjectSaved{Conflict: true}, nil
	}
	set := fileSet{write: map[string][]byte{}, was: map[string]string{}}
	if len(p.fields) == 0 && p.was != nil && in.Kind != kindProject && in.Name != p.was.Name {
		if err := o.followers(ctx, p, &set); err != nil {
			f := fault.As(err)
			p.wrong("name", f.What, f.Hint)
		}
	}
	if len(p.fields) > 0 {
		return ObjectSaved{Fields: p.fields}, nil
	}
	changed := slices.Sorted(maps.Keys(set.write))
	set.write[p.file], set.first = p.text, p.file
	why := whySaved
	if p.was != nil {
		set.was[p.was.File] = p.was.hash
		if p.was.File != p.file {
			set.remove, why = p.was.File, whyRenamed
		}
	}
	if conflict, err := o.writeSet(ctx, why, set); err != nil || conflict {
		return ObjectSaved{Conflict: conflict}, err
	}
	f, err := o.find(ctx, in.Kind, in.Name)
	if err != nil {
		return ObjectSaved{}, err
	}
	view, err := o.objectView(ctx, f)
	return ObjectSaved{Object: &view, Changed: changed}, err
}

// followers adds the other files that name a renamed object. What its own file
// says of itself is in the plan already.
func (o *opened) followers(ctx context.Context, p *plan, set *fileSet) error {
	files, err := o.renamed(ctx, p.edit.Kind, p.was.Name, p.edit.Name)
	if err != nil {
		return err
	}
	for name, text := range files {
		if name == p.was.File {
			continue
		}
		old, err := o.ReadFile(name, maxGo)
		if err != nil {
			return err
		}
		set.write[name], set.was[name] = text, history.Hash(old)
	}
	return nil
}

// fileSet is files that change together.
type fileSet struct {
	write  map[string][]byte
	first  string            // of write: before the others, as they name it
	remove string            // after the others, as they named it; "" removes none
	was    map[string]string // hashes of what the files hold; of those that are not there none
}

// names returns the files, in the order in which they are written.
func (f *fileSet) names() []string {
	names := slices.Sorted(maps.Keys(f.write))
	if i := slices.Index(names, f.first); i > 0 {
		names = slices.Insert(slices.Delete(names, i, i+1), 0, f.first)
	}
	return names
}

// writeSet changes files, all of them or none. Where one is not what it was any
// more nothing is changed, and conflict is true. A crash in between leaves both
// the old file and the new one, so that all names lead somewhere.
func (o *opened) writeSet(ctx context.Context, why string, set fileSet) (conflict bool, err error) {
	order := set.names()
	touched := order
	if set.remove != "" {
		touched = append(slices.Clone(order), set.remove)
	}
	err = o.change(ctx, why, touched, nil, func() error {
		for _, name := range touched {
			if hash, there := o.presentHash(name); there != (set.was[name] != "") || there && hash != set.was[name] {
				conflict = true
				return errUnchanged
			}
		}
		var done []undo
		for _, name := range order {
			u := o.undoOf(name)
			if err := o.WriteFile(name, set.write[name]); err != nil {
				return errors.Join(err, o.undoAll(done))
			}
			done = append(done, u)
		}
		if set.remove != "" {
			if err := o.Remove(set.remove); err != nil {
				return errors.Join(err, o.undoAll(done))
			}
		}
		return nil
	})
	return conflict, err
}

// presentHash returns the hash of what a file holds, and whether there is one.
func (o *opened) presentHash(name string) (string, bool) {
	text, err := o.ReadFile(name, history.MaxText)
	if err != nil {
		return "", fault.KindOf(err) != fault.NotFound
	}
	return history.Hash(text), true
}

// undo is how a file was.
type undo struct {
	name  string
	text  []byte
	there bool
}

func (o *opened) undoOf(name string) undo {
	text, err := o.ReadFile(name, history.MaxText)
	return undo{name, text, err == nil}
}

// undoAll brings files back, the last one first.
func (o *opened) undoAll(done []undo) error {
	var errs []error
	for _, u := range slices.Backward(done) {
		if u.there {
			errs = append(errs, o.WriteFile(u.name, u.text))
		} else {
			errs = append(errs, o.Remove(u.name))
		}
	}
	return errors.Join(errs...)
}

// DeleteObject deletes an object, to the local history.
func (s *Studio) DeleteObject(ctx context.Context, in ObjectID) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	if in.Kind == kindProject {
		return None{}, fault.New(fault.Invalid, "object.project", "a project cannot be deleted here").WithHint("close it and delete its folder")
	}
	f, err := o.find(ctx, in.Kind, in.Name)
	if err != nil {
		return None{}, err
	}
	return None{}, o.change(ctx, whyDeleted, []string{f.File}, nil, func() error { return o.Remove(f.File) })
}
