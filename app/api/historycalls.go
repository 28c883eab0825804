package api

import (
	"context"
	"time"

	"mortise/projects/history"
	"mortise/runtime/fault"
)

// WriteDraft keeps unsaved text. It returns when the text is on disk.
func (s *Studio) WriteDraft(_ context.Context, in Draft) (None, error) {
	o, err := s.open()
	if err == nil {
		err = checkWrite(in.Name)
	}
	if err != nil {
		return None{}, err
	}
	in.At = time.Now().UTC()
	return None{}, o.drafts.Write(in)
}

// DropDraft forgets the unsaved text of a file; it goes to the local history.
func (s *Studio) DropDraft(_ context.Context, in FileName) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	return None{}, o.dropDraft(in.Name)
}

func (o *opened) dropDraft(name string) error {
	d, ok := o.drafts.Read(name)
	if !ok {
		return nil
	}
	if d.Base != history.Hash([]byte(d.Text)) {
		if _, err := o.history.Record(name, whyUnsaved, []byte(d.Text)); err != nil {
			return err
		}
	}
	return o.drafts.Drop(name)
}

// ListHistory returns the earlier states of a file; of all files, those that were
// deleted, where the name is "".
func (s *Studio) ListHistory(_ context.Context, in FileName) (Versions, error) {
	o, err := s.open()
	if err != nil {
		return Versions{}, err
	}
	var found []history.Version
	if in.Name == "" {
		found, err = o.history.Last(whyDeleted)
	} else {
		found, err = o.history.List(in.Name)
	}
	if err != nil {
		return Versions{}, err
	}
	list := make([]Version, len(found))
	for i, v := range found {
		list[i] = Version{ID: v.ID, Name: v.Name, At: v.At, Why: v.Why, Size: v.Size}
	}
	return Versions{list}, nil
}

// ReadHistory returns the text of an earlier state.
func (s *Studio) ReadHistory(_ context.Context, in VersionID) (File, error) {
	o, err := s.open()
	if err != nil {
		return File{}, err
	}
	v, text, err := o.history.Read(in.ID)
	if err != nil {
		return File{}, err
	}
	if binary(text) {
		return File{}, fault.New(fault.Invalid, "file.binary", "%q was no text", v.Name)
	}
	return File{Name: v.Name, Text: string(text), Hash: v.Hash, ReadOnly: true}, nil
}

// RestoreHistory makes an earlier state the file again; what was there goes to
// the local history.
func (s *Studio) RestoreHistory(ctx context.Context, in VersionID) (File, error) {
	o, err := s.open()
	if err != nil {
		return File{}, err
	}
	v, text, err := o.history.Read(in.ID)
	if err == nil {
		err = checkWrite(v.Name)
	}
	if err != nil {
		return File{}, err
	}
	err = o.change(ctx, whyRestored, []string{v.Name}, nil, func() error { return o.WriteFile(v.Name, text) })
	if err != nil {
		return File{}, err
	}
	return s.ReadFile(ctx, FileName{Name: v.Name})
}
