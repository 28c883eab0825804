package fault

import (
	"fmt"
	"slices"
)

// Kind says what sort of error this is; it decides the HTTP status, whether to
// try again, and how a screen shows it.
type Kind uint8

// The kinds of error.
const (
	Internal        Kind = iota // our mistake or the author's: 500, its text is not shown to callers
	Invalid                     // what was sent is wrong: 400
	Unauthenticated             // nobody knows who is calling: 401
	Denied                      // the caller is known and may not: 403
	NotFound                    // there is no such thing: 404
	Conflict                    // it collides with what is there: 409
	Limited                     // too often or too much: 429
	Timeout                     // it took longer than it may: 504
	Unavailable                 // the other side does not answer, or not now: 503
	Canceled                    // the caller went away: 499
)

// kinds is the one table that says what each kind means.
var kinds = [...]struct {
	name   string
	status int
	retry  bool
}{
	Internal:        {"internal", 500, false},
	Invalid:         {"invalid", 400, false},
	Unauthenticated: {"unauthenticated", 401, false},
	Denied:          {"denied", 403, false},
	NotFound:        {"not found", 404, false},
	Conflict:        {"conflict", 409, false},
	Limited:         {"limited", 429, true},
	Timeout:         {"timeout", 504, true},
	Unavailable:     {"unavailable", 503, true},
	Canceled:        {"canceled", 499, false},
}

// String returns the kind in lower case, as logs and JSON show it.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Status returns the HTTP status that a caller gets.
func (k Kind) Status() int {
	if int(k) < len(kinds) {
		return kinds[k].status
	}
	return kinds[Internal].status
}

// Retry reports whether the same request may succeed a little later.
func (k Kind) Retry() bool { return int(k) < len(kinds) && kinds[k].retry }

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(text []byte) error {
	i := slices.IndexFunc(kinds[:], func(e struct {
		name   string
		status int
		retry  bool
	},
	) bool {
		return e.name == string(text)
	})
	if i < 0 {
		return fmt.Errorf("unknown kind of error %q", text)
	}
	*k = Kind(i)
	return nil
}
