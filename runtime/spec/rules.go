package spec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
)

// problem is a rule that a value breaks, worded to follow the field's name.
type problem struct{ code, what string }

// problems returns the rules that the field's value breaks. Texts with
// placeholders are looked at after those are filled in.
func (f *Field) problems() []problem {
	var found []problem
	if size, ok := f.value.size(); ok && ((f.min != nil && size < *f.min) || (f.max != nil && size > *f.max)) {
		found = append(found, problem{"spec.range", fmt.Sprintf("is %s%s, not %s",
			f.value.want(), f.bounds(), f.show(size))})
	}
	if f.pattern == nil {
		return found
	}
	form := strings.TrimSuffix(strings.TrimPrefix(f.pattern.String(), "^(?:"), ")$")
	for _, s := range f.texts() {
		if s != "" && !hasPlaceholder(s) && !f.pattern.MatchString(s) {
			found = append(found, problem{"spec.pattern", fmt.Sprintf("does not have the form %s: %q", form, clip(s))})
		}
	}
	return found
}

// texts returns the texts of the value that a pattern applies to.
func (f *Field) texts() []string {
	switch v := f.value.(type) {
	case textValue:
		return []string{*v.p}
	case refValue:
		return []string{v.p.Name}
	case textsValue:
		return *v.p
	case mapValue:
		return slices.Sorted(maps.Values(*v.p))
	default:
		return nil
	}
}

// bounds says the range in words, with a space in front: " from 1 to 65535".
func (f *Field) bounds() string {
	of := ""
	switch f.value.kind() {
	case KindText:
		of = " with a length"
	case KindTexts, KindMap:
		of = " with a number of entries"
	default:
	}
	switch {
	case f.min != nil && f.max != nil:
		return of + " from " + f.show(*f.min) + " to " + f.show(*f.max)
	case f.min != nil:
		return of + " of at least " + f.show(*f.min)
	case f.max != nil:
		return of + " of at most " + f.show(*f.max)
	default:
		return ""
	}
}

// show writes a number in the field's unit.
func (f *Field) show(n float64) string {
	switch f.value.kind() {
	case KindDuration:
		return FormatDuration(time.Duration(n))
	case KindSize:
		return FormatSize(int64(n))
	default:
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
}

// or joins texts as a sentence does.
func or(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// Problems takes what a Checker finds.
type Problems struct {
	dec    *decoder
	node   *yaml.Node
	nodes  map[string]pair
	prefix string
}

// Add reports a problem of the field called key, at its value, or at the whole
// config where the file does not name the field or key is "". It returns the
// error, so that a hint can be hung on it.
func (p *Problems) Add(key, code, format string, args ...any) *fault.Error {
	at := p.node
	if n := p.nodes[key]; n.value != nil {
		at = n.value
	}
	return p.dec.add(at, strings.TrimSuffix(p.prefix+key, "."), code, format, args...)
}

// Path returns the full name of a field as messages give it: "tls.ca".
func (p *Problems) Path(key string) string { return p.prefix + key }

// CheckSecretName returns what is wrong with the name of a secret: it is made of
// parts with slashes between, such as "crm/password", each of letters, digits
// and . _ - and 200 bytes at most in all.
func CheckSecretName(name string) error {
	return checkName(name, "secret", 200, true)
}

// CheckName returns what is wrong with the name of an object: letters, digits,
// space and . _ - with a letter or digit at both ends, 100 bytes at most.
func CheckName(name string) error {
	return checkName(name, "name", 100, false)
}

func checkName(name, what string, most int, slashes bool) error {
	if name == "" {
		return fmt.Errorf("the %s is empty", what)
	}
	if len(name) > most {
		return fmt.Errorf("the %s %q is longer than %d bytes", what, clip(name), most)
	}
	parts := []string{name}
	allowed := "letters, digits, spaces and . _ -"
	if slashes {
		parts = strings.Split(name, "/")
		allowed = "letters, digits and . _ -, and has slashes between its parts"
	}
	for _, part := range parts {
		if !namePart(part, !slashes) {
			return fmt.Errorf("the %s %q consists of %s, and a letter or digit is at both ends", what, clip(name), allowed)
		}
	}
	return nil
}

func namePart(s string, spaces bool) bool {
	if s == "" || !alphanumeric(s[0]) || !alphanumeric(s[len(s)-1]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '.' && c != '_' && c != '-' && (c != ' ' || !spaces) {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}
