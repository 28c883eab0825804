package api

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"mortise/app/host"
	"mortise/projects/history"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/observe"
	"mortise/runtime/serve"
)

// Options are what a Studio needs to know of its surroundings.
type Options struct {
	Machine host.Machine // the machine, and the binary that is started for workers
	Version string       // "" is "dev"
	Home    string       // the user's folder, in which new projects are suggested
	Listen  string       // address of the channels; "" is that of mortise serve, or the next port that is free
	Desktop bool         // whether it is a window
	// PickFolder asks the person for a folder by the system's own dialog, "" where
	// they chose none; nil where there is no such dialog.
	PickFolder func(ctx context.Context, title, start string) (dir string, err error)
	Channels   map[string]Channel // streams of text that pages open by name, such as "lsp"
	Log        *slog.Logger       // what happens outside of a project; nil is nowhere
	Console    io.Writer          // gets the log of the open project for people, as mortise serve writes it; nil is none
}

// Channel begins the Studio's end of a stream of texts for one page, and ends it
// when ctx ends. Send hands a text to the page and waits while the page is slow;
// its error says that the page is gone. Receive gets the page's texts, one after
// the other, and must not block for long. Close waits for all that was started.
type Channel func(ctx context.Context, s *Studio, send func(text string) error) (receive func(text string), close func())

// Studio is one running Studio. It is safe for concurrent use and must be closed.
type Studio struct {
	o    Options
	log  *slog.Logger
	user *userFiles
	hub  *hub

	methods []Method

	life context.Context // ends when the Studio closes
	end  context.CancelFunc
	work sync.WaitGroup

	switching sync.Mutex // held while a project is opened or closed

	mu      sync.Mutex   // guards what follows
	current *opened      // the open project; nil is none
	opening string       // folder of the project that is being opened
	failed  *OpenFailure // the last one that could not be; nil where the last one could
	closed  bool
}

// closeWait bounds how long what a project has started may take to end.
const closeWait = 10 * time.Second

// New returns a Studio without a project. It reads the settings of the user; where
// they are damaged it goes on with the defaults and says so in the log.
func New(ctx context.Context, o Options) (*Studio, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	s := &Studio{o: o, log: o.Log, user: newUserFiles(o.Machine.ConfigDir, o.Log), methods: Methods()}
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.hub = newHub(s)
	s.work.Go(s.hub.run)
	return s, nil
}

// Close closes the project and ends all sessions. It may be called more than once.
func (s *Studio) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.hub.endAll()
	err := s.leave(ctx)
	s.end()
	s.work.Wait()
	return err
}

// opened is the open project and what runs it. What is embedded reads and writes
// its files; those that people edit are written through change alone.
type opened struct {
	*host.Project
	s           *Studio
	environment string           // its name; "" is none
	log         *observe.Log     // of the runtime, and of what happens to the project
	history     *history.History // earlier states of files, and any text by its hash
	drafts      *history.Drafts  // unsaved texts
	local       *localState      // what is kept with the project on this machine
	deploys     deploys
	writing     sync.Mutex        // held while files are changed by us, or changes of others are looked at
	own         map[string]string // by its name, the hash of each file as we wrote it, "" where we removed it; guarded by writing
	stopWatch   func()
	builder     engine.Builder

	life context.Context // ends when the project is closed
	end  context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex   // guards what follows
	host   *serve.Host  // nil while it starts, and where there is none
	down   *fault.Error // why there is none; nil while it starts
	notice *fault.Error // what is unusual about it, such as another port than others have

	memory memory
}

// open returns the open project, or an error that there is none.
func (s *Studio) open() (*opened, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil, fault.New(fault.Unavailable, "studio.closed", "no project is open").WithHint("open or create one first")
	}
	return s.current, nil
}

// running returns the runtime of the project, or why there is none.
func (o *opened) running() (*serve.Host, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.host != nil:
		return o.host, nil
	case o.down != nil:
		return nil, o.down
	}
	return nil, fault.New(fault.Unavailable, "studio.starting", "the project is still being started").WithHint("try again in a moment")
}
