package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"mortise/interp/check"
	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Options are what a server needs to know of its project.
type Options struct {
	Root     string                                                    // the folder that the URIs of files begin with; "/" where they are names of the project
	Load     func(ctx context.Context) (*config.Project, fault.List)   // the project as it is on disk; nil where there is none
	ReadFile func(name string) ([]byte, error)                         // a file of the project, or of the SDK's copy in it
	ListSDK  func() []string                                           // names of the Go files of the SDK's copy
	Secrets  func(ctx context.Context) []string                        // names of secrets that are set; nil for none
	Config   func(kind, typ string) (c spec.Described, types []string) // an empty config of a type of object, nil for unknown types; and all types of the kind
	Checker  *check.Checker                                            // its types of the library are shared; it is not used otherwise
	Log      *slog.Logger                                              // nil is nowhere
	Send     func(message []byte) error                                // hands a message to the editor; it may block; called by one goroutine at a time
}

// Limits on what an editor may ask for at a time.
const (
	maxRequests = 64               // that run or wait
	patience    = 10 * time.Second // for one of them
	debounce    = 60 * time.Millisecond
)

// Server speaks with one editor. It must be closed.
type Server struct {
	o     Options
	log   *slog.Logger
	root  string // with slashes
	check *check.Checker

	ctx  context.Context // ends with the server
	end  context.CancelFunc
	work sync.WaitGroup

	sending  sync.Mutex // held while a message is sent
	checking sync.Mutex // held while the project is checked; guards snap
	snap     *snapshot
	sdk      sdkIndex

	typed chan struct{} // tells that something changed

	mu       sync.Mutex // guards what follows
	open     map[string]*document
	revision int // counts the changes of texts
	running  map[string]context.CancelFunc
	stale    context.CancelFunc // ends the check for diagnostics that is running
	snippets bool
	ended    bool // the editor said goodbye
}

// New returns a server. Ctx bounds its life.
func New(ctx context.Context, o Options) *Server {
	s := &Server{o: o, log: o.Log, root: filepath.ToSlash(o.Root), open: map[string]*document{}, running: map[string]context.CancelFunc{}, typed: make(chan struct{}, 1)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Checker != nil {
		s.check = o.Checker.Fork()
	} else {
		s.check = check.New()
	}
	s.ctx, s.end = context.WithCancel(ctx)
	s.work.Go(s.watch)
	return s
}

// Close ends what is running and waits for it. It may be called more than once, but
// not by Send.
func (s *Server) Close() {
	s.end()
	s.work.Wait()
}

// Ended reports whether the editor asked the server to exit.
func (s *Server) Ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// message is a request, a notification or an answer.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  any             `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

// rpcError is a failure as JSON-RPC has it.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Codes of JSON-RPC and LSP.
const (
	codeParse     = -32700
	codeMethod    = -32601
	codeParams    = -32602
	codeInternal  = -32603
	codeCancelled = -32800
	codeFailed    = -32803
)

// Receive takes a message of the editor. It returns at once: requests are answered
// by Send. Messages are to come one after the other.
func (s *Server) Receive(raw []byte) {
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		s.send(message{ID: json.RawMessage("null"), Error: &rpcError{codeParse, "this is no message of JSON-RPC"}})
		return
	}
	switch {
	case m.Method == "":
		return // an answer: nothing is asked
	case len(m.ID) == 0:
		s.notified(m)
	default:
		s.request(m)
	}
}

