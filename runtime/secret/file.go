package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"filippo.io/age"

	"mortise/runtime/durable"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// Limits on what an encrypted file holds.
const (
	MaxValue  = 64 << 10 // bytes of one secret
	maxCount  = 10_000
	maxStored = 16 << 20 // bytes of the file
)

// File keeps secrets in a file that is encrypted with age (https://age-encryption.org/v1)
// to one X25519 key. Several processes may use the same file at a time. It is
// safe for concurrent use.
type File struct {
	path string
	key  func(create bool) (*age.X25519Identity, error)

	mu     sync.Mutex // guards what follows
	values map[string]string
	seen   fs.FileInfo // of the file when it was read; nil where there was none
	loaded bool
}

// NewFile returns the store in the file called path whose key stands in the file
// called keyPath, which belongs outside of the project. Neither file needs to
// exist: the first Set makes both.
func NewFile(path, keyPath string) *File {
	return &File{path: path, key: func(create bool) (*age.X25519Identity, error) {
		return keyFile(keyPath, path, create)
	}}
}

// NewFileWithKey returns the store in the file called path whose key is given as
// text, AGE-SECRET-KEY-1…, as servers get it.
func NewFileWithKey(path, key string) (*File, error) {
	id, err := parseKey([]byte(key), "")
	if err != nil {
		return nil, err
	}
	return &File{path: path, key: func(bool) (*age.X25519Identity, error) { return id, nil }}, nil
}

// Get returns the value of a secret. The file is read again when it has changed.
func (f *File) Get(_ context.Context, name string) (string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(); err != nil {
		return "", false, err
	}
	v, found := f.values[name]
	return v, found, nil
}

// Names returns the names of the secrets, sorted.
func (f *File) Names(context.Context) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(f.values)), nil
}

// Set stores a secret.
func (f *File) Set(_ context.Context, name, value string) error {
	if err := spec.CheckSecretName(name); err != nil {
		return fault.New(fault.Invalid, "secret.name", "store a secret: %v", err)
	}
	if len(value) > MaxValue {
		return fault.New(fault.Invalid, "secret.large", "the secret %q has %s, and a secret may have %s",
			name, spec.FormatSize(int64(len(value))), spec.FormatSize(MaxValue))
	}
	return f.change(func(values map[string]string) error {
		if values[name] = value; len(values) > maxCount {
			return fault.New(fault.Limited, "secret.count", "the store is full: it holds %d secrets", maxCount)
		}
		return nil
	})
}

// Delete removes a secret; one that is not there is an error of the kind
// NotFound.
func (f *File) Delete(_ context.Context, name string) error {
	return f.change(func(values map[string]string) error {
		if _, found := values[name]; !found {
			return fault.New(fault.NotFound, "secret.unknown", "there is no secret %q", name).
				WithHint("%s", fault.DidYouMean(name, slices.Sorted(maps.Keys(values))))
		}
		delete(values, name)
		return nil
	})
}

// change reads, changes and writes the file under a lock between processes.
func (f *File) change(edit func(map[string]string) error) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return f.failed("make the folder of", err)
	}
	unlock, err := durable.Lock(f.path + ".lock")
	if err != nil {
		return f.failed("lock", err)
	}
	defer func() {
		if closed := unlock(); err == nil && closed != nil {
			err = f.failed("unlock", closed)
		}
	}()
	f.loaded = false // another process may have written within the clock's grain
	if err := f.refresh(); err != nil {
		return err
	}
	id, err := f.key(f.seen == nil)
	if err != nil {
		return err
	}
	values := maps.Clone(f.values)
	if err := edit(values); err != nil {
		return err
	}
	data, err := encrypt(values, id)
	if err != nil {
		return f.failed("encrypt", err)
	}
	f.loaded = false
	if err := durable.WriteFile(f.path, data, 0o600); err != nil {
		return f.failed("write", err)
	}
	return nil
}

// refresh reads the file where it is another one than before.
func (f *File) refresh() error {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.values, f.seen, f.loaded = map[string]string{}, nil, true
		return nil
	}
	if err != nil {
		return f.failed("read", err)
	}
	if f.loaded && f.seen != nil && os.SameFile(info, f.seen) &&
		info.Size() == f.seen.Size() && info.ModTime().Equal(f.seen.ModTime()) {
		return nil
	}
	if info.Size() > maxStored {
		return f.failed("read", errors.New("it is larger than "+spec.FormatSize(maxStored)))
	}
	id, err := f.key(false)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return f.failed("read", err)
	}
	values, err := decrypt(data, id)
	if err != nil {
		return fault.Wrap(fault.Invalid, "secret.decrypt", err, "decrypt the secrets in %q", f.path).
			WithHint("the key is not the one that they were encrypted with, or the file is damaged; " +
				"bring the right key, or remove the file and set the secrets again")
	}
	f.values, f.seen, f.loaded = values, info, true
	return nil
}

func (f *File) failed(what string, err error) error {
	return fault.Wrap(fault.Unavailable, "secret.file", err, "%s the file of secrets %q", what, f.path)
}

func encrypt(values map[string]string, id *age.X25519Identity) ([]byte, error) {
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, id.Recipient())
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func decrypt(data []byte, id *age.X25519Identity) (map[string]string, error) {
	r, err := age.Decrypt(bytes.NewReader(data), id)
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxStored))
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	return values, json.Unmarshal(plain, &values)
}
