// Package history keeps what people would miss: unsaved text, and earlier states
// of the files of a project. It belongs to one machine and lies below the
// project's local state. Whatever ends the process or the machine, and whenever,
// what was kept before is still there.
//
// Texts are stored once, under their own hash, so that a text can be had again by
// whoever remembers its hash. An index names the versions of files; it is only
// ever appended to, or replaced as a whole. Several processes may use one folder.
package history

import (
	"crypto/sha256"
	"encoding/hex"
)

// MaxText is the largest text that is kept, in bytes.
const MaxText = 4 << 20

// Hash returns the name of a text: the SHA-256 in hexadecimal digits.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// isHash reports whether a word could be the name of a text, and so is safe as the
// name of a file.
func isHash(word string) bool {
	raw, err := hex.DecodeString(word)
	return err == nil && len(raw) == sha256.Size && hex.EncodeToString(raw) == word
}
