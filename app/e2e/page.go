package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mortise/runtime/wait"
)

// Page is the tab of one test. Its methods are the steps of a person; each waits
// until it can be done, and ends the test where it cannot.
type Page struct {
	t       *testing.T
	wire    *wire
	said    *said  // by the Studio behind it
	window  string // the screen of its window; "" is a tab of the browser
	allowed []string
}

// newPage opens a tab that closes with the test.
func newPage(t *testing.T, w *wire, first string) *Page {
	t.Helper()
	p := &Page{t: t, wire: w}
	ctx, cancel := p.patience()
	defer cancel()
	var tab struct {
		Handle string `json:"handle"`
	}
	err := w.post(ctx, "/window/new", map[string]string{"type": "tab"}, &tab)
	if err == nil {
		err = w.post(ctx, "/window", map[string]string{"handle": tab.Handle}, nil)
	}
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	p.Resize(1280, 800)
	t.Cleanup(func() {
		ctx, cancel := p.patience()
		defer cancel()
		p.quiet(ctx)
		if err := w.delete(ctx, "/window"); err != nil {
			t.Errorf("close the tab: %v", err)
		}
		if err := w.post(ctx, "/window", map[string]string{"handle": first}, nil); err != nil {
			t.Errorf("go back to the first tab: %v", err)
		}
	})
	return p
}

func (p *Page) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(p.t.Context()), Patience)
}

// try repeats a step until it works, as long as the page may just be busy.
func (p *Page) try(what string, step func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	var why error = busyError("there was no time")
	for {
		err := step(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			p.fail(what, why)
		}
		if why = err; !passing(err) {
			p.fail(what, err)
		}
		if !pause(ctx) {
			p.fail(what, err)
		}
	}
}

// pause lets a busy page go on and reports whether there is time left.
func pause(ctx context.Context) bool { return wait.For(ctx, 30*time.Millisecond) }

// busyError says what a page lacks that may come.
type busyError string

func (e busyError) Error() string { return string(e) }

// fail ends the test and shows the page.
func (p *Page) fail(what string, err error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), 20*time.Second)
	defer cancel()
	var text string
	if terr := p.wire.run(ctx, "return document.body ? document.body.innerText : ''", &text); terr != nil {
		text = terr.Error()
	}
	picture := "none"
	if dir, derr := os.MkdirTemp("", "mortise-e2e-picture-"); derr == nil {
		picture = filepath.Join(dir, strings.ReplaceAll(p.t.Name(), "/", "-")+".png")
		if perr := p.picture(ctx, picture); perr != nil {
			picture = perr.Error()
		}
	}
	var said string
	if p.said != nil {
		said = p.said.String()
	}
	p.t.Fatalf("%s: %v\npicture: %s\nthe page shows:\n%s\nits console says:\n%s\nmortise says:\n%s",
		what, err, picture, shortened(text), strings.Join(p.console(ctx), "\n"), shortened(said))
}

