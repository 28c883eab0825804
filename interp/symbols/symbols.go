// Package symbols holds the tables by which interpreted code reaches compiled
// code: for each package of the standard library that the gate knows, and for
// our SDK, its exported functions, variables, constants and types as reflect
// values. The tables are generated, committed and stamped; each is built when it
// is first asked for, so that a worker pays only for what its services import.
package symbols

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./internal/gensymbols

// Table is what the interpreter knows of one package: a name to its value. A
// type stands as a nil pointer to it, an untyped constant as a go/constant
// value, and the wrapper of an interface under the interface's name behind "_".
type Table = map[string]reflect.Value

// standard names the packages whose tables are generated, apart from the SDK. To add
// one, add it here and run "go generate ./interp/symbols"; the gate decides what
// of it services may use.
var standard = strings.Fields(`
	bufio bytes
	compress/flate compress/gzip compress/zlib
	container/heap container/list container/ring
	context
	crypto crypto/aes crypto/cipher crypto/hmac crypto/md5 crypto/rand crypto/sha1 crypto/sha256 crypto/sha512 crypto/subtle
	encoding encoding/base32 encoding/base64 encoding/binary encoding/csv encoding/hex encoding/json encoding/xml
	errors fmt
	hash hash/adler32 hash/crc32 hash/crc64 hash/fnv
	html io io/fs
	log/slog
	math math/big math/bits math/cmplx math/rand math/rand/v2
	mime mime/quotedprintable
	net/mail net/netip net/url
	path reflect regexp
	sort strconv strings sync sync/atomic
	text/tabwriter text/template
	time unicode unicode/utf16 unicode/utf8
`)

// sdk names the packages of ours that services import.
var sdk = []string{"mortise/runtime/fault", "mortise/runtime/service"}

// Packages returns the import paths of all packages that have a table, sorted.
func Packages() []string { return slices.Sorted(maps.Keys(tables)) }

// Has reports whether a package has a table.
func Has(importPath string) bool {
	_, ok := tables[importPath]
	return ok
}

// Lookup returns the table of one package, which must not be changed, and false
// where there is none.
func Lookup(importPath string) (Table, bool) {
	table, ok := tables[importPath]
	if !ok {
		return nil, false
	}
	return table(), true
}

// Type returns the compiled type of a package by its name: time.Time of "time"
// and "Time".
func Type(importPath, name string) (reflect.Type, bool) {
	v, ok := tables[importPath]
	if !ok {
		return nil, false
	}
	if t := v()[name]; t.IsValid() && t.Kind() == reflect.Pointer && t.IsNil() {
		return t.Type().Elem(), true
	}
	return nil, false
}

// Exports returns the tables of several packages in the form that the
// interpreter takes. Packages that their types or functions refer to need not
// be named.
func Exports(importPaths ...string) (map[string]Table, error) {
	out := make(map[string]Table, len(importPaths))
	for _, p := range importPaths {
		table, ok := Lookup(p)
		if !ok {
			return nil, fmt.Errorf("package %q: the interpreter has no symbols of it", p)
		}
		out[key(p)] = table
	}
	return out, nil
}

// key is the interpreter's key of a package: its path and its name. The second
// slash in that of fmt keeps the interpreter from loading its own, incomplete
// sources of slices, maps and cmp, and from redirecting fmt.Print, both of which
// it does where it sees the key "fmt/fmt".
func key(importPath string) string {
	name := path.Base(importPath)
	switch importPath {
	case "fmt":
		return "fmt//fmt"
	case "math/rand/v2":
		name = "rand"
	}
	return importPath + "/" + name
}

// once makes the builder of a table one that builds it at the first call only.
func once(build func() Table) func() Table { return sync.OnceValue(build) }
