package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"mortise/runtime/channel"
	"mortise/runtime/config"
	"mortise/runtime/conn"
	"mortise/runtime/fault"
	"mortise/runtime/schedule"
	"mortise/runtime/secret"
	"mortise/runtime/security"
	"mortise/runtime/spec"
)

// kindService is the kind of what the source defines, beside the kinds of object
// that package config knows.
const kindService = "service"

type objectKey struct{ kind, name string }

// object is one object of a project as a generation holds it.
type object struct {
	doc     *config.Document
	config  spec.Described
	secrets []*spec.Secret
	refs    []spec.RefUse
	files   []string // of the project, that the config names
	// identity is a hash of all that decides how the object behaves: its own
	// settings, the versions of its secrets, the files that it names and the
	// identities of what it refers to. Two objects with the same identity are the same.
	identity string

	connType    conn.Type
	channelType channel.Type
	handle      *shared[*conn.Handle]
	definition  security.Definition
	channel     channel.Channel
	job         *schedule.Job
}

func (o *object) release(ctx context.Context) {
	if o.handle != nil {
		o.handle.release(ctx)
	}
}

// decode makes objects of a project's documents. An object of the generation
// before is taken over where neither its document nor its secrets changed.
func (e *Engine) decode(ctx context.Context, p *config.Project, self string, before *generation, faults *fault.List) map[objectKey]*object {
	lookup := spec.Lookup(self, e.o.Getenv)
	objects := make(map[objectKey]*object, len(p.Documents))
	for _, doc := range p.Documents {
		if !doc.Enabled {
			continue
		}
		key := objectKey{doc.Kind, doc.Name}
		if before != nil && before.self == self {
			if old := before.objects[key]; old != nil && old.doc.Hash == doc.Hash && old.doc.Type == doc.Type && e.sameSecrets(ctx, old) {
				same := *old
				same.doc = doc
				same.channel, same.handle = nil, nil // a generation gets its own
				objects[key] = &same
				continue
			}
		}
		if o := e.decodeOne(ctx, doc, lookup, faults); o != nil {
			objects[key] = o
		}
	}
	for _, o := range objects {
		o.identify(objects, self, p.Root)
	}
	return objects
}

func (e *Engine) decodeOne(ctx context.Context, doc *config.Document, lookup func(string) (string, error), faults *fault.List) *object {
	o := &object{doc: doc}
	var types []string
	switch doc.Kind {
	case config.Connection:
		if t, ok := conn.Lookup(doc.Type); ok {
			o.connType, o.config = t, t.New()
		}
		for _, t := range conn.Types() {
			types = append(types, t.Name)
		}
	case config.Channel:
		if t, ok := channel.Lookup(doc.Type); ok {
			o.channelType, o.config = t, t.New()
		}
		for _, t := range channel.Types() {
			types = append(types, t.Name)
		}
	case config.Security:
		if t, ok := security.Lookup(doc.Type); ok {
			o.config = t.New()
		}
		for _, t := range security.Types() {
			types = append(types, t.Name)
		}
	case config.Job:
		o.job = &schedule.Job{Name: doc.Name}
		o.config = o.job
	}
	if o.config == nil {
		what := fmt.Sprintf("%s %q: there is no type %q", doc.Kind, doc.Name, doc.Type)
		if doc.Type == "" {
			what = fmt.Sprintf("%s %q has no type", doc.Kind, doc.Name)
		}
		faults.Add(doc.Place("type"), doc.Kind+".type", "%s", what).WithHint("%s", fault.DidYouMean(doc.Type, types))
		return nil
	}
	found := doc.Decode(o.config)
	if len(found) == 0 {
		found = doc.Expand(o.config, lookup)
	}
	o.secrets, o.refs, o.files = spec.Secrets(o.config), spec.Refs(o.config), spec.Files(o.config)
	found = append(found, secret.Resolve(ctx, e.o.Secrets, o.secrets)...)
	if *faults = append(*faults, found...); len(found) > 0 {
		return nil
	}
	return o
}

// sameSecrets reports whether the secrets of an object have the values that they
// had.
func (e *Engine) sameSecrets(ctx context.Context, o *object) bool {
	for _, s := range o.secrets {
		if !s.IsSet() {
			continue
		}
		v, found, err := e.o.Secrets.Get(ctx, s.Name)
		if err != nil || !found || v != s.Value() {
			return false
		}
	}
	return true
}

// identify sets the object's identity. What an object refers to has no
// references of its own but to secrets, so one level is all there is.
func (o *object) identify(objects map[objectKey]*object, self, root string) {
	h := sha256.New()
	own := func(x *object) {
		fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00", x.doc.Kind, x.doc.Type, x.doc.Name, x.doc.Hash)
		for _, s := range x.secrets {
			fmt.Fprintf(h, "%s\x00%s\x00", s.Name, s.Version())
		}
		for _, name := range x.files {
			data, err := readFile(root, name) // that it is missing is for the object to report
			fmt.Fprintf(h, "%s\x00%t\x00%x\x00", name, err == nil, sha256.Sum256(data))
		}
	}
	fmt.Fprintf(h, "%s\x00", self)
	own(o)
	for _, r := range o.refs {
		if to := objects[objectKey{r.Kind, r.Ref.Name}]; to != nil {
			own(to)
		}
	}
	o.identity = hex.EncodeToString(h.Sum(nil))
}

// openConnection opens a connection, or takes over the one that is open.
func (e *Engine) openConnection(ctx context.Context, g *generation, o *object, before *generation) error {
	if before != nil {
		if old := before.objects[objectKey{config.Connection, o.doc.Name}]; old != nil && old.handle != nil && old.identity == o.identity {
			o.handle = old.handle.acquire()
			return nil
		}
	}
	handle, err := conn.Open(ctx, o.connType, o.config.(conn.Config), conn.Env{
		Name: o.doc.Name, Log: e.o.Log, Security: g.definition, Metrics: e.o.Metrics.Connection(o.doc.Name),
		Getenv: e.getenv, ReadFile: func(name string) ([]byte, error) { return readFile(g.project.Root, name) },
	})
	if err != nil {
		return err
	}
	name := o.doc.Name
	o.handle = share(handle, func(context.Context) error { return handle.Close() }, func(err error) {
		e.o.Log.LogAttrs(e.life, slog.LevelWarn, "close of a connection failed", slog.String("connection", name), slog.String("error", err.Error()))
	})
	return nil
}

// definition returns a security definition by its name.
func (g *generation) definition(name string) (security.Definition, bool) {
	o := g.objects[objectKey{config.Security, name}]
	if o == nil || o.definition == nil {
		return nil, false
	}
	return o.definition, true
}

// connection returns an open connection by its name.
func (g *generation) connection(name string) (*conn.Handle, bool) {
	o := g.objects[objectKey{config.Connection, name}]
	if o == nil || o.handle == nil {
		return nil, false
	}
	return o.handle.value, true
}

// names returns the names of the objects of a kind.
func (g *generation) names(kind string) []string {
	var out []string
	for key := range g.objects {
		if key.kind == kind {
			out = append(out, key.name)
		}
	}
	return out
}

func (e *Engine) getenv(name string) string {
	if e.o.Getenv == nil {
		return ""
	}
	value, _ := e.o.Getenv(name)
	return value
}

// maxFile bounds a file that a connection reads, such as a CA.
const maxFile = 1 << 20

// readFile reads a file of the project's folder, never one outside of it.
func readFile(root, name string) ([]byte, error) {
	if root == "" {
		return nil, fs.ErrNotExist
	}
	folder, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than 1 MiB", name)
	}
	return data, err
}