func shortened(text string) string {
	const most = 4000
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// Named returns the CSS selector of a data-testid.
func Named(id string) string { return fmt.Sprintf("[data-testid=%q]", id) }

// Go opens an address.
func (p *Page) Go(url string) {
	p.t.Helper()
	// The same page with another token is only another fragment: leave it first.
	p.try("open the page", func(ctx context.Context) error {
		if err := p.wire.post(ctx, "/url", map[string]string{"url": "about:blank"}, nil); err != nil {
			return err
		}
		return p.wire.post(ctx, "/url", map[string]string{"url": url}, nil)
	})
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	p.try("reload", func(ctx context.Context) error { return p.wire.post(ctx, "/refresh", nil, nil) })
}

// Wait waits until an element is shown.
func (p *Page) Wait(id string) {
	p.t.Helper()
	p.try("wait for "+id, func(ctx context.Context) error {
		e, err := p.wire.find(ctx, Named(id))
		if err != nil {
			return err
		}
		var shown bool
		if err := p.wire.get(ctx, "/element/"+e+"/displayed", &shown); err != nil {
			return err
		}
		if !shown {
			return busyError("it is not shown")
		}
		return nil
	})
}

// Gone waits until an element is not there or not shown.
func (p *Page) Gone(id string) {
	p.t.Helper()
	p.WaitFor(id+" is gone", "const e = document.querySelector(arguments[0]); return !e || !e.checkVisibility()", Named(id))
}

// Count returns how many elements a CSS selector finds now.
func (p *Page) Count(css string) int {
	p.t.Helper()
	var n int
	p.Eval("return document.querySelectorAll(arguments[0]).length", &n, css)
	return n
}

// Text returns the text of an element as it is shown, or the value of a field.
func (p *Page) Text(id string) string {
	p.t.Helper()
	var text string
	p.try("read "+id, func(ctx context.Context) (err error) {
		text, err = p.text(ctx, id)
		return err
	})
	return text
}

func (p *Page) text(ctx context.Context, id string) (string, error) {
	e, err := p.wire.find(ctx, Named(id))
	if err != nil {
		return "", err
	}
	var text string
	err = p.wire.run(ctx, "const e = arguments[0]; return 'value' in e && e.tagName !== 'LI' && e.tagName !== 'BUTTON' ? String(e.value) : e.innerText", &text, map[string]string{elementKey: e})
	return text, err
}

// WaitText waits until the text of an element holds another one.
func (p *Page) WaitText(id, part string) {
	p.t.Helper()
	p.try(fmt.Sprintf("wait for %q in %s", part, id), func(ctx context.Context) error {
		text, err := p.text(ctx, id)
		if err == nil && !strings.Contains(text, part) {
			return busyError(fmt.Sprintf("it says %q", shortened(text)))
		}
		return err
	})
}

// WaitAttribute waits until an attribute of an element has a value.
func (p *Page) WaitAttribute(id, name, value string) {
	p.t.Helper()
	p.try(fmt.Sprintf("wait for %s=%q of %s", name, value, id), func(ctx context.Context) error {
		var got *string
		e, err := p.wire.find(ctx, Named(id))
		if err == nil {
			err = p.wire.get(ctx, "/element/"+e+"/attribute/"+name, &got)
		}
		if err != nil {
			return err
		}
		if got == nil || *got != value {
			return busyError(fmt.Sprintf("it is %v", got))
		}
		return nil
	})
}

// WaitFor waits until the body of a function, run in the page with the arguments,
// returns true.
func (p *Page) WaitFor(what, body string, args ...any) {
	p.t.Helper()
	p.try("wait until "+what, func(ctx context.Context) error {
		var ok bool
		err := p.wire.run(ctx, body, &ok, args...)
		if err == nil && !ok {
			return busyError("it is not so")
		}
		return err
	})
}

// Eval runs the body of a function in the page and reads what it returns into
// out, which may be nil.
func (p *Page) Eval(body string, out any, args ...any) {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	if out == nil {
		out = new(any)
	}
	if err := p.wire.run(ctx, body, out, args...); err != nil {
		p.fail("run "+body, err)
	}
}

// on does something with an element that can be reached.
func (p *Page) on(what, id string, do func(ctx context.Context, element string) error) {
	p.t.Helper()
	p.try(what+" "+id, func(ctx context.Context) error {
		e, err := p.wire.find(ctx, Named(id))
		if err != nil {
			return err
		}
		return do(ctx, e)
	})
}

// Click clicks an element.
func (p *Page) Click(id string) {
	p.t.Helper()
	p.on("click", id, func(ctx context.Context, e string) error { return p.wire.post(ctx, "/element/"+e+"/click", nil, nil) })
}

// DoubleClick clicks an element twice.
func (p *Page) DoubleClick(id string) {
	p.t.Helper()
	p.on("double-click", id, func(ctx context.Context, e string) error { return p.wire.mouse(ctx, e, leftButton, 2) })
}

// MiddleClick clicks an element with the middle button.
func (p *Page) MiddleClick(id string) {
	p.t.Helper()
	p.on("middle-click", id, func(ctx context.Context, e string) error { return p.wire.mouse(ctx, e, middleButton, 1) })
}

// Menu opens the context menu of an element.
func (p *Page) Menu(id string) {
	p.t.Helper()
	p.on("right-click", id, func(ctx context.Context, e string) error { return p.wire.mouse(ctx, e, rightButton, 1) })
}

// Hover moves the mouse over an element.
func (p *Page) Hover(id string) {
	p.t.Helper()
	p.on("hover", id, func(ctx context.Context, e string) error { return p.wire.mouse(ctx, e, leftButton, 0) })
}

// Fill clicks a field, or a text editor inside of the element, and replaces what
// is in it by typing.
func (p *Page) Fill(id, text string) {
	p.t.Helper()
	p.Focus(id)
	p.Press("Mod+a")
	if text == "" {
		p.Press("Delete")
		return
	}
	p.Type(text)
}

// innerField finds what takes text: the element itself, or the first one in it.
const innerField = `const e = document.querySelector(arguments[0]), fields = "input, textarea, [contenteditable=true]";
return !e || e.matches(fields) ? e : e.querySelector(fields) ?? e`

// Focus clicks a field, or the text editor inside of the element.
func (p *Page) Focus(id string) {
	p.t.Helper()
	p.try("go to "+id, func(ctx context.Context) error {
		var found map[string]string
		err := p.wire.run(ctx, innerField, &found, Named(id))
		e := found[elementKey]
		if err == nil && e == "" {
			return busyError("it is not there")
		}
		if err == nil {
			err = p.wire.post(ctx, "/element/"+e+"/click", nil, nil)
		}
		if err != nil {
			return err
		}
		var inside bool
		err = p.wire.run(ctx, "const e = arguments[0], a = document.activeElement; return e === a || e.contains(a)", &inside, map[string]string{elementKey: e})
		if err == nil && !inside {
			return busyError("it does not take the focus")
		}
		return err
	})
}

// Type types into what has the focus. A line feed is Enter.
func (p *Page) Type(text string) {
	p.t.Helper()
	p.try("type", func(ctx context.Context) error { return p.wire.typing(ctx, text) })
}

// Press presses keys together, such as "Mod+Shift+P" or "Enter".
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.try("press "+keys, func(ctx context.Context) error { return p.wire.press(ctx, keys) })
}

