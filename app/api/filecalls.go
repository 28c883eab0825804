package api

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"mortise/projects"
	"mortise/projects/history"
	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// Limits on files.
const (
	maxName   = 1_000 // bytes of a name
	maxDelete = 5_000 // files that are deleted or renamed with their folder
)

// checkName refuses what is no name of a file that people may look at.
func checkName(name string) error {
	if !fs.ValidPath(name) || name == "." || len(name) > maxName || strings.ContainsAny(name, "\\\x00") || strings.ContainsFunc(name, isControl) {
		return fault.New(fault.Invalid, "file.name", "%q is no name of a file in the project", name).
			WithHint("write it with slashes and without \"..\": \"services/users/users.go\"")
	}
	for part := range strings.SplitSeq(strings.ToLower(name), "/") {
		if part == projects.StateFolder || part == ".git" || strings.HasPrefix(part, ".#") {
			return fault.New(fault.Denied, "file.private", "%q is not for editing: tools keep it for themselves", name)
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// ours reports whether a file is kept up to date by Mortise.
func ours(name string) bool {
	return name == projects.SDKFolder || strings.HasPrefix(name, projects.SDKFolder+"/")
}

// checkWrite refuses names that people may not write.
func checkWrite(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if ours(name) {
		return fault.New(fault.Denied, "file.readonly", "%q is kept up to date by Mortise and cannot be changed", name)
	}
	return nil
}

// text returns a file that can be edited as text.
func (o *opened) text(name string) ([]byte, error) {
	info, err := o.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "file.folder", "%q is no file", name)
	}
	if info.Size() > history.MaxText {
		return nil, fault.New(fault.Limited, "file.large", "%q has more than 4 MB, which is too large to be edited here", name)
	}
	text, err := o.ReadFile(name, history.MaxText)
	if err != nil {
		return nil, err
	}
	if binary(text) {
		return nil, fault.New(fault.Invalid, "file.binary", "%q is no text", name).WithHint("open it with the program that made it")
	}
	return text, nil
}

// binary reports whether a file is no text: text is UTF-8 without zeros.
func binary(text []byte) bool { return bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) }

// ReadFile returns a file with the draft of it, if there is one. A draft of a file
// that is not there yet is returned with an empty text and hash.
func (s *Studio) ReadFile(_ context.Context, in FileName) (File, error) {
	o, err := s.open()
	if err == nil {
		err = checkName(in.Name)
	}
	if err != nil {
		return File{}, err
	}
	f := File{Name: in.Name, ReadOnly: ours(in.Name)}
	if d, ok := o.drafts.Read(in.Name); ok {
		f.Draft = &d
	}
	text, err := o.text(in.Name)
	if fault.KindOf(err) == fault.NotFound && f.Draft != nil {
		return f, nil
	}
	if err != nil {
		return File{}, err
	}
	f.Text = string(text)
	if f.Hash, err = o.history.Keep(text); err != nil {
		f.Hash = history.Hash(text) // a conflict will have no merge, and nothing else is missing
		o.log.Logger().Warn("not kept in the local history", "file", in.Name, "error", err)
	}
	return f, nil
}

// WriteFile saves a file, drops its draft and deploys the project. It returns when
// the file is on disk and the deploy has begun.
func (s *Studio) WriteFile(ctx context.Context, in FileEdit) (FileSaved, error) {
	o, err := s.open()
	if err == nil {
		err = checkWrite(in.Name)
	}
	if err != nil {
		return FileSaved{}, err
	}
	if len(in.Text) > history.MaxText {
		return FileSaved{}, fault.New(fault.Limited, "file.large", "save %q: it has more than 4 MB", in.Name)
	}
	text := []byte(in.Text)
	if path.Ext(in.Name) == ".go" && s.user.present().FormatOnSave {
		// What does not parse is saved as it is: its author is not done yet.
		text = o.laidOut(ctx, in.Name, text)
	}
	saved := FileSaved{Hash: history.Hash(text)}
	if string(text) != in.Text {
		saved.Text = string(text)
	}
	err = o.change(ctx, whySaved, []string{in.Name}, sessionOf(ctx), func() error {
		if conflict := o.conflict(in, text); conflict != nil {
			saved = FileSaved{Conflict: conflict}
			return errUnchanged
		}
		return o.WriteFile(in.Name, text)
	})
	if err != nil || saved.Conflict != nil {
		return saved, err
	}
	return saved, o.drafts.Drop(in.Name)
}

