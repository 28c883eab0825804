package e2e_test

import (
	"testing"

	"mortise/app/e2e"
)

// usersSource is the file of the finished tutorial's service.
const usersSource = "services/users/users.go"

// TestLanguage uses what the editor knows about the language: completion of members
// and of names in quotes, definitions, quick fixes, renaming, the outline, and the
// imports that a save puts in order.
func TestLanguage(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Run("completion", func(t *testing.T) { completion(s.Page) })
	s.Run("quick fix", func(t *testing.T) { quickFix(s.Page) })
	s.Run("definition and outline", func(t *testing.T) { definition(s.Page) })
	s.Run("rename", func(t *testing.T) { renameName(s.Page) })
}

// seen waits until the element of a selector has a text in it.
func seen(p *e2e.Page, css, text string) {
	p.WaitFor(css+" has "+text, "return [...document.querySelectorAll(arguments[0])].some((e) => e.textContent.includes(arguments[1]))", css, text)
}

// unseen waits until no element of a selector has a text in it.
func unseen(p *e2e.Page, css, text string) {
	p.WaitFor(css+" has no "+text, "return ![...document.querySelectorAll(arguments[0])].some((e) => e.textContent.includes(arguments[1]))", css, text)
}

// at puts the cursor at a place of the file that is seen.
func at(p *e2e.Page, place string) {
	p.Press("Mod+G")
	p.Type(place + "\n")
	p.WaitFor("the editor has the focus", "return document.activeElement?.closest('.cm-editor') != null")
}

func completion(p *e2e.Page) {
	p.Wait("explorer-item-users.GetDetails")
	p.Press("Mod+P")
	p.Fill("palette-input", "users.go")
	p.Click("palette-item-users.go")
	p.Wait("tab-" + usersSource)
	at(p, "24:40")
	p.Type("\nctx.RE")
	seen(p, ".cm-tooltip-autocomplete", "REST")
	p.Picture("completion")
	p.Type("ST(\"")
	seen(p, ".cm-tooltip-autocomplete", "Billing")
	seen(p, ".cm-tooltip-autocomplete", "CRM")
	p.Press("Escape")
	p.Type("CRN")
	seen(p, ".cm-line-problem", "no connection \"CRN\"")
}

func quickFix(p *e2e.Page) {
	p.Press("Mod+.")
	seen(p, ".cm-fixes", "Change to \"CRM\"")
	seen(p, ".cm-fixes", "Create the connection \"CRN\"")
	p.Picture("quick-fixes")
	p.Press("Enter")
	unseen(p, ".cm-line-problem", "no connection")
	p.Press("End")
	p.Type(".Get(nil)\n_ = strings.ToUpper(name)")
	seen(p, ".cm-line-problem", "strings")
	p.Press("Mod+S") // the import comes with the save
	seen(p, ".cm-line", "\"strings\"")
	unseen(p, ".cm-line-problem", "strings")
}

func definition(p *e2e.Page) {
	at(p, "25:10")
	p.Press("Mod+Shift+O")
	p.Fill("palette-input", "@GetDetailsOut")
	p.Click("palette-item-GetDetailsOut")
	p.WaitText("status-place", "Ln 17")
	at(p, "26:7")
	p.Press("F12")
	p.Wait("tab-.sdk/runtime/service/rest.go")
}

func renameName(p *e2e.Page) {
	p.Click("tab-" + usersSource)
	at(p, "25:3")
	p.Press("F2")
	p.Fill("prompt-text", "person")
	p.Press("Enter")
	p.Gone("prompt")
	seen(p, ".cm-line", "person := cmp.Or")
}
