package cli

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"mortise/app/api"
	"mortise/app/desktop"
	"mortise/app/host"
	"mortise/app/web"
	"mortise/projects/watch"
	"mortise/runtime/fault"
)

type studioCommand struct {
	Dir       string `arg:"" optional:"" help:"Folder of the project to open (default: the current folder where it is one, else the last one)."`
	Web       bool   `help:"Show it in a browser of this machine instead of a window."`
	Listen    string `help:"Address for the browser; others than this machine are refused (default: a free port of 127.0.0.1)." placeholder:"HOST:PORT"`
	NoBrowser bool   `help:"Do not open the browser, print the address only."`
	Verbose   bool   `short:"v" help:"Show the log of the project here as well."`
	Page      string `hidden:"" help:"Folder with the page; it is loaded again when it changes. For those who work on it."`
}

// Help shows how it is used.
func (studioCommand) Help() string {
	return `The Studio is where projects are made, edited, run and watched. With --web it is a page for the browsers of this
machine: the address that is printed holds a key that lets one in, so give it to nobody.

Examples:
  mortise studio
  mortise studio --web demo
  mortise studio --web --listen 127.0.0.1:17020 --no-browser`
}

// Run shows the Studio until it is closed or a signal comes.
func (c studioCommand) Run(ctx context.Context, env *Env) error {
	dir, err := c.project(env)
	if err != nil {
		return err
	}
	log := env.log(c.Verbose)
	defer func() { _ = log.Close() }() // it writes to standard error only
	if c.Web {
		return c.browse(ctx, env, dir, log.Logger())
	}
	if c.Listen != "" || c.NoBrowser || c.Page != "" {
		return fault.New(fault.Invalid, "cli.studio", "--listen, --no-browser and --page are for the browser").WithHint("add --web")
	}
	return desktop.Run(ctx, desktop.Options{
		Title: "Mortise Studio", Page: env.Page, Icon: env.Icon, ConfigDir: env.ConfigDir, Lookup: env.Lookup, Log: log.Logger(),
		Start: func(ctx context.Context, pick desktop.Pick) (desktop.Studio, error) {
			s, err := c.start(ctx, env, log.Logger(), pick)
			if err != nil {
				return nil, err
			}
			s.open(dir)
			return s, nil
		},
	})
}

// project returns the folder of the project to open, "" for none.
func (c studioCommand) project(env *Env) (string, error) {
	if c.Dir == "" {
		if env.machine().IsProject(env.Dir) {
			return env.Dir, nil
		}
		return "", nil
	}
	dir := env.path(c.Dir)
	if !env.machine().IsProject(dir) {
		return "", fault.New(fault.NotFound, "cli.studio", "%q is no project: it has no mortise.yaml", c.Dir).
			WithHint("make one: mortise new %s", c.Dir)
	}
	return dir, nil
}

// studio is a running Studio, whoever shows it.
type studio struct {
	*api.Studio
	env     *Env
	ctx     context.Context // ends when the Studio is closed; it outlives the pages
	end     context.CancelFunc
	opening sync.WaitGroup
}

// start starts a Studio without a project.
func (c studioCommand) start(ctx context.Context, env *Env, log *slog.Logger, pick desktop.Pick) (*studio, error) {
	o := api.Options{
		Machine: env.machine(), Version: env.Version, Home: env.Home, Desktop: pick != nil, PickFolder: pick, Log: log,
		Channels: map[string]api.Channel{"lsp": api.LanguageServer},
	}
	if c.Verbose {
		o.Console = env.Stderr
	}
	a, err := api.New(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &studio{Studio: a, env: env}
	s.ctx, s.end = context.WithCancel(ctx)
	return s, nil
}

// open opens a project, or the one that was open last, while the page is already
// shown, which follows it.
func (s *studio) open(dir string) {
	s.opening.Go(func() {
		if dir == "" {
			dir = s.last()
		}
		if dir == "" {
			return
		}
		if _, err := s.OpenProject(s.ctx, api.Folder{Dir: dir}); err != nil && s.ctx.Err() == nil {
			s.env.report(err)
		}
	})
}

// last returns the project that was open when the Studio ended, if it is still
// there.
func (s *studio) last() string {
	hello, err := s.Hello(s.ctx, api.None{})
	if err != nil || hello.Project != nil || len(hello.Recent) == 0 {
		return ""
	}
	if last := hello.Recent[0]; !last.Gone && !last.Closed {
		return last.Dir
	}
	return ""
}

// Connect begins a session for a page.
func (s *studio) Connect(ctx context.Context, send func(frame []byte) error) web.Session {
	return s.Studio.Connect(ctx, send)
}

// Second opens the project that the program was started with again.
func (s *studio) Second(_ context.Context, args []string, dir string) {
	for _, arg := range args {
		if arg == "" || arg[0] == '-' || arg == "studio" {
			continue
		}
		if !filepath.IsAbs(arg) {
			arg = filepath.Join(dir, arg)
		}
		if s.env.machine().IsProject(arg) {
			s.open(arg)
		}
		return
	}
}

// Close ends the Studio and what it runs.
func (s *studio) Close() {
	s.end()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), closeWait)
	defer cancel()
	if err := s.Studio.Close(ctx); err != nil {
		s.env.errorf("mortise: close the project: %v\n", err)
	}
	s.opening.Wait()
}

// browse serves the Studio to browsers until a signal comes.
func (c studioCommand) browse(ctx context.Context, env *Env, dir string, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := c.start(ctx, env, log, nil)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:contextcheck // what it started may end in its own time
	o := web.Options{Listen: c.Listen, Page: env.Page, Connect: s.Connect, Log: log}
	if c.Page != "" {
		changes, stop, err := follow(ctx, env.path(c.Page), o.Log)
		if err != nil {
			return err
		}
		defer stop()
		o.Page, o.Fresh = os.DirFS(env.path(c.Page)), changes
	}
	server, err := web.Start(ctx, o)
	if err != nil {
		return err
	}
	defer server.Close()
	s.open(dir)
	env.printf("the Studio is at %s\n  Ctrl-C ends it\n", server.URL())
	if !c.NoBrowser {
		env.browser(ctx, server.URL())
	}
	select {
	case <-ctx.Done():
	case <-env.Signals:
	}
	return nil
}

// follow tells of changes of the page's files.
func follow(ctx context.Context, dir string, log *slog.Logger) (<-chan struct{}, func(), error) {
	changes := make(chan struct{}, 1)
	stop, err := host.Follow(ctx, dir, log, func(watch.Batch) {
		select {
		case changes <- struct{}{}:
		default:
		}
	})
	return changes, stop, err
}

// browser opens an address in the user's browser, where there is one. The address
// has been printed, so it is no error that there is none.
func (e *Env) browser(ctx context.Context, url string) {
	var open []string
	switch runtime.GOOS {
	case "windows":
		open = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case "darwin":
		open = []string{"open"}
	default:
		if !e.has("DISPLAY") && !e.has("WAYLAND_DISPLAY") {
			return
		}
		open = []string{"xdg-open"}
	}
	// It may become the browser itself, which outlives the Studio.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), open[0], append(open[1:], url)...)
	if cmd.Start() == nil {
		_ = cmd.Process.Release() // nobody asks how it ended
	}
}

// has reports whether a variable of the environment is set to something.
func (e *Env) has(name string) bool {
	value, ok := e.Lookup(name)
	return ok && value != ""
}
