// Package store keeps what people search: the history of jobs, in an SQLite
// file. Nothing in it decides what the runtime does, so a file that cannot be
// read is set aside and the runtime starts with an empty one.
//
// The journal is a WAL with synchronous=NORMAL: a process that is killed loses
// nothing, a power failure may lose the last moments of history but never
// damages the file. One connection writes, several read beside it.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"mortise/runtime/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	readers     = 4
	busyTimeout = "5000" // milliseconds
)

// Options say how a Store is opened.
type Options struct {
	File string       // the database; folders in front of it are made
	Log  *slog.Logger // nil discards
}

// Store is an open store. Its methods may be called by several goroutines.
type Store struct {
	log   *slog.Logger
	write *sql.DB
	read  *sql.DB

	begin, finish *sql.Stmt
}

// Open opens the file or makes it, and brings its tables up to date. A file that
// is damaged is renamed to one that ends in ".damaged-" and the time, which the
// log says, and a new one is made. A file that a newer version wrote is refused
// with a Conflict error and stays as it is.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Dir(o.File), 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "store.open", err, "make the folder of the store %q", o.File)
	}
	s, err := open(ctx, o)
	if !damaged(err) {
		return s, err
	}
	aside := o.File + ".damaged-" + time.Now().UTC().Format("20060102-150405.000")
	if err := setAside(o.File, aside); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "store.open", err, "set the damaged store %q aside", o.File)
	}
	o.Log.ErrorContext(ctx, "the store was damaged and is set aside; the history of jobs begins anew", "file", o.File, "aside", aside, "error", err)
	return open(ctx, o)
}

func open(ctx context.Context, o Options) (_ *Store, err error) {
	s := &Store{log: o.Log}
	defer func() {
		if err != nil {
			_ = s.Close() // what counts is why it did not open
		}
	}()
	if s.write, err = connect(o.File, "&_txlock=immediate"); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "store.open", err, "open the store %q", o.File)
	}
	s.write.SetMaxOpenConns(1)
	var found string
	if err := s.write.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "store.open", err, "open the store %q", o.File).
			WithHint("check that this user may read and write the file and that no other program locks it")
	}
	if found != "ok" {
		return nil, fault.Wrap(fault.Unavailable, "store.open", errDamaged, "open the store %q: %s", o.File, found)
	}
	if err := s.migrate(ctx, o.File); err != nil {
		return nil, err
	}
	if s.read, err = connect(o.File, "&_pragma=query_only(1)"); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "store.open", err, "open the store %q", o.File)
	}
	s.read.SetMaxOpenConns(readers)
	return s, s.prepare(ctx)
}

// connect returns a pool; nothing is opened yet.
func connect(file, more string) (*sql.DB, error) {
	path := url.PathEscape(filepath.ToSlash(file))
	return sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout("+busyTimeout+")&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+more)
}

// migrate brings the tables up to date.
func (s *Store) migrate(ctx context.Context, file string) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fault.Wrap(fault.Internal, "store.migrate", err, "read the migrations")
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.write, sub, goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fault.Wrap(fault.Internal, "store.migrate", err, "read the migrations")
	}
	has, knows, err := p.GetVersions(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "store.migrate", err, "read the version of the store %q", file)
	}
	if has > knows {
		return fault.New(fault.Conflict, "store.newer", "the store %q is of version %d, this program knows %d", file, has, knows).
			WithHint("a newer version of the program wrote it: use that one, or move the file away, which loses the history of jobs")
	}
	if _, err := p.Up(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, "store.migrate", err, "bring the store %q up to date", file)
	}
	return nil
}

// Close closes the file. Nothing may use the store any more.
func (s *Store) Close() error {
	var errs []error
	for _, c := range []*sql.Stmt{s.begin, s.finish} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// errDamaged says that the file's own check failed.
var errDamaged = errors.New("the file is damaged")

func damaged(err error) bool {
	if errors.Is(err, errDamaged) {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// setAside renames the database and the two files that belong to it.
func setAside(file, aside string) error {
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(file+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
