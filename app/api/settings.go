package api

import (
	"context"
	"encoding/json"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Settings is how one person wants the Studio to be, on this machine.
type Settings struct {
	Theme          string            `json:"theme"`
	FontSize       int               `json:"font_size"`        // of the interface, in pixels
	EditorFontSize int               `json:"editor_font_size"` // in pixels
	FormatOnSave   bool              `json:"format_on_save"`
	WrapLines      bool              `json:"wrap_lines"`
	ConfirmDeletes bool              `json:"confirm_deletes"`
	ReducedMotion  bool              `json:"reduced_motion"`
	Keys           map[string]string `json:"keys"` // action → "Mod+Shift+P"; "" takes the key away from it
}

// maxKeys bounds the key bindings of one person.
const maxKeys = 500

// Fields binds the settings to their names in the file and on the screen.
func (s *Settings) Fields(f *spec.Fields) {
	f.Choice("theme", &s.Theme,
		spec.Choice{Value: "system", Title: "As the system"}, spec.Choice{Value: "light", Title: "Light"}, spec.Choice{Value: "dark", Title: "Dark"}).
		Or("system").Help("Colours of the window.")
	f.Int("font_size", &s.FontSize).Or(13).Range(10, 24).Title("Font size").Help("Size of the text of the window, in pixels.")
	f.Int("editor_font_size", &s.EditorFontSize).Or(13).Range(8, 32).Title("Editor font size").Help("Size of the text in editors, in pixels.")
	f.Bool("format_on_save", &s.FormatOnSave).Or(true).Title("Format on save").Help("Lays Go source out in the usual way when it is saved.")
	f.Bool("wrap_lines", &s.WrapLines).Title("Wrap long lines").Help("Shows a long line on several rows.")
	f.Bool("confirm_deletes", &s.ConfirmDeletes).Or(true).Title("Ask before deleting").Help("What is deleted stays in the local history in any case.")
	f.Bool("reduced_motion", &s.ReducedMotion).Title("Less motion").Help("Shows changes without animation, also where the system does not ask for it.")
	f.Map("keys", &s.Keys).Title("Keyboard shortcuts").Help("Action and its keys, such as palette.open and Mod+Shift+P.").Advanced()
}

// Check bounds the key bindings.
func (s *Settings) Check(p *spec.Problems) {
	if len(s.Keys) > maxKeys {
		p.Add("keys", "settings.keys", "there are %d keyboard shortcuts: the most is %d", len(s.Keys), maxKeys)
	}
}

// readSettings reads the text of the settings file; "" is all defaults.
func readSettings(text []byte, file string) (*Settings, error) {
	s := &Settings{}
	node, faults := spec.Parse(text, file)
	if len(faults) == 0 {
		faults = spec.Decode(node, file, s)
	}
	return s, faults.Err()
}

// settingsOf reads settings that a page sends: those that differ from the
// defaults.
func settingsOf(values json.RawMessage) (*Settings, error) {
	if len(values) == 0 {
		values = json.RawMessage("{}")
	}
	node, err := spec.FromJSON(values)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "settings.json", err, "read the settings")
	}
	s := &Settings{}
	if faults := spec.Decode(node, "", s); len(faults) > 0 {
		return nil, faults
	}
	return s, nil
}

// values returns the values of all settings.
func (s *Settings) values() json.RawMessage {
	raw, err := marshal(*s)
	if err != nil {
		return json.RawMessage("{}") // it holds nothing but numbers and texts
	}
	return raw
}

// ReadSettings returns the settings of this user.
func (s *Studio) ReadSettings(context.Context, None) (SettingsView, error) {
	present := s.user.present()
	return SettingsView{Fields: spec.Describe(&Settings{}), Values: present.values()}, nil
}

// WriteSettings changes the settings of this user; every page learns of it by the
// event hello.
func (s *Studio) WriteSettings(ctx context.Context, in SettingsEdit) (SettingsView, error) {
	next, err := settingsOf(in.Values)
	if err != nil {
		return SettingsView{}, err
	}
	if err := s.user.writeSettings(next); err != nil {
		return SettingsView{}, err
	}
	s.hub.changed("hello")
	return s.ReadSettings(ctx, None{})
}
