package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mortise/projects"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Limits on what pages send about projects.
const (
	maxLayout  = 256 << 10 // bytes
	maxFolders = 5_000     // in a list of folders
)

// OpenProject opens a project in place of the open one and starts its runtime. It
// returns before that is live.
func (s *Studio) OpenProject(ctx context.Context, in Folder) (Project, error) {
	if err := absolute(in.Dir); err != nil {
		return Project{}, err
	}
	o, err := s.enter(ctx, in.Dir, "")
	if err != nil {
		return Project{}, err
	}
	return o.view(ctx), nil
}

func absolute(dir string) error {
	if !filepath.IsAbs(dir) {
		return fault.New(fault.Invalid, "studio.folder", "%q is not the whole path of a folder", dir)
	}
	return nil
}

// CreateProject creates a project and opens it.
func (s *Studio) CreateProject(ctx context.Context, in NewProject) (Project, error) {
	if err := absolute(in.Dir); err != nil {
		return Project{}, err
	}
	secrets, err := s.o.Machine.SecretFile(in.Dir)
	if err != nil {
		return Project{}, err
	}
	p, err := projects.Create(ctx, projects.New{Dir: in.Dir, Template: in.Template, Name: in.Name, SetSecret: secrets.Set})
	if err != nil {
		return Project{}, err
	}
	_ = p.Close() // everything is written
	return s.OpenProject(ctx, Folder{Dir: in.Dir})
}

// CloseProject ends the runtime and closes the project.
func (s *Studio) CloseProject(ctx context.Context, _ None) (None, error) {
	if o, err := s.open(); err == nil {
		if err := s.user.close(o.Root()); err != nil {
			s.log.WarnContext(ctx, "the project will be opened again at the next start", "error", err)
		}
	}
	if err := s.leave(ctx); err != nil {
		s.log.WarnContext(ctx, "the project did not end well", "error", err)
	}
	return None{}, nil
}

// ForgetProject takes a project from the recent ones. Its files stay.
func (s *Studio) ForgetProject(_ context.Context, in Folder) (None, error) {
	err := s.user.forget(in.Dir)
	s.hub.changed("hello")
	return None{}, err
}

// SuggestProject completes what is missing of a suggestion.
func (s *Studio) SuggestProject(_ context.Context, in Suggestion) (Suggestion, error) {
	if in.Name == "" {
		if in.Name = in.Template; in.Name == "" {
			in.Name = "project"
		}
	}
	if err := spec.CheckName(in.Name); err != nil {
		return in, fault.New(fault.Invalid, "project.name", "create a project: %v", err)
	}
	if in.Dir != "" {
		return in, nil
	}
	base := filepath.Join(s.o.Home, "mortise", folderName(in.Name))
	if in.There = ""; s.o.Machine.IsProject(base) {
		in.There = base
	}
	for n := 1; n < 1000; n++ {
		in.Dir = base
		if n > 1 {
			in.Dir = fmt.Sprintf("%s-%d", base, n)
		}
		if _, err := os.Lstat(in.Dir); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return in, nil
}

// folderName returns a project's name as the name of a folder that is easy to
// type.
func folderName(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>| `, r) || r < ' ' {
			return '-'
		}
		return r
	}, strings.ToLower(name)), "-.")
}

// ChooseEnvironment opens the project again with another environment.
func (s *Studio) ChooseEnvironment(ctx context.Context, in Environment) (Project, error) {
	o, err := s.open()
	if err != nil {
		return Project{}, err
	}
	if known := o.environments(); in.Name != "" && !slices.Contains(known, in.Name) {
		return Project{}, fault.New(fault.NotFound, "environment.unknown", "there is no environment %q", in.Name).
			WithHint("%s", fault.DidYouMean(in.Name, known))
	}
	if o, err = s.enter(ctx, o.Root(), in.Name); err != nil {
		return Project{}, err
	}
	return o.view(ctx), nil
}

// ListFolders returns the folders in a folder; "" is the user's home.
func (s *Studio) ListFolders(_ context.Context, in Folder) (FolderList, error) {
	if in.Dir == "" {
		in.Dir = s.o.Home
	}
	if err := absolute(in.Dir); err != nil {
		return FolderList{}, err
	}
	dir := filepath.Clean(in.Dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		kind := fault.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			kind = fault.NotFound
		}
		return FolderList{}, fault.Wrap(kind, "studio.folder", err, "list the folders in %q", dir)
	}
	list := FolderList{Dir: dir, Project: s.o.Machine.IsProject(dir)}
	if up := filepath.Dir(dir); up != dir {
		list.Parent = up
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err != nil || !info.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if len(list.Folders) == maxFolders {
			list.Cut = true
			break
		}
		list.Folders = append(list.Folders, FolderEntry{Name: e.Name(), Dir: path, Project: s.o.Machine.IsProject(path)})
	}
	return list, nil
}

// PickFolder asks the person for a folder; "" where they chose none.
func (s *Studio) PickFolder(ctx context.Context, in FolderPick) (Folder, error) {
	if s.o.PickFolder == nil {
		return Folder{}, fault.New(fault.Invalid, "studio.dialog", "there is no dialog of the system here").
			WithHint("list the folders instead")
	}
	dir, err := s.o.PickFolder(ctx, in.Title, in.Start)
	if err != nil {
		return Folder{}, fault.Wrap(fault.Unavailable, "studio.dialog", err, "ask for a folder")
	}
	return Folder{Dir: dir}, nil
}

// WriteLayout keeps the arrangement of the page for the next time.
func (s *Studio) WriteLayout(_ context.Context, in Layout) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	if len(in.Layout) > maxLayout {
		return None{}, fault.New(fault.Limited, "studio.layout", "the layout has %d bytes: the most is %d", len(in.Layout), maxLayout)
	}
	return None{}, o.local.change(func(kept *localFile) { kept.Layout = in.Layout })
}