// CompareFile says what a save of a text would meet, and writes nothing.
func (s *Studio) CompareFile(_ context.Context, in FileEdit) (Compared, error) {
	o, err := s.open()
	if err == nil {
		err = checkName(in.Name)
	}
	if err != nil {
		return Compared{}, err
	}
	if len(in.Text) > history.MaxText {
		return Compared{}, fault.New(fault.Limited, "file.large", "compare %q: it has more than 4 MB", in.Name)
	}
	in.Force = false
	return Compared{o.conflict(in, []byte(in.Text))}, nil
}

// conflict returns what is in the way of a save; nil is nothing.
func (o *opened) conflict(in FileEdit, text []byte) *Conflict {
	if in.Force {
		return nil
	}
	there, err := o.text(in.Name)
	switch {
	case err != nil && in.Base == "" && fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return &Conflict{Gone: true}
	case err != nil: // a folder, or no text
		return &Conflict{}
	}
	hash := history.Hash(there)
	if hash == in.Base || bytes.Equal(there, text) {
		return nil
	}
	c := &Conflict{Text: string(there), Hash: hash}
	if base, err := o.history.Text(in.Base); err == nil {
		c.Merged, c.Clean = merge(string(base), in.Text, string(there))
	}
	_, _ = o.history.Keep(there) // the next save begins from it; without, a conflict then has no merge
	return c
}

// files returns the files that a name stands for: itself, or those in the folder.
func (o *opened) files(name string) ([]string, error) {
	info, err := o.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var names []string
	root := filepath.Join(o.Root(), filepath.FromSlash(name))
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(o.Root(), file)
		if err != nil {
			return err
		}
		if names = append(names, filepath.ToSlash(rel)); len(names) > maxDelete {
			return fault.New(fault.Limited, "file.many", "the folder %q holds more than %d files", name, maxDelete)
		}
		return nil
	})
	if _, known := errors.AsType[*fault.Error](err); err != nil && !known {
		err = fault.Wrap(fault.Unavailable, "file.folder", err, "list the files in %q", name)
	}
	return names, err
}

// checkMove refuses to take away what makes the folder a project.
func checkMove(name string) error {
	if name == config.MainFile {
		return fault.New(fault.Denied, "file.main", "%q makes this folder a project and has to stay", name)
	}
	return checkWrite(name)
}

// RenameFile renames a file or folder. Where To exists nothing happens but an error.
func (s *Studio) RenameFile(ctx context.Context, in FileRename) (None, error) {
	o, err := s.open()
	for _, name := range []string{in.From, in.To} {
		if err == nil {
			err = checkMove(name)
		}
	}
	if err != nil {
		return None{}, err
	}
	if strings.HasPrefix(in.To, in.From+"/") {
		return None{}, fault.New(fault.Invalid, "file.inside", "%q cannot be moved into itself", in.From)
	}
	from, err := o.files(in.From)
	if err != nil {
		return None{}, err
	}
	names := from
	for _, name := range from {
		names = append(names, in.To+strings.TrimPrefix(name, in.From))
	}
	err = o.change(ctx, whyRenamed, names, sessionOf(ctx), func() error { return o.Rename(in.From, in.To) })
	if err != nil {
		return None{}, err
	}
	for i, name := range from {
		if d, ok := o.drafts.Read(name); ok {
			d.Name = names[len(from)+i]
			if err := o.drafts.Write(d); err != nil {
				return None{}, err
			}
			if err := o.drafts.Drop(name); err != nil {
				return None{}, err
			}
		}
	}
	return None{}, nil
}

// DeleteFile deletes a file, or a folder with all that is in it, to the local
// history.
func (s *Studio) DeleteFile(ctx context.Context, in FileName) (None, error) {
	o, err := s.open()
	if err == nil {
		err = checkMove(in.Name)
	}
	if err != nil {
		return None{}, err
	}
	names, err := o.files(in.Name)
	if err != nil {
		return None{}, err
	}
	for _, name := range names {
		if err := o.dropDraft(name); err != nil {
			return None{}, err
		}
	}
	return None{}, o.change(ctx, whyDeleted, names, sessionOf(ctx), func() error { return o.RemoveAll(in.Name) })
}

// MakeFolder makes a folder.
func (s *Studio) MakeFolder(_ context.Context, in FileName) (None, error) {
	o, err := s.open()
	if err == nil {
		err = checkWrite(in.Name)
	}
	if err == nil {
		if err = o.MakeFolder(in.Name); err == nil {
			o.changed("files")
		}
	}
	return None{}, err
}
