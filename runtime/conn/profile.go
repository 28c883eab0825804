package conn

import (
	"time"

	"mortise/runtime/spec"
)

// Profile is what the wrapper must know of a connection.
type Profile struct {
	Address  string        // where it leads, for log lines; without user name, password and query
	Security string        // the security definition that signs its requests, or ""
	Timeout  time.Duration // of one request with all its tries
	Retries  Retries
	Circuit  Circuit
}

// Retries says when a request that failed is sent again. Connectors bind it as a
// group of their config.
type Retries struct {
	Max     int           // how many more times at most
	Wait    time.Duration // upper end of the first pause; it doubles with each try
	MaxWait time.Duration // upper end of any pause
	Methods []string      // what may be sent twice; empty is what RFC 9110 calls idempotent
}

// Fields binds the config.
func (r *Retries) Fields(f *spec.Fields) {
	f.Int("max", &r.Max).Or(2).Range(0, 20).Help("How many more times a failed request is sent.")
	f.Duration("wait", &r.Wait).Or("200ms").Range("1ms", "1m").
		Help("Longest pause before the second try.\nIt doubles with each further try, and the pause is a random part of it.")
	f.Duration("max_wait", &r.MaxWait).Or("5s").Range("1ms", "10m").Advanced().
		Help("Longest pause before any try.\nA system that asks for a longer one is not asked again.")
	f.Texts("methods", &r.Methods).Match("[A-Z]+").Range(0, 20).Advanced().
		Help("Methods that may be sent twice.\nWithout it GET, HEAD, OPTIONS, PUT, DELETE and TRACE. Whatever the method, a request that was not sent because nobody answered the call is tried again.")
}

// Circuit says when a system that keeps failing is left alone for a while: its
// callers get the error at once and it can recover.
type Circuit struct {
	Failures int           // in a row, after which it is left alone; 0 is never
	Wait     time.Duration // until one request is let through to see
}

// Fields binds the config.
func (c *Circuit) Fields(f *spec.Fields) {
	f.Int("failures", &c.Failures).Or(20).Range(0, 10_000).
		Help("Failures in a row after which the system is left alone; 0 is never.")
	f.Duration("wait", &c.Wait).Or("5s").Range("10ms", "1h").
		Help("How long it is left alone before one request tries it again.")
}
