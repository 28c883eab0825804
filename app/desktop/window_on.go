//go:build desktop || bindings

package desktop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	goruntime "runtime"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"mortise/app/web"
	"mortise/runtime/fault"
)

// Available reports whether there is a screen to open a window on.
func Available(lookup func(name string) (string, bool)) bool {
	if goruntime.GOOS != "linux" || describing {
		return true
	}
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY"} {
		if value, ok := lookup(name); ok && value != "" {
			return true
		}
	}
	return false
}

// Run opens the window and returns when it was closed. It must be called on the
// main goroutine. Where another window of this user is open already, that one
// comes to the front and this process ends with exit code 1, which is Wails' way.
func Run(ctx context.Context, o Options) error {
	if !Available(o.Lookup) {
		return noWindow("desktop.display", "there is no screen here to open a window on")
	}
	page, err := web.Page(o.Page, false)
	if err != nil {
		return err
	}
	w := &window{o: o, frame: readFrame(o.ConfigDir, o.Log), bridge: &Bridge{log: o.Log, ready: make(chan struct{})}, outer: ctx}
	err = wails.Run(w.options(page))
	w.close()
	if err == nil {
		err = w.failed
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "desktop.window", err, "open the window")
	}
	return nil
}

// window is the one window.
type window struct {
	o      Options
	outer  context.Context // of Run
	bridge *Bridge
	frame  frame
	studio Studio
	failed error // of Start
	// unwatch stops looking at outer; nil where nothing was started.
	unwatch func() bool
}

func (w *window) options(page http.Handler) *options.App {
	start := options.Normal
	if w.frame.Maximised {
		start = options.Maximised
	}
	return &options.App{
		Title: w.o.Title, Width: w.frame.Width, Height: w.frame.Height, MinWidth: minWidth, MinHeight: minHeight,
		WindowStartState:   start,
		BackgroundColour:   options.NewRGB(24, 26, 31),
		AssetServer:        &assetserver.Options{Handler: headers(page)},
		Menu:               menus(),
		Bind:               []any{w.bridge},
		Logger:             quiet{w.o.Log},
		LogLevelProduction: logger.ERROR,
		OnStartup:          w.start,
		OnBeforeClose:      w.beforeClose,
		SingleInstanceLock: w.single(),
		// The page has menus of its own where it wants one; in text fields the
		// system's own is the better one.
		EnableDefaultContextMenu: true,
		Linux:                    &linux.Options{Icon: w.o.Icon, WebviewGpuPolicy: linux.WebviewGpuPolicyNever, ProgramName: "mortise"},
		Windows:                  &windows.Options{Theme: windows.SystemDefault},
	}
}

// headers keeps the page to itself, as in a browser.
func headers(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.Secure(w.Header())
		page.ServeHTTP(w, r)
	})
}

// menus is the system's menu bar, where a system expects one.
func menus() *menu.Menu {
	if goruntime.GOOS != "darwin" {
		return nil
	}
	return menu.NewMenuFromItems(menu.AppMenu(), menu.EditMenu(), menu.WindowMenu())
}

// single makes this the only window of a user's settings.
func (w *window) single() *options.SingleInstanceLock {
	if automated {
		return nil // a test does not hand over to what another one left
	}
	sum := sha256.Sum256([]byte(w.o.ConfigDir))
	return &options.SingleInstanceLock{
		UniqueId: "mortise_" + hex.EncodeToString(sum[:8]),
		OnSecondInstanceLaunch: func(second options.SecondInstanceData) {
			<-w.bridge.ready
			if w.studio == nil {
				return
			}
			runtime.WindowUnminimise(w.bridge.ctx)
			runtime.WindowShow(w.bridge.ctx)
			w.studio.Second(w.bridge.ctx, second.Args, second.WorkingDirectory)
		},
	}
}