func (s *Server) send(m message) {
	m.Version = "2.0"
	raw, err := json.Marshal(m)
	if err != nil {
		s.log.ErrorContext(s.ctx, "a message of the language server", "error", err)
		return
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	if s.ctx.Err() == nil && s.o.Send(raw) != nil {
		s.end()
	}
}

// request starts to answer.
func (s *Server) request(m message) {
	if m.Method == "initialize" {
		s.initialize(m)
		return
	}
	handle, ok := handlers[m.Method]
	if !ok {
		s.send(message{ID: m.ID, Error: &rpcError{codeMethod, "the method " + m.Method + " is not known"}})
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	id := string(m.ID)
	s.mu.Lock()
	if len(s.running) >= maxRequests || s.running[id] != nil {
		s.mu.Unlock()
		cancel()
		s.send(message{ID: m.ID, Error: &rpcError{codeFailed, "too many requests are waiting"}})
		return
	}
	s.running[id] = cancel
	s.mu.Unlock()
	s.work.Go(func() {
		defer cancel()
		result, err := s.answer(ctx, handle, m)
		s.mu.Lock()
		delete(s.running, id)
		s.mu.Unlock()
		s.reply(m.ID, result, err)
	})
}

// nothing is the result of requests that found nothing.
var nothing = json.RawMessage("null")

func (s *Server) reply(id json.RawMessage, result any, err error) {
	if err == nil {
		if result == nil {
			result = nothing
		}
		s.send(message{ID: id, Result: result})
		return
	}
	e := &rpcError{codeFailed, err.Error()}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		if f.Hint != "" {
			e.Message += ": " + f.Hint
		}
		if f.Kind == fault.Internal {
			e.Code = codeInternal
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		e.Code = codeCancelled
	}
	s.send(message{ID: id, Error: e})
}

// answer runs a handler. A panic is an error of ours: the log has it.
func (s *Server) answer(ctx context.Context, h handler, m message) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "panic in the language server", "method", m.Method, "panic", p, "stack", string(debug.Stack()))
			result, err = nil, fault.New(fault.Internal, "lsp.panic", "%q met a mistake in Mortise itself", m.Method)
		}
	}()
	return h(ctx, s, m.Params)
}

func (s *Server) initialize(m message) {
	var p initializeParams
	if err := json.Unmarshal(m.Params, &p); err != nil {
		s.send(message{ID: m.ID, Error: &rpcError{codeParams, "the parameters of initialize cannot be read"}})
		return
	}
	s.mu.Lock()
	s.snippets = p.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport
	s.mu.Unlock()
	s.send(message{ID: m.ID, Result: capabilities})
}

// notified takes what the editor tells.
func (s *Server) notified(m message) {
	switch m.Method {
	case "textDocument/didOpen":
		var p openParams
		if json.Unmarshal(m.Params, &p) == nil {
			s.didOpen(p)
		}
	case "textDocument/didChange":
		var p changeParams
		if json.Unmarshal(m.Params, &p) == nil {
			s.didChange(p)
		}
	case "textDocument/didClose":
		var p atParams
		if json.Unmarshal(m.Params, &p) == nil {
			s.didClose(p.TextDocument.URI)
		}
	case "textDocument/didSave", "workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration":
		s.touch()
	case "$/cancelRequest":
		var p struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(m.Params, &p) == nil {
			s.mu.Lock()
			if cancel := s.running[string(p.ID)]; cancel != nil {
				cancel()
			}
			s.mu.Unlock()
		}
	case "exit":
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
	}
}

func (s *Server) didOpen(p openParams) {
	t := p.TextDocument
	if len(t.Text) > maxText || t.LanguageID != "go" && t.LanguageID != "yaml" {
		return
	}
	s.mu.Lock()
	if len(s.open) < maxOpen {
		s.open[t.URI] = &document{uri: t.URI, name: s.nameOf(t.URI), language: t.LanguageID, version: t.Version, text: newText([]byte(t.Text))}
	}
	s.mu.Unlock()
	s.touch()
}

func (s *Server) didChange(p changeParams) {
	s.mu.Lock()
	if d := s.open[p.TextDocument.URI]; d != nil {
		if next := d.changed(p); next != nil {
			s.open[d.uri] = next
		} else {
			delete(s.open, d.uri) // nothing is said of what is too large
		}
	}
	s.mu.Unlock()
	s.touch()
}

func (s *Server) didClose(uri string) {
	s.mu.Lock()
	d := s.open[uri]
	delete(s.open, uri)
	s.mu.Unlock()
	if d != nil {
		s.notify("textDocument/publishDiagnostics", publishParams{URI: uri, Diagnostics: []diagnostic{}})
	}
	s.touch()
}

// touch says that something changed: what is known of the project is looked at anew.
func (s *Server) touch() {
	s.mu.Lock()
	s.revision++
	if s.stale != nil {
		s.stale()
	}
	s.mu.Unlock()
	select {
	case s.typed <- struct{}{}:
	default:
	}
}

func (s *Server) notify(method string, params any) {
	raw, err := json.Marshal(params)
	if err != nil {
		s.log.ErrorContext(s.ctx, "a message of the language server", "error", err)
		return
	}
	s.send(message{Method: method, Params: raw})
}

// document returns what an editor has open.
func (s *Server) document(uri string) (*document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.open[uri]
	if d == nil || d.name == "" {
		return nil, fault.New(fault.NotFound, "lsp.document", "%q is not open, or belongs to no project", strings.TrimPrefix(uri, "file://"))
	}
	return d, nil
}
