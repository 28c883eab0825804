package desktop

import (
	"log/slog"
	"os"
	"testing"
)

func TestFrame(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	if got := readFrame(dir, log); got != first {
		t.Errorf("readFrame before the first time = %+v; want %+v", got, first)
	}
	want := frame{X: 10, Y: 20, Width: 1000, Height: 700, Maximised: true, Placed: true}
	if err := writeFrame(dir, want); err != nil {
		t.Fatal(err)
	}
	if got := readFrame(dir, log); got != want {
		t.Errorf("readFrame after writeFrame = %+v; want %+v", got, want)
	}
	for text, want := range map[string]frame{
		"{":                                 first,
		"":                                  first,
		`{"width":1,"height":1}`:            first,
		`{"width":9000000,"height":700}`:    first,
		`{"x":99999,"placed":true}`:         {X: 99999, Width: first.Width, Height: first.Height},
		`{"width":1000,"height":600,"y":5}`: {Y: 5, Width: 1000, Height: 600},
	} {
		if err := os.WriteFile(stateFile(dir), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readFrame(dir, log); got != want {
			t.Errorf("readFrame of %s = %+v; want %+v", text, got, want)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		what   string
		f      frame
		placed bool
	}{
		{"on the screen", frame{X: 100, Y: 100, Width: 800, Height: 600, Placed: true}, true},
		{"partly to the left", frame{X: -600, Y: 0, Width: 800, Height: 600, Placed: true}, true},
		{"on a screen that is gone", frame{X: 2500, Y: 100, Width: 800, Height: 600, Placed: true}, false},
		{"with its title above", frame{X: 100, Y: -40, Width: 800, Height: 600, Placed: true}, false},
		{"below", frame{X: 100, Y: 1079, Width: 800, Height: 600, Placed: true}, false},
	} {
		if got := c.f.within(1920, 1080); got.Placed != c.placed {
			t.Errorf("a window %s: within a screen of 1920×1080 its place is kept: %v; want %v", c.what, got.Placed, c.placed)
		}
	}
	if got := (frame{Width: 3000, Height: 2000}).within(1920, 1080); got.Width != 1920 || got.Height != 1080 {
		t.Errorf("a window larger than the screen becomes %d×%d; want 1920×1080", got.Width, got.Height)
	}
}
