package control

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"mortise/runtime/cid"
	"mortise/runtime/fault"
)

// envelope is how errors are sent.
type envelope struct {
	Faults fault.List `json:"faults"`
	CID    string     `json:"cid,omitempty"`
}

func (s *Server) handler() http.Handler {
	rt, mux := s.o.Runtime, http.NewServeMux()
	get := func(path string, f func(*http.Request) (any, error)) { mux.Handle("GET "+path, answer(f)) }
	post := func(path string, f func(*http.Request) (any, error)) { mux.Handle("POST "+path, answer(f)) }

	get("/v1/version", func(*http.Request) (any, error) { return s.o.Version, nil })
	get("/v1/health", func(r *http.Request) (any, error) {
		state, err := rt.State(r.Context())
		return map[string]any{"ready": state.Ready, "why": state.Why}, err
	})
	get("/v1/state", func(r *http.Request) (any, error) { return rt.State(r.Context()) })
	for path, part := range map[string]func(State) any{
		"/v1/services":    func(s State) any { return s.Services },
		"/v1/connections": func(s State) any { return s.Connections },
		"/v1/channels":    func(s State) any { return s.Channels },
		"/v1/security":    func(s State) any { return s.Security },
		"/v1/jobs":        func(s State) any { return s.Jobs },
	} {
		get(path, func(r *http.Request) (any, error) {
			state, err := rt.State(r.Context())
			return part(state), err
		})
	}
	get("/v1/services/{name}", func(r *http.Request) (any, error) { return rt.Service(r.Context(), r.PathValue("name")) })
	get("/v1/report", func(r *http.Request) (any, error) { return rt.Report(r.Context()) })
	post("/v1/apply", func(r *http.Request) (any, error) { return rt.Apply(r.Context()) })
	post("/v1/connections/{name}/ping", func(r *http.Request) (any, error) { return rt.Ping(r.Context(), r.PathValue("name")) })
	post("/v1/jobs/{name}/run", func(r *http.Request) (any, error) {
		id, err := rt.RunJob(r.Context(), r.PathValue("name"))
		return map[string]string{"id": id}, err
	})
	get("/v1/jobs/{name}/runs", func(r *http.Request) (any, error) { return s.runs(r, r.PathValue("name")) })
	get("/v1/runs", func(r *http.Request) (any, error) { return s.runs(r, "") })
	get("/v1/one-time", func(r *http.Request) (any, error) { return rt.OneTime(r.Context()) })
	mux.Handle("DELETE /v1/one-time/{id}", answer(func(r *http.Request) (any, error) {
		return struct{}{}, rt.CancelOneTime(r.Context(), r.PathValue("id"))
	}))
	get("/v1/dead-letters", func(r *http.Request) (any, error) { return rt.DeadLetters(r.Context()) })
	mux.Handle("POST /v1/dead-letters/{queue}/{id}/retry", answer(func(r *http.Request) (any, error) {
		return struct{}{}, rt.RetryDeadLetter(r.Context(), r.PathValue("queue"), r.PathValue("id"))
	}))
	mux.Handle("DELETE /v1/dead-letters/{queue}/{id}", answer(func(r *http.Request) (any, error) {
		return struct{}{}, rt.DiscardDeadLetter(r.Context(), r.PathValue("queue"), r.PathValue("id"))
	}))
	get("/v1/secrets", func(r *http.Request) (any, error) { return rt.Secrets(r.Context()) })
	mux.HandleFunc("POST /v1/invoke", s.invoke)
	mux.HandleFunc("GET /v1/logs", s.logs)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, fault.New(fault.NotFound, "control.unknown", "the control API has no %s %q", r.Method, r.URL.Path))
	})
	return s.guard(mux)
}

// answer makes a handler of a function whose result is sent as JSON.
func answer(f func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		out, err := f(r)
		if err != nil {
			fail(w, err)
			return
		}
		send(w, http.StatusOK, out)
	})
}

func (s *Server) runs(r *http.Request, job string) (any, error) {
	limit, err := number(r, "limit", 50, maxRuns)
	if err != nil {
		return nil, err
	}
	return s.o.Runtime.Runs(r.Context(), job, limit)
}

// invoke runs a service. Its errors carry the correlation id, under which the
// log has the rest.
func (s *Server) invoke(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, fault.Wrap(fault.Invalid, "control.body", err, "read the invocation"))
		return
	}
	var in Invocation
	if err := json.Unmarshal(body, &in); err != nil {
		fail(w, fault.Wrap(fault.Invalid, "control.body", err, "read the invocation"))
		return
	}
	id := cid.FromTraceparent(r.Header.Get("Traceparent"))
	if id == "" {
		id = cid.New()
	}
	out, err := s.o.Runtime.Invoke(cid.With(r.Context(), id), in)
	if err != nil {
		failWith(w, err, string(id))
		return
	}
	out.CID = string(id)
	send(w, http.StatusOK, out)
}

// logs sends the last lines of the log and, with follow=true, those to come
// until the caller goes away or the server is closed.
func (s *Server) logs(w http.ResponseWriter, r *http.Request) {
	backlog, err := number(r, "backlog", 200, 2000)
	if err != nil {
		fail(w, err)
		return
	}
	follow, id := r.URL.Query().Get("follow") == "true", r.URL.Query().Get("cid")
	if err := s.o.Log.Flush(r.Context()); err != nil {
		return
	}
	sub := s.o.Log.Subscribe(backlog)
	defer sub.Close()
	if !follow {
		sub.Close()
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	rc := http.NewResponseController(w)
	if err := rc.Flush(); err != nil {
		return
	}
	for {
		select {
		case rec, ok := <-sub.C():
			if !ok {
				return
			}
			if id != "" && rec.CID != id {
				continue
			}
			_ = rc.SetWriteDeadline(time.Now().Add(30 * time.Second)) // not every writer has deadlines
			if _, err := w.Write(append(rec.Line, '\n')); err != nil {
				return
			}
			if len(sub.C()) == 0 && rc.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.life.Done():
			return
		}
	}
}

// number reads a query parameter from 0 to limit.
func number(r *http.Request, name string, otherwise, limit int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > limit {
		return 0, fault.New(fault.Invalid, "control.parameter", "the parameter %q is %q, not a number from 0 to %d", name, text, limit)
	}
	return n, nil
}

func send(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		fail(w, fault.Wrap(fault.Internal, "control.answer", err, "write the answer"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a caller that went away is no concern of ours
}

func fail(w http.ResponseWriter, err error) { failWith(w, err, "") }

// failWith sends errors whole, their causes included: whoever has the token owns
// the project.
func failWith(w http.ResponseWriter, err error, id string) {
	env := envelope{CID: id, Faults: fault.All(err).Whole()}
	status := http.StatusInternalServerError
	if len(env.Faults) > 0 {
		status = env.Faults[0].Kind.Status()
	}
	body, err := json.Marshal(env)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"faults":[{"kind":"internal","what":"internal error"}]}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a caller that went away is no concern of ours
}
