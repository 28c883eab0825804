package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"strings"
	"time"
)

//go:embed invocations/*.sql
var invocationTables embed.FS

// Bounds of the history of invocations.
const (
	MaxInvocations = 1000      // of one service; older ones are deleted
	MaxText        = 256 << 10 // bytes of each of an invocation's texts

	maxInvocationPage = 1000
	invocationColumns = "seq, id, service, at, took, ok, status, cid, size, text"
)

// Invocation is one call of a service that a person made.
type Invocation struct {
	Seq     int64 // rises with every invocation; the store sets it
	ID      string
	Service string
	At      time.Time
	Took    time.Duration
	OK      bool
	Status  int    // that an HTTP caller would have got
	CID     string // correlation id
	Size    int    // bytes of the whole answer
	Text    string // what was asked
	Answer  string // what came back, for searching; lists leave it out
	Detail  []byte // all that is known, in the form of whoever stored it; lists leave it out
}

// InvocationFilter says which invocations are wanted; zero fields do not filter.
type InvocationFilter struct {
	Service string
	OK      bool   // only those that went well
	Search  string // a part of what was asked or answered, whatever the case of its letters
	Before  string // the ID of an invocation: only older ones
	Limit   int    // at most so many; 0 is 100, at most 1,000
}

// Invocations is the history of what a person invoked, in an SQLite file of its
// own. Its methods may be called by several goroutines. It must be closed.
type Invocations struct{ db database }

// OpenInvocations opens the file or makes it, as Open does.
func OpenInvocations(ctx context.Context, o Options) (*Invocations, error) {
	db, err := openDatabase(ctx, o, tables{invocationTables, "invocations", "the history of invocations"})
	if err != nil {
		return nil, err
	}
	return &Invocations{db}, nil
}

// Close closes the file. Nothing may use it any more.
func (s *Invocations) Close() error { return s.db.close() }

// Add stores an invocation, its texts cut to MaxText, and deletes the oldest of
// the service where there are more than MaxInvocations.
func (s *Invocations) Add(ctx context.Context, v Invocation) error {
	tx, err := s.db.write.BeginTx(ctx, nil)
	if err != nil {
		return wrap(err, "store an invocation of %q", v.Service)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	_, err = tx.ExecContext(ctx, `INSERT INTO invocations (id, service, at, took, ok, status, cid, size, text, answer, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.Service, v.At.UnixNano(), int64(v.Took), v.OK, v.Status, v.CID, v.Size, Cut(v.Text), Cut(v.Answer), append([]byte{}, v.Detail...))
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM invocations WHERE service = ?1
			AND seq <= (SELECT seq FROM invocations WHERE service = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`, v.Service, MaxInvocations)
	}
	if err == nil {
		err = tx.Commit()
	}
	return wrap(err, "store an invocation of %q", v.Service)
}

// Get returns one invocation whole; false where there is none.
func (s *Invocations) Get(ctx context.Context, id string) (Invocation, bool, error) {
	var v Invocation
	row := s.db.read.QueryRowContext(ctx, "SELECT "+invocationColumns+", answer, detail FROM invocations WHERE id = ?", id)
	err := scanInvocation(row, &v, &v.Answer, &v.Detail)
	if errors.Is(err, sql.ErrNoRows) {
		return Invocation{}, false, nil
	}
	return v, err == nil, wrap(err, "read the invocation %q", id)
}

// List returns the invocations that a filter lets through, the newest first, and
// whether there are more.
func (s *Invocations) List(ctx context.Context, f InvocationFilter) (list []Invocation, more bool, err error) {
	query, args := "SELECT "+invocationColumns+" FROM invocations WHERE 1", []any{}
	if f.Service != "" {
		query, args = query+" AND service = ?", append(args, f.Service)
	}
	if f.OK {
		query += " AND ok = 1"
	}
	if f.Search != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.Search) + "%"
		query, args = query+` AND (text LIKE ? ESCAPE '\' OR answer LIKE ? ESCAPE '\' OR service LIKE ? ESCAPE '\')`, append(args, like, like, like)
	}
	if f.Before != "" {
		query, args = query+" AND seq < (SELECT seq FROM invocations WHERE id = ?)", append(args, f.Before)
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	f.Limit = min(f.Limit, maxInvocationPage)
	rows, err := s.db.read.QueryContext(ctx, query+" ORDER BY seq DESC LIMIT ?", append(args, f.Limit+1)...)
	if err != nil {
		return nil, false, wrap(err, "read the history of invocations")
	}
	defer rows.Close()
	list = []Invocation{}
	for rows.Next() {
		var v Invocation
		if err := scanInvocation(rows, &v); err != nil {
			return nil, false, wrap(err, "read the history of invocations")
		}
		list = append(list, v)
	}
	if len(list) > f.Limit {
		list, more = list[:f.Limit], true
	}
	return list, more, wrap(rows.Err(), "read the history of invocations")
}

// Forget deletes the invocations of these IDs or, where there are none, the
// history of a service, or all of it for "".
func (s *Invocations) Forget(ctx context.Context, service string, ids ...string) error {
	if len(ids) == 0 {
		_, err := s.db.write.ExecContext(ctx, "DELETE FROM invocations WHERE ?1 = '' OR service = ?1", service)
		return wrap(err, "delete the history of invocations")
	}
	for _, id := range ids {
		if _, err := s.db.write.ExecContext(ctx, "DELETE FROM invocations WHERE id = ?", id); err != nil {
			return wrap(err, "delete the invocation %q", id)
		}
	}
	return nil
}

// Cut shortens a text to MaxText bytes, between two letters.
func Cut(s string) string {
	if len(s) <= MaxText {
		return s
	}
	return strings.ToValidUTF8(s[:MaxText], "")
}

func scanInvocation(row interface{ Scan(dest ...any) error }, v *Invocation, more ...any) error {
	var at, took int64
	err := row.Scan(append([]any{&v.Seq, &v.ID, &v.Service, &at, &took, &v.OK, &v.Status, &v.CID, &v.Size, &v.Text}, more...)...)
	v.At, v.Took = time.Unix(0, at).UTC(), time.Duration(took)
	return err
}
