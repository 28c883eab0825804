package compiler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"mortise/build/compiler/internal/packfile"
	"mortise/runtime/fault"
)

// File is one file of a package.
type File struct {
	Name   string // as the user knows it, with slashes: "services/users/users.go"
	Source []byte
}

// Unit is one package to compile.
type Unit struct {
	Path      string   // the import path; the last unit of a job is package main, whatever its path
	GoVersion string   // the language version of its module: "1.26" or "1.26.1"; "" is that of the compiler
	Files     []File   // those that belong to this system: no tests, no files that build tags leave out
	Imports   []string // all that the files import; may be left out
	Generated bool     // written by us: errors in it are our mistake and say so
}

// Job is a program to make.
type Job struct {
	Name        string // for people, in errors: "the services of demo"
	Units       []Unit // all packages of the program that do not come with the compiler; the last one is package main
	AllowUnsafe bool   // whether units may import unsafe
}

// Binary is an executable that Link made.
type Binary struct {
	Path string // in the cache folder
	Hash string // of everything that it is made from: the same job has the same hash
}

// Options are what a Toolchain needs to know of its surroundings.
type Options struct {
	Dir    string       // the folder of the cache, such as <user cache>/mortise; made where it is missing; without one nothing is compiled
	Log    *slog.Logger // nil logs nothing
	Limits Limits
}

// Toolchain compiles and links. It is safe for concurrent use, and several
// processes may use one folder.
type Toolchain struct {
	limits Limits
	log    *slog.Logger
	dir    string
	packs  fs.FS
	base   func() (*base, error)
	slots  chan struct{} // one for each run of a tool
	spent  atomic.Int64  // nanoseconds of processor time of the tools, for measurements

	mu     sync.Mutex // guards what follows
	opened *opened
	making map[string]chan struct{} // jobs that are being made, by hash
	jobs   int
}

// base is what is known without touching a file: enough to find what is in the
// cache already.
type base struct {
	heads []*packfile.Head
	known *known
	cache *cache
}

// opened is a toolchain that is ready to compile.
type opened struct {
	*base
	store *store
	parts []*unpacked
	work  *workspace
}

// New returns a toolchain over a cache folder. It touches nothing: the compiler
// is unpacked when the first job comes.
func New(opts Options) *Toolchain { return newToolchain(opts, builtIn()) }

func newToolchain(opts Options, packs fs.FS) *Toolchain {
	log := opts.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	dir := opts.Dir
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	t := &Toolchain{
		limits: opts.Limits.withDefaults(), log: log, dir: dir, packs: packs,
		slots:  make(chan struct{}, max(2, runtime.GOMAXPROCS(0))),
		making: map[string]chan struct{}{},
	}
	t.base = sync.OnceValues(func() (*base, error) {
		heads, err := readHeads(packs)
		if err != nil {
			return nil, err
		}
		if opts.Dir == "" {
			return nil, fault.New(fault.Unavailable, "compiler.cache", "there is no folder to keep in what is compiled").
				WithHint("%s to a folder that this user may write to", setCache())
		}
		return &base{heads, know(heads, dir), newCache(dir, t.limits)}, nil
	})
	return t
}

// Available returns nil where this build of Mortise carries a compiler for this
// system and has a cache folder, or a *fault.Error that says what to do, with the
// code "compiler.absent" or "compiler.cache".
// It touches no file.
func (t *Toolchain) Available() error {
	_, err := t.base()
	return err
}

// Packages returns the import paths of the packages that come with the compiler:
// what a unit may import besides other units.
func (t *Toolchain) Packages() ([]string, error) {
	b, err := t.base()
	if err != nil {
		return nil, err
	}
	return b.known.importable(), nil
}

// Find returns the binary of a job where the cache has it. It is quick: it neither
// compiles nor unpacks the compiler.
func (t *Toolchain) Find(_ context.Context, job Job) (Binary, bool) {
	b, err := t.base()
	if err != nil {
		return Binary{}, false
	}
	p, err := newPlan(job, b.known, t.limits)
	if err != nil {
		return Binary{}, false
	}
	return b.cache.program(p.hash)
}

// Link returns the executable of a job: the one in the cache, or a new one, for
// which it compiles what changed. It stays in the cache for an hour at least;
// whoever wants to start it later calls Link again before, or holds it.
//
// The error is a fault.List of what is wrong in the source, with positions in the
// user's files and the code "go.compile" or another that begins with "go.", or a
// *fault.Error whose code begins with "compiler.".
func (t *Toolchain) Link(ctx context.Context, job Job) (Binary, error) {
	known, err := t.base()
	if err != nil {
		return Binary{}, err
	}
	p, err := newPlan(job, known.known, t.limits)
	if err != nil {
		return Binary{}, err
	}
	free, err := t.claim(ctx, p)
	if err != nil {
		return Binary{}, err
	}
	defer free()
	if b, ok := known.cache.program(p.hash); ok {
		return b, nil
	}
	ctx, stop := context.WithTimeoutCause(ctx, t.limits.Time, errTime)
	defer stop()
	o, err := t.open(ctx)
	if err != nil {
		return Binary{}, err
	}
	b, err := t.make(ctx, o, p)
	if err != nil && suspicious(err) {
		// The compiler itself may be damaged. If it is, it is mended, and the job
		// gets its second chance.
		if mended, again := t.mend(ctx, o); again != nil {
			err = again
		} else if mended {
			p, err = newPlan(job, o.known, t.limits)
			if err == nil {
				b, err = t.make(ctx, o, p)
			}
		}
	}
	return b, err
}

