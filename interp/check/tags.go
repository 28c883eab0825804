package check

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// tagPair is one key:"value" of a struct tag.
type tagPair struct {
	key   string
	value string // unquoted
	at    int    // offset of the value in the tag, behind its quote
}

// parseTag reads a struct tag in its conventional form, as reflect.StructTag
// does, and returns what stands where that form ends, or "".
func parseTag(tag string) (pairs []tagPair, rest string) {
	all := tag
	for {
		tag = strings.TrimLeft(tag, " ")
		if tag == "" {
			return pairs, ""
		}
		i := strings.IndexFunc(tag, func(r rune) bool { return r <= ' ' || r == ':' || r == '"' || r == 0x7f })
		if i <= 0 || i+1 >= len(tag) || tag[i] != ':' || tag[i+1] != '"' {
			return pairs, tag
		}
		key, value := tag[:i], tag[i+1:]
		end := 1
		for end < len(value) && value[end] != '"' {
			if value[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(value) {
			return pairs, tag
		}
		unquoted, err := strconv.Unquote(value[:end+1])
		if err != nil {
			return pairs, tag
		}
		pairs = append(pairs, tagPair{key, unquoted, len(all) - len(value) + 1})
		tag = value[end+1:]
	}
}

// Keys of struct tags that we read, and options of the json key.
var (
	ownTags     = [...]string{"json", "default", "enum", "min", "max", "pattern", "doc", "example"}
	otherTags   = [...]string{"xml", "yaml", "form", "csv", "toml", "db", "bson", "url", "header", "query", "path", "validate", "mapstructure", "protobuf"}
	jsonOptions = [...]string{"omitempty", "omitzero", "string"}
)

// tagPosition returns where a byte of a field's tag stands.
func (r *fieldRules) tagPosition(offset int) fault.Position {
	if r.node == nil || r.node.Tag == nil {
		return r.what.at
	}
	at := r.s.packageOf(r.json.v).Position(r.node.Tag.Pos())
	// Only in a raw literal on one line do offsets and columns agree.
	if raw := r.node.Tag.Value; strings.HasPrefix(raw, "`") && !strings.Contains(raw, "\n") {
		at.Column += 1 + offset
	}
	return at
}

// checkForm looks at the tag as a whole: its form, its keys, the json options.
func (r *fieldRules) checkForm(pairs []tagPair, rest string) {
	if rest != "" {
		r.fault(len(r.json.tag)-len(rest), "shape.tag", "the tag of %s is not understood from %q on", r.what.what, shorten(rest)).
			WithHint("a tag reads key:\"value\", without spaces round the colon, as in `json:\"name\" doc:\"Who it is.\"`")
		return
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		if seen[p.key] {
			r.warn(p.at, "shape.tag", "the tag of %s has %q twice, and the first one counts", r.what.what, p.key).WithHint("remove one")
		}
		seen[p.key] = true
		if !slices.Contains(ownTags[:], p.key) && !slices.Contains(otherTags[:], p.key) {
			if near := fault.Nearest(p.key, ownTags[:]); near != "" {
				r.warn(p.at, "shape.tag", "the tag of %s has the unknown key %q", r.what.what, p.key).WithHint("did you mean %q?", near)
			}
		}
	}
	for _, o := range r.json.options {
		if o != "" && !slices.Contains(jsonOptions[:], o) {
			i := slices.IndexFunc(pairs, func(p tagPair) bool { return p.key == "json" })
			e := r.warn(pairs[i].at, "shape.tag", "the json tag of %s has the unknown option %q", r.what.what, o)
			e.Hint = fault.DidYouMean(o, jsonOptions[:])
			if o == "required" {
				e.Hint = "a field is required unless it is a pointer or says omitempty"
			}
		}
	}
	if name, _, _ := strings.Cut(reflect.StructTag(r.json.tag).Get("json"), ","); name != "" && !r.json.tagged {
		r.warn(0, "shape.tag", "the json tag of %s has a name that encoding/json does not take: %q", r.what.what, name).
			WithHint("leave out quotes, backslashes and commas")
	}
}

func (r *fieldRules) fault(offset int, code, format string, args ...any) *fault.Error {
	return r.s.pkg.Faults.Add(r.tagPosition(offset), code, format, args...)
}

func (r *fieldRules) warn(offset int, code, format string, args ...any) *fault.Error {
	return r.s.pkg.Warnings.Add(r.tagPosition(offset), code, format, args...)
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
