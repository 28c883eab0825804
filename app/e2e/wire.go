package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// elementKey is the name under which WebDriver refers to elements.
const elementKey = "element-6066-11e4-a52e-4f735466cecf"

// wireError is an error of WebDriver.
type wireError struct {
	Code    string `json:"error"` // "no such element"
	Message string `json:"message"`
}

func (e *wireError) Error() string { return e.Code + ": " + e.Message }

// passing reports whether an error is one that a page which is still busy may give.
func passing(err error) bool {
	if _, ok := errors.AsType[busyError](err); ok {
		return true
	}
	e, ok := errors.AsType[*wireError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case "no such element", "stale element reference", "element not interactable", "element click intercepted", "move target out of bounds", "invalid element state":
		return true
	}
	return false
}

// wire is one session of a WebDriver.
type wire struct {
	client *http.Client
	base   string // of the driver: "http://127.0.0.1:4444"
	id     string // of the session
}

// newWire begins a session with these capabilities.
func newWire(ctx context.Context, base string, capabilities any) (*wire, error) {
	w := &wire{client: &http.Client{Timeout: 2 * time.Minute}, base: base}
	var got struct {
		ID string `json:"sessionId"`
	}
	in := map[string]any{"capabilities": map[string]any{"alwaysMatch": capabilities}}
	if err := w.do(ctx, "POST", base+"/session", in, &got); err != nil {
		return nil, fmt.Errorf("begin a WebDriver session: %w", err)
	}
	w.id = got.ID
	return w, nil
}

// post sends a command of the session; out may be nil.
func (w *wire) post(ctx context.Context, path string, in, out any) error {
	return w.do(ctx, "POST", w.base+"/session/"+w.id+path, in, out)
}

func (w *wire) get(ctx context.Context, path string, out any) error {
	return w.do(ctx, "GET", w.base+"/session/"+w.id+path, nil, out)
}

func (w *wire) delete(ctx context.Context, path string) error {
	return w.do(ctx, "DELETE", w.base+"/session/"+w.id+path, nil, nil)
}

func (w *wire) do(ctx context.Context, method, url string, in, out any) error {
	var body io.Reader
	if method == "POST" {
		if in == nil {
			in = struct{}{}
		}
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var value struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&value); err != nil {
		return fmt.Errorf("read what WebDriver answers to %s %s: %w", method, url, err)
	}
	if answer.StatusCode != http.StatusOK {
		e := &wireError{}
		if err := json.Unmarshal(value.Value, e); err != nil {
			return fmt.Errorf("%s %s: status %d", method, url, answer.StatusCode)
		}
		return e
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(value.Value, out)
}

// find returns the id of the first element that a CSS selector finds.
func (w *wire) find(ctx context.Context, css string) (string, error) {
	var got map[string]string
	err := w.post(ctx, "/element", map[string]string{"using": "css selector", "value": css}, &got)
	return got[elementKey], err
}

// run runs the body of a function in the page and returns what it returns.
func (w *wire) run(ctx context.Context, body string, out any, args ...any) error {
	if args == nil {
		args = []any{}
	}
	return w.post(ctx, "/execute/sync", map[string]any{"script": body, "args": args}, out)
}

// cdp sends a command of Chromium's own protocol.
func (w *wire) cdp(ctx context.Context, command string, params map[string]any) error {
	return w.post(ctx, "/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, nil)
}
