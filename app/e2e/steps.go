package e2e

import (
	"context"
	"fmt"
	"testing"
)

// Run runs a part of a test as a subtest of its own, on the page that is open: a
// Studio takes longer to start than most parts take. What a part leaves behind is
// there for the next one, so none runs after one that failed.
func (st *Studio) Run(name string, part func(t *testing.T)) {
	st.t.Helper()
	whole := st.t
	if whole.Failed() {
		return
	}
	whole.Run(name, func(t *testing.T) {
		st.t, st.Page.t = t, t
		defer func() { st.t, st.Page.t = whole, whole }()
		part(t)
	})
}

// named finds the shown element of a role by its name, or by the beginning of the
// text in it. The last one is on top of the others.
const named = `const [role, name] = arguments;
const called = (e) => (e.getAttribute("aria-label") ?? e.innerText ?? "").trim();
const all = [...document.querySelectorAll("[role=" + role + "], " + ({ button: "button" }[role] ?? "none"))].filter((e) => e.checkVisibility());
return all.findLast((e) => called(e) === name) ?? all.findLast((e) => called(e).startsWith(name)) ?? null`

// ClickNamed clicks the shown element of a role ("button", "menuitem", "option")
// that has this name.
func (p *Page) ClickNamed(role, name string) {
	p.t.Helper()
	p.try(fmt.Sprintf("click the %s %q", role, name), func(ctx context.Context) error {
		var found map[string]string
		if err := p.wire.run(ctx, named, &found, role, name); err != nil {
			return err
		}
		e := found[elementKey]
		if e == "" {
			return busyError("it is not there")
		}
		return p.wire.post(ctx, "/element/"+e+"/click", nil, nil)
	})
}

// Choose opens the list of a field and chooses the line with this text.
func (p *Page) Choose(id, title string) {
	p.t.Helper()
	p.Click(id)
	p.ClickNamed("option", title)
}

// Clipboard returns the text of the clipboard.
func (p *Page) Clipboard() string {
	p.t.Helper()
	p.needsTab()
	var text string
	p.try("read the clipboard", func(ctx context.Context) error {
		err := p.wire.cdp(ctx, "Browser.grantPermissions", map[string]any{"permissions": []string{"clipboardReadWrite", "clipboardSanitizedWrite"}})
		if err != nil {
			return err
		}
		return p.wire.run(ctx, "return navigator.clipboard.readText()", &text)
	})
	return text
}

// Drag moves the mouse from an element by so many pixels with its button down.
func (p *Page) Drag(css string, dx, dy int) {
	p.t.Helper()
	p.try("drag "+css, func(ctx context.Context) error {
		e, err := p.wire.find(ctx, css)
		if err != nil {
			return err
		}
		return p.wire.drag(ctx, e, dx, dy)
	})
}
