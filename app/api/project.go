package api

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"

	"mortise/app/host"
	"mortise/projects/history"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
)

func nopLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// environmentsFolder holds the files of environments.
const environmentsFolder = "environments"

// enter opens a project in place of the open one and starts its runtime. Pages
// learn of it by the events. A project that cannot be opened leaves the one before
// open.
func (s *Studio) enter(ctx context.Context, dir, environment string) (o *opened, err error) {
	s.switching.Lock()
	defer s.switching.Unlock()
	if !s.setOpening(dir, nil) {
		return nil, fault.New(fault.Unavailable, "studio.ending", "the Studio is being closed")
	}
	defer func() { s.setOpening("", openFailure(dir, err)) }()
	o, err = s.prepare(dir, environment)
	if err != nil {
		return nil, err
	}
	if err := s.swap(ctx, o); err != nil {
		s.log.WarnContext(ctx, "the project before did not end well", "error", err)
	}
	if err := o.begin(); err != nil {
		return nil, errors.Join(err, s.swap(ctx, nil))
	}
	if err := s.user.remember(o.Root(), o.name(ctx)); err != nil {
		s.log.WarnContext(ctx, "the project is not among the recent ones", "error", err)
	}
	return o, nil
}

func openFailure(dir string, err error) *OpenFailure {
	if err == nil {
		return nil
	}
	return &OpenFailure{Dir: dir, Faults: fault.All(err).Whole()}
}

// setOpening says which project is being opened, "" for none, and which one could
// not be. It reports false where the Studio is being closed.
func (s *Studio) setOpening(dir string, failed *OpenFailure) bool {
	s.mu.Lock()
	s.opening, s.failed = dir, failed
	closed := s.closed
	s.mu.Unlock()
	s.hub.changed("hello")
	return !closed
}

// leave closes the open project.
func (s *Studio) leave(ctx context.Context) error {
	s.switching.Lock()
	defer s.switching.Unlock()
	return s.swap(ctx, nil)
}

// swap puts a project, or none, in place of the open one, and closes that.
func (s *Studio) swap(ctx context.Context, o *opened) error {
	s.mu.Lock()
	old := s.current
	s.current = o
	s.mu.Unlock()
	var err error
	if old != nil {
		err = old.close(ctx)
	}
	s.hub.changed(stateEvents()...)
	for _, c := range s.hub.sessions() {
		c.followLog()
	}
	return err
}

// prepare opens a project without starting anything.
func (s *Studio) prepare(dir, environment string) (*opened, error) {
	p, err := s.o.Machine.Open(dir, environment)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.State("logs"), 0o700); err != nil {
		_ = p.Close() // nothing was written
		return nil, fault.Wrap(fault.Unavailable, "studio.state", err, "make the folder of the log")
	}
	o := &opened{
		Project: p, s: s, environment: environment, deploys: newDeploys(), own: map[string]string{},
		log: observe.NewLog(observe.LogOptions{
			Writer: s.o.Console, Level: slog.LevelDebug, File: p.State("logs", "server.log"),
		}),
		history: history.New(p.State("history")), drafts: history.NewDrafts(p.State("drafts")),
	}
	o.life, o.end = context.WithCancel(s.life)
	if o.local, err = newLocalState(p.State()); err != nil {
		o.log.Logger().Warn("what the Studio kept with the project could not be read and was put aside", "error", err)
	}
	return o, nil
}

// begin starts the runtime and follows the files.
func (o *opened) begin() error {
	if _, err := o.SyncSDK(o.life); err != nil {
		o.log.Logger().Warn("the SDK of the project is not up to date", "error", err)
	}
	stop, err := host.Follow(o.life, o.Root(), o.log.Logger(), o.filesChanged)
	if err != nil {
		return err
	}
	o.stopWatch = stop
	o.builder = o.Builder(o.life, o.log.Logger(), false)
	o.work.Go(o.runtime)
	o.work.Go(o.prune)
	o.work.Go(o.beat)
	return nil
}

// close ends the runtime and closes the folder. It is called once, when the
// project is not the open one any more.
func (o *opened) close(ctx context.Context) error {
	o.end()
	if o.stopWatch != nil {
		o.stopWatch()
	}
	o.work.Wait()
	o.mu.Lock()
	h := o.host
	o.host, o.down = nil, fault.New(fault.Unavailable, "studio.closed", "the project was closed")
	o.mu.Unlock()
	var errs []error
	if h != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWait)
		errs = append(errs, h.Stop(stopping))
		cancel()
	}
	errs = append(errs, o.memory.close(), o.Close(), o.log.Close())
	return errors.Join(errs...)
}

// changed says that states of the project are others than before.
func (o *opened) changed(names ...string) { o.s.hub.changed(names...) }

// name returns the project's name; that of its folder where its file is wrong.
func (o *opened) name(ctx context.Context) string {
	if p, _ := o.Load(ctx); p != nil && p.Name != "" {
		return p.Name
	}
	return path.Base(strings.ReplaceAll(o.Root(), "\\", "/"))
}

// prune drops what the local history does not have to keep. What unsaved texts
// began from is kept for as long as they are.
func (o *opened) prune() {
	drafts, err := o.drafts.List()
	var needed []string // nil where it is not known, and no text is dropped
	if drafts != nil {
		needed = []string{}
	}
	for _, d := range drafts {
		if d.Base != "" {
			needed = append(needed, d.Base)
		}
	}
	if err = errors.Join(err, o.history.Prune(needed)); err != nil {
		o.log.Logger().Warn("local history not pruned", "error", err)
	}
}

// view returns the project as pages see it.
func (o *opened) view(ctx context.Context) Project {
	p := Project{Dir: o.Root(), Name: o.name(ctx), Environment: o.environment, Layout: o.local.get().Layout, Environments: o.environments(), Tutorial: o.Template() == tutorialTemplate}
	if loaded, _ := o.Load(ctx); loaded != nil {
		p.Description = loaded.Description
	}
	drafts, err := o.drafts.List()
	if err != nil {
		o.log.Logger().WarnContext(ctx, "some unsaved text could not be read", "error", err)
	}
	p.Drafts = append(p.Drafts, drafts...)
	return p
}

// tutorialTemplate is the template that has a checklist.
const tutorialTemplate = "tutorial"

// environments returns the names of the files in environments/, sorted.
func (o *opened) environments() []string {
	names := []string{}
	entries, _ := os.ReadDir(path.Join(o.Root(), environmentsFolder)) // without the folder there are none
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok && !e.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