// Focused returns the data-testid of what has the focus, or of the nearest element
// around it that has one.
func (p *Page) Focused() string {
	p.t.Helper()
	var id string
	p.Eval("return document.activeElement?.closest('[data-testid]')?.dataset.testid ?? ''", &id)
	return id
}

// needsTab skips a test in a window, which cannot be told such things.
func (p *Page) needsTab() {
	p.t.Helper()
	if p.window != "" {
		p.t.Skip("this test is for browsers")
	}
}

// Resize makes the page as large as this; in a window it is the window.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	p.try("resize", func(ctx context.Context) error {
		if p.window != "" {
			return p.wire.post(ctx, "/window/rect", map[string]int{"width": width, "height": height}, nil)
		}
		return p.wire.cdp(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
	})
}

// System makes the browser say that the system's colours are "dark" or "light",
// and whether the person wants less motion.
func (p *Page) System(scheme string, lessMotion bool) {
	p.t.Helper()
	p.needsTab()
	motion := "no-preference"
	if lessMotion {
		motion = "reduce"
	}
	p.try("set the system's theme", func(ctx context.Context) error {
		return p.wire.cdp(ctx, "Emulation.setEmulatedMedia", map[string]any{
			"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": motion}},
		})
	})
}

// Offline cuts the page off from the network, or connects it again.
func (p *Page) Offline(cut bool) {
	p.t.Helper()
	p.needsTab()
	p.try("cut the network", func(ctx context.Context) error {
		return p.wire.cdp(ctx, "Network.emulateNetworkConditions", map[string]any{
			"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
		})
	})
}

// Picture takes a picture of the page, among the artifacts of the test.
func (p *Page) Picture(name string) {
	p.t.Helper()
	p.try("take a picture", func(ctx context.Context) error { return p.picture(ctx, filepath.Join(p.t.ArtifactDir(), name+".png")) })
}

func (p *Page) picture(ctx context.Context, file string) error {
	if p.window != "" {
		return rootPicture(ctx, p.window, file)
	}
	var coded string
	if err := p.wire.get(ctx, "/screenshot", &coded); err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// Allow says that the console may hold errors with this text, because the test
// causes them.
func (p *Page) Allow(text string) { p.allowed = append(p.allowed, text) }

// console returns what the console says since it was asked last; that of a window
// cannot be asked.
func (p *Page) console(ctx context.Context) []string {
	if p.window != "" {
		return nil
	}
	var entries []struct{ Level, Message string }
	if err := p.wire.post(ctx, "/se/log", map[string]string{"type": "browser"}, &entries); err != nil {
		return []string{err.Error()}
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, e.Level+" "+e.Message)
	}
	return lines
}

// quiet fails the test where the console holds an error that it did not cause.
func (p *Page) quiet(ctx context.Context) {
	for _, line := range p.console(ctx) {
		if strings.HasPrefix(line, "SEVERE") && !p.allows(line) {
			p.t.Errorf("the console says: %s", line)
		}
	}
}

func (p *Page) allows(line string) bool {
	for _, text := range p.allowed {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}
