package desktop

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"mortise/runtime/durable"
)

// frame is where a window stands and how large it is. It is kept in
// mortise/window.json of the user's settings.
type frame struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised,omitempty"`
	Placed    bool `json:"placed,omitempty"` // X and Y are known
}

const (
	minWidth, minHeight = 800, 500
	maxSide             = 20_000
)

// first is the window that nobody has moved yet.
var first = frame{Width: 1440, Height: 900}

func stateFile(configDir string) string { return filepath.Join(configDir, "mortise", "window.json") }

// readFrame returns the window as it was left; what cannot be read or makes no
// sense is as if it was never opened.
func readFrame(configDir string, log *slog.Logger) frame {
	name := stateFile(configDir)
	data, err := os.ReadFile(name)
	f := first
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			log.Warn("the window's place could not be read", "file", name, "error", err)
		}
		return first
	}
	if f.Width < minWidth || f.Height < minHeight || f.Width > maxSide || f.Height > maxSide {
		f.Width, f.Height = first.Width, first.Height
	}
	if f.X < -maxSide || f.Y < -maxSide || f.X > maxSide || f.Y > maxSide {
		f.Placed = false
	}
	return f
}

func writeFrame(configDir string, f frame) error {
	name := stateFile(configDir)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(name, append(data, '\n'), 0o600)
}

// within moves a window that would stand outside of a screen of this size, such as
// one that was unplugged, so that its title can be reached.
func (f frame) within(width, height int) frame {
	const reachable = 120
	if width <= 0 || height <= 0 {
		return f
	}
	if f.X+f.Width < reachable || f.X > width-reachable || f.Y < 0 || f.Y > height-reachable {
		f.Placed = false
	}
	f.Width, f.Height = min(f.Width, width), min(f.Height, height)
	return f
}
