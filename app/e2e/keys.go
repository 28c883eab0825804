package e2e

import (
	"context"
	"strings"
	"unicode/utf8"
)

// The code points that stand for keys, of the WebDriver specification, 17.4.2.
func keyNames() map[string]string {
	return map[string]string{
		"mod": "\uE009", "ctrl": "\uE009", "shift": "\uE008", "alt": "\uE00A", "meta": "\uE03D",
		"enter": "\uE007", "tab": "\uE004", "escape": "\uE00C", "backspace": "\uE003", "delete": "\uE017", "space": " ",
		"up": "\uE013", "down": "\uE015", "left": "\uE012", "right": "\uE014",
		"home": "\uE011", "end": "\uE010", "pageup": "\uE00E", "pagedown": "\uE00F",
		"f1": "\uE031", "f2": "\uE032", "f3": "\uE033", "f5": "\uE035", "f8": "\uE038", "f10": "\uE03A", "f12": "\uE03C",
	}
}

// chord turns "Mod+Shift+P" into the keys that are held and the last one.
func chord(text string) []string {
	var keys []string
	for name := range strings.SplitSeq(text, "+") {
		key, ok := keyNames()[strings.ToLower(name)]
		if !ok {
			key = strings.ToLower(name)
			if utf8.RuneCountInString(key) != 1 {
				panic("there is no key " + name)
			}
		}
		keys = append(keys, key)
	}
	return keys
}

// press presses a chord and lets it go.
func (w *wire) press(ctx context.Context, text string) error {
	type action map[string]string
	var actions []action
	keys := chord(text)
	for _, key := range keys {
		actions = append(actions, action{"type": "keyDown", "value": key})
	}
	for i := range keys {
		actions = append(actions, action{"type": "keyUp", "value": keys[len(keys)-1-i]})
	}
	return w.post(ctx, "/actions", map[string]any{
		"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}},
	}, nil)
}

// typing types text key by key into what has the focus.
func (w *wire) typing(ctx context.Context, text string) error {
	var actions []map[string]string
	for _, r := range text {
		key := string(r)
		switch r {
		case '\n':
			key = keyNames()["enter"]
		case '\t':
			key = keyNames()["tab"]
		}
		actions = append(actions, map[string]string{"type": "keyDown", "value": key}, map[string]string{"type": "keyUp", "value": key})
	}
	return w.post(ctx, "/actions", map[string]any{
		"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}},
	}, nil)
}

// The buttons of a mouse.
const (
	leftButton   = 0
	middleButton = 1
	rightButton  = 2
)

// mouse moves to an element and clicks, a number of times.
func (w *wire) mouse(ctx context.Context, element string, button, times int) error {
	actions := []map[string]any{{"type": "pointerMove", "duration": 0, "origin": map[string]string{elementKey: element}, "x": 0, "y": 0}}
	for range times {
		actions = append(actions, map[string]any{"type": "pointerDown", "button": button}, map[string]any{"type": "pointerUp", "button": button})
	}
	return w.post(ctx, "/actions", map[string]any{
		"actions": []any{map[string]any{"type": "pointer", "id": "mouse", "parameters": map[string]string{"pointerType": "mouse"}, "actions": actions}},
	}, nil)
}

// drag moves to an element and takes it along, in two steps as a hand does.
func (w *wire) drag(ctx context.Context, element string, dx, dy int) error {
	type action map[string]any
	return w.post(ctx, "/actions", map[string]any{
		"actions": []any{map[string]any{
			"type": "pointer", "id": "mouse", "parameters": map[string]string{"pointerType": "mouse"},
			"actions": []action{
				{"type": "pointerMove", "duration": 0, "origin": map[string]string{elementKey: element}, "x": 0, "y": 0},
				{"type": "pointerDown", "button": leftButton},
				{"type": "pointerMove", "duration": 0, "origin": "pointer", "x": dx / 2, "y": dy / 2},
				{"type": "pointerMove", "duration": 0, "origin": "pointer", "x": dx - dx/2, "y": dy - dy/2},
				{"type": "pointerUp", "button": leftButton},
			},
		}},
	}, nil)
}
