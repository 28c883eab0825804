// Package packfile is the format of a pack: the files of a compiler, of compiled
// packages, and what is known of them.
//
// A pack is a line that names the format, the length of its head as four bytes,
// the head, and the contents of all files one after another. Head and contents
// are compressed. The head comes first, so that it can be read alone. The same
// files give the same bytes, wherever and whenever the pack is made.
package packfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const (
	magic   = "mortise pack 1\n"
	maxHead = 16 << 20
	// window is how far back repetitions are found. Whoever reads a pack needs as
	// much memory for a moment.
	window = 32 << 20
)

// Head is what a pack says of itself.
type Head struct {
	ID       string   // of the manifest; Write sets it
	Key      string   // of what it was made from, for whoever asks whether it is fresh
	Fast     bool     // compressed in a hurry
	Manifest Manifest // what it holds
}

// Manifest says what is in a pack. Everything that is made with the files depends
// on it and on nothing else.
type Manifest struct {
	Part         string // "go": compiler, linker, standard library; "sdk": what stands on them
	Go           string // the version of Go: "go1.26.8"
	OS, Arch     string
	CompileFlags []string  `json:",omitempty"` // with which its packages were compiled, and others must be
	LinkFlags    []string  `json:",omitempty"`
	Settings     []Setting `json:",omitempty"` // the GODEBUG settings that this Go knows
	Files        []File
	Packages     []Package
}

// Setting is one GODEBUG setting.
type Setting struct {
	Name    string
	Changed int    `json:",omitempty"` // the 26 of the Go 1.26 that changed the default; 0 for none
	Old     string `json:",omitempty"` // the value before that
}

// name is what an ID looks like.
var name = regexp.MustCompile(`^[0-9a-f]{64}$`)

// File is one file of a pack.
type File struct {
	Name string // with slashes
	Size int64
	Hash string // SHA-256 in hex
	Exec bool   `json:",omitempty"`
}

// Package is one compiled package.
type Package struct {
	Path    string
	File    string
	Imports []string `json:",omitempty"`
}

// id is the name of a manifest: SHA-256 of its text in hex.
func (m *Manifest) id() (string, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Write writes a pack. The sizes and hashes of the manifest's files are filled
// in from what open returns.
func Write(w io.Writer, head Head, open func(name string) (io.ReadCloser, error)) error {
	for i := range head.Manifest.Files {
		if err := measure(&head.Manifest.Files[i], open); err != nil {
			return err
		}
	}
	var err error
	if head.ID, err = head.Manifest.id(); err != nil {
		return err
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	level := zstd.SpeedBestCompression
	if head.Fast {
		level = zstd.SpeedDefault
	}
	enc, err := zstd.NewWriter(w, zstd.WithEncoderLevel(level), zstd.WithWindowSize(window))
	if err != nil {
		return err
	}
	packed := enc.EncodeAll(text, nil)
	start := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(packed)))
	if _, err := w.Write(append(start, packed...)); err != nil {
		return err
	}
	enc.Reset(w)
	for _, f := range head.Manifest.Files {
		r, err := open(f.Name)
		if err != nil {
			return err
		}
		n, err := io.Copy(enc, r)
		r.Close()
		if err == nil && n != f.Size {
			err = fmt.Errorf("%s changed while it was packed", f.Name)
		}
		if err != nil {
			return err
		}
	}
	return enc.Close()
}

func measure(f *File, open func(name string) (io.ReadCloser, error)) error {
	r, err := open(f.Name)
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	if f.Size, err = io.Copy(h, r); err != nil {
		return fmt.Errorf("read %s: %w", f.Name, err)
	}
	f.Hash = hex.EncodeToString(h.Sum(nil))
	return nil
}

// ReadHead reads the head of a pack and leaves r at the contents.
func ReadHead(r io.Reader) (*Head, error) {
	start := make([]byte, len(magic)+4)
	if _, err := io.ReadFull(r, start); err != nil {
		return nil, fmt.Errorf("read the start of the pack: %w", err)
	}
	if string(start[:len(magic)]) != magic {
		return nil, errors.New("this is no pack, or one of another format")
	}
	n := binary.BigEndian.Uint32(start[len(magic):])
	if n > maxHead {
		return nil, fmt.Errorf("the head of the pack takes %d bytes, %d are allowed", n, maxHead)
	}
	packed := make([]byte, n)
	if _, err := io.ReadFull(r, packed); err != nil {
		return nil, fmt.Errorf("read the head of the pack: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxHead))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	text, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("read the head of the pack: %w", err)
	}
	head := new(Head)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(head); err != nil {
		return nil, fmt.Errorf("read the head of the pack: %w", err)
	}
	if !name.MatchString(head.ID) {
		return nil, fmt.Errorf("the pack has the name %q", head.ID)
	}
	for _, f := range head.Manifest.Files {
		if !fs.ValidPath(f.Name) || f.Name == "." || strings.ContainsAny(f.Name, `\:`) {
			return nil, fmt.Errorf("the pack has a file with the name %q", f.Name)
		}
	}
	return head, nil
}

// ReadFiles hands the contents of all files to take, in the order of the
// manifest, and checks their hashes; r is where ReadHead left it.
func ReadFiles(r io.Reader, m *Manifest, take func(f File, content io.Reader) error) error {
	dec, err := zstd.NewReader(r, zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return err
	}
	defer dec.Close()
	for _, f := range m.Files {
		h := sha256.New()
		part := &io.LimitedReader{R: dec, N: f.Size}
		if err := take(f, io.TeeReader(part, h)); err != nil {
			return err
		}
		if part.N > 0 || hex.EncodeToString(h.Sum(nil)) != f.Hash {
			return fmt.Errorf("%s in the pack is damaged", f.Name)
		}
	}
	return nil
}