// start starts the Studio behind the window.
func (w *window) start(ctx context.Context) {
	w.place(ctx)
	// Signals that end a process are Wails' own; it hears them first.
	w.unwatch = context.AfterFunc(w.outer, func() { runtime.Quit(ctx) }) //nolint:contextcheck // Wails brings a context of its own
	studio, err := w.o.Start(ctx, func(_ context.Context, title, start string) (string, error) {
		return pick(ctx, title, start)
	})
	if err != nil {
		w.failed = err
		w.bridge.open(ctx, nil)
		runtime.Quit(ctx)
		return
	}
	w.studio = studio
	w.bridge.open(ctx, studio)
}

// place moves the window to where it was.
func (w *window) place(ctx context.Context) {
	screens, err := runtime.ScreenGetAll(ctx)
	if err != nil {
		return // it stands where the system puts it
	}
	width, height := 0, 0
	for _, s := range screens { // side by side, which is where they mostly are
		width, height = width+s.Size.Width, max(height, s.Size.Height)
	}
	f := w.frame.within(width, height)
	if f.Width != w.frame.Width || f.Height != w.frame.Height {
		runtime.WindowSetSize(ctx, f.Width, f.Height)
	}
	if f.Placed && !f.Maximised {
		runtime.WindowSetPosition(ctx, f.X, f.Y)
	}
}

// beforeClose keeps where the window is.
func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	f := w.frame
	f.Maximised = runtime.WindowIsMaximised(ctx)
	if !f.Maximised && !runtime.WindowIsMinimised(ctx) && !runtime.WindowIsFullscreen(ctx) {
		f.X, f.Y = runtime.WindowGetPosition(ctx)
		f.Width, f.Height = runtime.WindowGetSize(ctx)
		f.Placed = true
	}
	if err := writeFrame(w.o.ConfigDir, f); err != nil {
		w.o.Log.Warn("the window's place could not be kept", "error", err)
	}
	return false
}

// close ends everything after the window is gone.
func (w *window) close() {
	if w.unwatch != nil {
		w.unwatch()
	}
	w.bridge.close()
	if w.studio != nil {
		w.studio.Close()
	}
}

func pick(ctx context.Context, title, start string) (string, error) {
	dir, err := runtime.OpenDirectoryDialog(ctx, runtime.OpenDialogOptions{Title: title, DefaultDirectory: start, CanCreateDirectories: true})
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, "desktop.pick", err, "ask for a folder")
	}
	return dir, nil
}

// Bridge is what the page in the window reaches.
type Bridge struct {
	log    *slog.Logger
	ready  chan struct{} // closed when what follows is set
	ctx    context.Context
	studio Studio

	mu      sync.Mutex // guards what follows, and keeps frames in order
	session web.Session
	end     context.CancelFunc
	closed  bool
}

// open makes the Studio answer; nil is one that could not be started.
func (b *Bridge) open(ctx context.Context, s Studio) {
	b.ctx, b.studio = ctx, s
	close(b.ready)
}

// Send takes a frame of the page; the page waits for one to return before it sends
// the next. An empty one begins a session.
func (b *Bridge) Send(text string) {
	<-b.ready
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed || b.studio == nil:
	case text == "":
		b.leave()
		ctx, cancel := context.WithCancel(b.ctx)
		b.end = cancel
		b.session = b.studio.Connect(ctx, func(frame []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			runtime.EventsEmit(ctx, "rx", string(frame))
			return nil
		})
	case len(text) > web.MaxFrame:
		b.leave() // as a WebSocket would
	case b.session != nil:
		if err := b.session.Receive([]byte(text)); err != nil {
			b.log.Error("the page in the window was sent away", "error", err)
			b.leave()
		}
	}
}

// leave ends the session of the page that was there. The caller holds mu.
func (b *Bridge) leave() {
	if b.session == nil {
		return
	}
	b.end()
	b.session.Close()
	b.session = nil
}

func (b *Bridge) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.leave()
}
