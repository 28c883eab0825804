package secret

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"filippo.io/age"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
)

// keyFile reads the key from its file. Where there is none it makes one if
// create is set, which is only so while nothing is encrypted yet.
func keyFile(path, store string, create bool) (*age.X25519Identity, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !create {
			return nil, fault.New(fault.Invalid, "secret.key", "the key of the secrets in %q is not here: there is no file %q", store, path).
				WithHint("bring the key file from where the secrets were set, or remove %q and set them again", store)
		}
		return makeKey(path)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "secret.key", err, "read the key file %q", path)
	}
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Invalid, "secret.key", "the key file %q can be read by others (%v)", path, info.Mode().Perm()).
			WithHint("chmod 600 %q", path)
	}
	return parseKey(data, path)
}

// makeKey writes a new key, or reads the one that another process has just
// written.
func makeKey(path string) (*age.X25519Identity, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "secret.key", err, "make a key")
	}
	text := "# The key of Mortise's local secrets. Keep it private, and out of every repository.\n" +
		"# public key: " + id.Recipient().String() + "\n" + id.String() + "\n"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "secret.key", err, "make the folder of the key file %q", path)
	}
	err = durable.CreateFile(path, []byte(text), 0o600)
	if errors.Is(err, fs.ErrExist) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, "secret.key", err, "read the key file %q", path)
		}
		return parseKey(data, path)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "secret.key", err, "write the key file %q", path)
	}
	return id, nil
}

// parseKey reads a key; the message never holds what stands in the text.
func parseKey(data []byte, path string) (*age.X25519Identity, error) {
	ids, err := age.ParseIdentities(bytes.NewReader(data))
	if err == nil && len(ids) == 1 {
		if id, ok := ids[0].(*age.X25519Identity); ok {
			return id, nil
		}
	}
	e := fault.New(fault.Invalid, "secret.key", "the key of the secrets is not one key of age")
	if path != "" {
		e = fault.New(fault.Invalid, "secret.key", "the key file %q does not hold one key of age", path)
	}
	return nil, e.WithHint("a key is a line that begins with AGE-SECRET-KEY-1, as age-keygen writes it")
}
