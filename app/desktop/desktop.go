// Package desktop shows the Studio in a window of its own, by way of Wails, whose
// only importer it is. The window needs the build tags desktop and production,
// and on Linux webkit2_41; a build without them says so instead of opening one.
//
// The page in the window talks to the Studio through one bound method, which
// takes its frames, and one event, "rx", which brings the Studio's. No port is
// open. A frame that is empty says that the page has been loaded: it begins a new
// session, so that a page that is loaded again finds the present state.
package desktop

import (
	"context"
	"io/fs"
	"log/slog"

	"mortise/app/web"
	"mortise/runtime/fault"
)

// Pick asks the person for a folder by the system's own dialog; "" where they
// chose none.
type Pick func(ctx context.Context, title, start string) (dir string, err error)

// A Studio is what the window shows.
type Studio interface {
	// Connect begins a session for a page.
	Connect(ctx context.Context, send func(frame []byte) error) web.Session
	// Second is told that the program was started again, with these arguments and
	// in this folder. The window has been brought to the front.
	Second(ctx context.Context, args []string, dir string)
	// Close ends what the Studio runs.
	Close()
}

// Options say what the window shows.
type Options struct {
	Title     string
	Page      fs.FS  // the built page
	Icon      []byte // a PNG
	ConfigDir string // of this user; there is one window for each such folder
	Lookup    func(name string) (string, bool)
	Log       *slog.Logger
	// Start starts the Studio. It is called once the window is the only one.
	Start func(ctx context.Context, pick Pick) (Studio, error)
}

// noWindow is the error where there cannot be a window.
func noWindow(code, format string, args ...any) error {
	return fault.New(fault.Unavailable, code, format, args...).
		WithHint("open the Studio in a browser: mortise studio --web")
}
