package check

import (
	"cmp"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// jsonField is one field of a struct as encoding/json sees it, once embedded
// structs are flattened.
type jsonField struct {
	v        *types.Var
	tag      string     // the whole struct tag
	name     string     // in JSON
	tagged   bool       // the name comes from the tag
	options  []string   // of the json tag, behind the name
	optional bool       // a pointer on the way to it may be nil
	index    []int      // path of field numbers from the outermost struct
	clash    *types.Var // another field of the same name and depth, so that encoding/json leaves out both
}

// jsonFields returns the fields of a struct in the way of encoding/json: names
// from tags, embedded structs flattened, of several fields with one name the one
// that is least deep and, among those, the one with a tag. The second result
// holds the fields that get lost because others have the same claim to their name.
// See the function typeFields of encoding/json.
func jsonFields(root *types.Struct) (fields, lost []jsonField) {
	type level struct {
		typ      *types.Struct
		named    types.Type
		index    []int
		optional bool
	}
	next := []level{{typ: root}}
	visited := map[types.Type]bool{}
	var count, nextCount map[types.Type]int
	for len(next) > 0 {
		current := next
		next = nil
		count, nextCount = nextCount, map[types.Type]int{}
		for _, l := range current {
			if l.named != nil {
				if visited[l.named] {
					continue
				}
				visited[l.named] = true
			}
			for i := range l.typ.NumFields() {
				v, tag := l.typ.Field(i), l.typ.Tag(i)
				if !visible(v) || reflect.StructTag(tag).Get("json") == "-" {
					continue
				}
				f := jsonField{v: v, tag: tag, name: v.Name(), optional: l.optional, index: append(slices.Clone(l.index), i)}
				f.parseTag()
				elem, isPointer := deref(v.Type())
				st, isStruct := elem.Underlying().(*types.Struct)
				if !f.tagged && v.Embedded() && isStruct {
					if nextCount[elem]++; nextCount[elem] == 1 {
						next = append(next, level{st, elem, f.index, l.optional || isPointer})
					}
					continue
				}
				fields = append(fields, f)
				if l.named != nil && count[l.named] > 1 {
					// The same struct is embedded several times at this depth: its
					// fields exclude each other. Two copies are enough to know.
					fields = append(fields, f)
				}
			}
		}
	}
	return dominant(fields)
}

// visible reports whether encoding/json looks at a field at all.
func visible(v *types.Var) bool {
	if v.Exported() {
		return true
	}
	if !v.Embedded() {
		return false
	}
	elem, _ := deref(v.Type())
	_, isStruct := elem.Underlying().(*types.Struct)
	return isStruct
}

// deref returns what an unnamed pointer type points to, or the type itself.
func deref(t types.Type) (elem types.Type, isPointer bool) {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		return types.Unalias(p.Elem()), true
	}
	return t, false
}

func (f *jsonField) parseTag() {
	parts := strings.Split(reflect.StructTag(f.tag).Get("json"), ",")
	if validJSONName(parts[0]) {
		f.name, f.tagged = parts[0], true
	}
	f.options = parts[1:]
}

// validJSONName keeps encoding/json's rule for names in tags.
func validJSONName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// dominant keeps one field of every name, in the order of the struct.
func dominant(all []jsonField) (fields, lost []jsonField) {
	slices.SortStableFunc(all, func(a, b jsonField) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), -compareBool(a.tagged, b.tagged),
			slices.Compare(a.index, b.index))
	})
	for i := 0; i < len(all); {
		end := i + 1
		for end < len(all) && all[end].name == all[i].name {
			end++
		}
		if end > i+1 && len(all[i].index) == len(all[i+1].index) && all[i].tagged == all[i+1].tagged {
			second := all[i+1]
			second.clash = all[i].v
			lost = append(lost, second)
		} else {
			fields = append(fields, all[i])
		}
		i = end
	}
	slices.SortFunc(fields, func(a, b jsonField) int { return slices.Compare(a.index, b.index) })
	return fields, lost
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
