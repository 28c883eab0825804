package compiler

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
)

// exportHash is the hash of what packages that import an archive see of it: its
// first entry, __.PKGDEF. As long as it stays, dependants need not be compiled
// again.
func exportHash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	const magic, header = "!<arch>\n", 60
	start := make([]byte, len(magic)+header)
	if _, err := io.ReadFull(r, start); err != nil {
		return "", err
	}
	entry := string(start[len(magic):])
	if string(start[:len(magic)]) != magic || !strings.HasPrefix(entry, "__.PKGDEF") {
		return "", errors.New("the compiler wrote no archive")
	}
	size, err := strconv.ParseInt(strings.TrimSpace(entry[48:58]), 10, 64)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	if _, err := io.CopyN(h, r, size); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
