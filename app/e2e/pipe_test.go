package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"mortise/app/e2e"
)

// speaking is a page that does what app/web says of pages, and nothing else.
const speaking = `<!doctype html><title>speaking</title><link rel="icon" href="data:,">
<p data-testid="state">new</p><p data-testid="project"></p><p data-testid="answer"></p><p data-testid="live"></p>
<script type="module" src="main.js"></script>`

const speakingScript = `
const show = (id, text) => { document.querySelector("[data-testid=" + id + "]").textContent = text; };
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname);
  await fetch("/session", { method: "POST", body: token });
}
const connect = () => {
  const socket = new WebSocket("ws://" + location.host + "/pipe");
  socket.onopen = () => {
    show("state", "open");
    socket.send(JSON.stringify({ t: "call", id: 1, m: "files.read", p: { name: "mortise.yaml" } }));
  };
  socket.onmessage = (e) => {
    const f = JSON.parse(e.data);
    if (f.t === "event" && f.n === "hello") show("project", f.d.project ? f.d.project.name : "none");
    if (f.t === "event" && f.n === "live") show("live", JSON.stringify(f.d));
    if (f.t === "result") show("answer", f.e ? f.e.faults[0].what : f.r.text);
  };
  socket.onclose = async () => {
    show("state", "lost");
    try {
      if ((await fetch("/session")).status === 401) { show("state", "refused"); return; }
    } catch { show("state", "gone"); }
    setTimeout(connect, 100);
  };
};
connect();
`

// TestPipe has a page of a few lines connect, ask, be told, lose the Studio and
// find everything again.
func TestPipe(t *testing.T) {
	dist := t.TempDir()
	for name, text := range map[string]string{"index.html": speaking, "main.js": speakingScript} {
		if err := os.WriteFile(filepath.Join(dist, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished", Page: dist})
	s.Page.WaitText("state", "open")
	s.Page.WaitText("project", "demo")
	s.Page.WaitText("live", "users.GetDetails")
	var address string
	if s.Page.Eval("return location.href", &address); address != "http://"+s.Address()+"/" {
		t.Errorf("the address is %q; want no token in it", address)
	}

	// The cookie lets a page that is loaded again in.
	s.Page.Reload()
	s.Page.WaitText("project", "demo")
	s.Page.WaitText("answer", "description:")

	// Another Studio at the same address does not know it.
	s.Page.Allow("ERR_CONNECTION")
	s.Page.Allow("401")
	s.Page.Allow("WebSocket")
	s.Again(s.Address())
	s.Page.WaitText("state", "refused")
	s.Page.Go(s.URL())
	s.Page.WaitText("project", "demo")
}
