// Package store keeps what people search: the history of jobs, and that of what a
// person invoked, each in an SQLite file. Nothing in it decides what the runtime
// does, so a file that cannot be read is set aside and the runtime starts with an
// empty one.
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
	database

	begin, finish *sql.Stmt
}

// Open opens the file or makes it, and brings its tables up to date. A file that
// is damaged is renamed to one that ends in ".damaged-" and the time, which the
// log says, and a new one is made. A file that a newer version wrote is refused
// with a Conflict error and stays as it is.
func Open(ctx context.Context, o Options) (*Store, error) {
	db, err := openDatabase(ctx, o, tables{migrations, "migrations", "the history of jobs"})
	if err != nil {
		return nil, err
	}
	s := &Store{database: db}
	if err := s.prepare(ctx); err != nil {
		_ = s.Close() // what counts is why it did not open
		return nil, err
	}
	return s, nil
}

// tables are what a database holds.
type tables struct {
	files embed.FS
	dir   string // of the migrations in files
	what  string // in words, for messages: "the history of jobs"
}

// database is an open file: one connection that writes, several that read.
type database struct{ write, read *sql.DB }

func openDatabase(ctx context.Context, o Options, t tables) (database, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Dir(o.File), 0o700); err != nil {
		return database{}, fault.Wrap(fault.Unavailable, "store.open", err, "make the folder of the store %q", o.File)
	}
	db, err := open(ctx, o, t)
	if !damaged(err) {
		return db, err
	}
	aside := o.File + ".damaged-" + time.Now().UTC().Format("20060102-150405.000")
	if err := setAside(o.File, aside); err != nil {
		return database{}, fault.Wrap(fault.Unavailable, "store.open", err, "set the damaged store %q aside", o.File)
	}
	o.Log.ErrorContext(ctx, "the store was damaged and is set aside; it begins anew", "holds", t.what, "file", o.File, "aside", aside, "error", err)
	return open(ctx, o, t)
}

func open(ctx context.Context, o Options, t tables) (db database, err error) {
	defer func() {
		if err != nil {
			_ = db.close() // what counts is why it did not open
			db = database{}
		}
	}()
	if db.write, err = connect(o.File, "&_txlock=immediate"); err != nil {
		return db, fault.Wrap(fault.Unavailable, "store.open", err, "open the store %q", o.File)
	}
	db.write.SetMaxOpenConns(1)
	var found string
	if err := db.write.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return db, fault.Wrap(fault.Unavailable, "store.open", err, "open the store %q", o.File).
			WithHint("check that this user may read and write the file and that no other program locks it")
	}
	if found != "ok" {
		return db, fault.Wrap(fault.Unavailable, "store.open", errDamaged, "open the store %q: %s", o.File, found)
	}
	if err := db.migrate(ctx, o.File, t); err != nil {
		return db, err
	}
	if db.read, err = connect(o.File, "&_pragma=query_only(1)"); err != nil {
		return db, fault.Wrap(fault.Unavailable, "store.open", err, "open the store %q", o.File)
	}
	db.read.SetMaxOpenConns(readers)
	return db, nil
}

// connect returns a pool; nothing is opened yet.
func connect(file, more string) (*sql.DB, error) {
	path := url.PathEscape(filepath.ToSlash(file))
	return sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout("+busyTimeout+")&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+more)
}

// migrate brings the tables up to date.
func (db database) migrate(ctx context.Context, file string, t tables) error {
	sub, err := fs.Sub(t.files, t.dir)
	if err != nil {
		return fault.Wrap(fault.Internal, "store.migrate", err, "read the migrations")
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, sub, goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fault.Wrap(fault.Internal, "store.migrate", err, "read the migrations")
	}
	has, knows, err := p.GetVersions(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "store.migrate", err, "read the version of the store %q", file)
	}
	if has > knows {
		return fault.New(fault.Conflict, "store.newer", "the store %q is of version %d, this program knows %d", file, has, knows).
			WithHint("a newer version of the program wrote it: use that one, or move the file away, which loses %s", t.what)
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
	return errors.Join(append(errs, s.close())...)
}

func (db database) close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
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
