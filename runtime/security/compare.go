package security

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
	"sync"
)

// credential compares what callers send with the one right text. Both sides go
// through HMAC-SHA256 with a random key of its own, so that neither the time of
// the comparison nor a dump of its fields tells anything about the text.
type credential struct {
	want [sha256.Size]byte
	macs sync.Pool // of *mac
}

// mac is a hash with the room for its input and its sum.
type mac struct {
	hash hash.Hash
	in   []byte
	sum  [sha256.Size]byte
}

// maxCredential bounds what is hashed for a stranger, in bytes.
const maxCredential = 8 << 10

func newCredential(text string) *credential {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	c := &credential{}
	c.macs.New = func() any { return &mac{hash: hmac.New(sha256.New, key)} }
	m := c.digest(text)
	c.want = m.sum
	c.macs.Put(m)
	return c
}

// matches reports whether text is the right one, in a time that does not depend
// on where they differ.
func (c *credential) matches(text string) bool {
	if len(text) > maxCredential {
		return false
	}
	m := c.digest(text)
	same := subtle.ConstantTimeCompare(m.sum[:], c.want[:]) == 1
	c.macs.Put(m)
	return same
}

// digest returns the hash of text in the field sum. The caller puts it back.
func (c *credential) digest(text string) *mac {
	m, _ := c.macs.Get().(*mac)
	m.in = append(m.in[:0], text...)
	m.hash.Reset()
	_, _ = m.hash.Write(m.in)
	m.hash.Sum(m.sum[:0])
	clear(m.in)
	return m
}