// Hold keeps a binary in the cache until release is called or the process ends.
func (t *Toolchain) Hold(b Binary) (release func()) {
	base, err := t.base()
	if err != nil {
		return func() {}
	}
	return base.cache.hold(b)
}

// Close removes the temporary files of this process. Nothing may be called during
// or after it.
func (t *Toolchain) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opened == nil {
		return nil
	}
	err := t.opened.work.close()
	for _, u := range t.opened.parts {
		err = errors.Join(err, u.use.Close())
	}
	t.opened = nil
	return err
}

// open makes the toolchain ready, once. After an error the next job tries again.
func (t *Toolchain) open(ctx context.Context) (*opened, error) {
	base, err := t.base()
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opened != nil {
		return t.opened, nil
	}
	s := &store{dir: t.dir, packs: t.packs, log: t.log}
	parts, err := s.open(ctx, base.heads)
	if err != nil {
		return nil, s.trouble(err, "unpack the compiler")
	}
	work, err := newWorkspace(filepath.Join(t.dir, "work"))
	if err != nil {
		for _, u := range parts {
			_ = u.use.Close() // gives the lock back
		}
		return nil, s.trouble(err, "make room for temporary files")
	}
	t.opened = &opened{base: base, store: s, parts: parts, work: work}
	return t.opened, nil
}

// know collects what the packs hold, which lies or will lie below dir.
func know(heads []*packfile.Head, dir string) *known {
	k := &known{packages: map[string]packed{}}
	h := sha256.New()
	for i, head := range heads {
		m := &head.Manifest
		fmt.Fprintf(h, "%s\n", head.ID)
		folder := filepath.Join(dir, folderName(head))
		for _, p := range m.Packages {
			if _, ok := k.packages[p.Path]; !ok {
				k.packages[p.Path] = packed{Package: p, path: filepath.Join(folder, filepath.FromSlash(p.File)), sdk: i > 0}
			}
		}
	}
	k.version = strings.TrimPrefix(heads[0].Manifest.Go, "go")
	k.settings = heads[0].Manifest.Settings
	fmt.Fprintf(h, "%d\n", scheme)
	k.id = hex.EncodeToString(h.Sum(nil))
	return k
}

// scheme is the version of how we use the tools; what other versions made is not
// taken for ours.
const scheme = 2

// claim waits until no other goroutine makes the same program.
func (t *Toolchain) claim(ctx context.Context, p *plan) (free func(), err error) {
	for {
		t.mu.Lock()
		busy, ok := t.making[p.hash]
		if !ok {
			mine := make(chan struct{})
			t.making[p.hash] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.making, p.hash)
				t.mu.Unlock()
				close(mine)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Canceled, "compiler.canceled", context.Cause(ctx), "compile %s", p.name)
		}
	}
}

// make compiles and links in a folder of its own.
func (t *Toolchain) make(ctx context.Context, o *opened, p *plan) (Binary, error) {
	t.mu.Lock()
	t.jobs++
	dir := filepath.Join(o.work.dir, strconv.Itoa(t.jobs))
	t.mu.Unlock()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Binary{}, o.store.trouble(err, "make room for temporary files")
	}
	defer os.RemoveAll(dir) // what stays goes with the workspace
	b := &build{t: t, opened: o, plan: p, dir: dir}
	if err := b.compile(ctx); err != nil {
		return Binary{}, err
	}
	return b.link(ctx)
}

// mend reads all files of the compiler and restores those that are damaged.
func (t *Toolchain) mend(ctx context.Context, o *opened) (bool, error) {
	mended := false
	for _, u := range o.parts {
		if len(u.damaged(u.manifest.Files)) == 0 {
			continue
		}
		t.log.Warn("the unpacked compiler is damaged and is mended", "folder", u.dir)
		if err := o.store.restore(ctx, u, true); err != nil {
			return false, o.store.trouble(err, "mend the unpacked compiler")
		}
		mended = true
	}
	return mended, nil
}

// slot waits for the right to run a tool.
func (t *Toolchain) slot(ctx context.Context) (free func(), err error) {
	select {
	case t.slots <- struct{}{}:
		return func() { <-t.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
