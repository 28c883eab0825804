package box

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sprintf is fmt.Sprintf for a format that is known when the program runs only.
func Sprintf(format string, args ...any) string {
	format, args = Format(format, args...)
	return fmt.Sprintf(format, args...)
}

// Errorf is fmt.Errorf for a format that is known when the program runs only.
func Errorf(format string, args ...any) error {
	format, args = Format(format, args...)
	return fmt.Errorf(format, args...)
}

// Format returns a format and operands that print what fmt prints for some, where
// it would look at the type of a box itself: for %T and %p, for widths, and for
// operands that have no verb. Others it returns as they are.
func Format(format string, args ...any) (string, []any) {
	boxed := false
	for _, a := range args {
		_, _, ok := unbox(a)
		boxed = boxed || ok
	}
	if !boxed {
		return format, args
	}
	r := formatter{args: args, all: slices.Clip(args)}
	for rest := format; ; {
		at := strings.IndexByte(rest, '%')
		if at < 0 {
			r.out.WriteString(rest)
			break
		}
		r.out.WriteString(rest[:at])
		rest = r.directive(rest[at:])
	}
	r.extra()
	if !r.changed {
		return format, args
	}
	if !r.used {
		return r.out.String(), nil
	}
	return r.out.String(), r.all
}

// formatter writes a format anew so that each directive says which operand it
// takes. It follows doPrintf of the package fmt.
type formatter struct {
	args      []any
	all       []any // args, and what stands for some of them
	next      int   // the operand that the next directive takes
	reordered bool
	changed   bool
	used      bool // what is written takes an operand
	out       strings.Builder
}

// directive writes the directive that some text begins with and returns the rest.
func (r *formatter) directive(s string) string {
	i, good := 1, true
	for i < len(s) && strings.IndexByte("#0+- ", s[i]) >= 0 {
		i++
	}
	d := s[:i]
	indexed := false
	number := func() {
		n, size, found, ok := index(s[i:])
		i += size
		indexed, r.reordered = indexed || found, r.reordered || found
		if found && ok && n < len(r.args) {
			r.next = n
		} else if found {
			good = false
		}
	}
	star := func(bad string) {
		i++
		if r.next >= len(r.args) {
			r.out.WriteString("%%!(" + bad + ")")
			return
		}
		d += "[" + strconv.Itoa(r.stand(r.next, width)) + "]*"
		r.next++
		indexed = false
	}
	digits := func() {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		d += s[from:i]
	}
	number()
	if i < len(s) && s[i] == '*' {
		star("BADWIDTH")
	} else {
		digits()
		good = good && (!indexed || i == 0 || s[i-1] == ']')
	}
	if i < len(s) && s[i] == '.' {
		d += "."
		i++
		good = good && !indexed
		number()
		if i < len(s) && s[i] == '*' {
			star("BADPREC")
		} else {
			digits()
		}
	}
	if !indexed {
		number()
	}
	if i >= len(s) {
		r.out.WriteString(s)
		return ""
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	r.verb(d, s[i:i+size], good)
	return s[i+size:]
}

// verb writes the verb of a directive behind its flags and widths.
func (r *formatter) verb(d, verb string, good bool) {
	switch {
	case verb == "%":
		r.out.WriteString("%%")
		return
	case !good:
		r.out.WriteString("%%!" + verb + "(BADINDEX)")
		return
	case r.next >= len(r.args):
		r.out.WriteString("%%!" + verb + "(MISSING)")
		return
	case verb == "T":
		r.out.WriteString(d + "[" + strconv.Itoa(r.stand(r.next, typeName)) + "]s")
	case verb == "p":
		r.pointer(d)
	default:
		r.out.WriteString(d + "[" + strconv.Itoa(r.next+1) + "]" + verb)
	}
	r.used = true
	r.next++
}

// index reads an operand's number in brackets at the start of some text.
func index(s string) (n, size int, found, ok bool) {
	if s == "" || s[0] != '[' {
		return 0, 0, false, false
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return 0, 1, true, false
	}
	n, err := strconv.Atoi(s[1:end])
	return n - 1, end + 1, true, err == nil && n > 0
}

// stand returns the number of an operand, or of what stands for it.
func (r *formatter) stand(n int, as func(t *Type, v any, x any) (any, bool)) int {
	t, v, _ := unbox(r.args[n])
	x, ok := as(t, v, r.args[n])
	if !ok {
		return n + 1
	}
	r.changed = true
	r.all = append(r.all, x)
	return len(r.all)
}

func typeName(_ *Type, _, x any) (any, bool) { return TypeName(x), true }

// pointer writes %p for the next operand. Of what has no address fmt says so.
func (r *formatter) pointer(d string) {
	_, v, ok := unbox(r.args[r.next])
	switch reflect.ValueOf(v).Kind() {
	case reflect.Chan, reflect.Func, reflect.Map, reflect.Pointer, reflect.Slice, reflect.UnsafePointer:
		ok = false
	}
	if ok {
		r.out.WriteString("%%!p(" + strings.ReplaceAll(TypeName(r.args[r.next]), "%", "%%") + "=" + d + "[" + strconv.Itoa(r.stand(r.next, pointed)) + "]v)")
		return
	}
	r.out.WriteString(d + "[" + strconv.Itoa(r.stand(r.next, pointed)) + "]p")
}

func pointed(t *Type, v, _ any) (any, bool) { return v, t != nil }

func width(t *Type, v, _ any) (any, bool) {
	if t == nil {
		return nil, false
	}
	if rv := reflect.ValueOf(v); rv.CanInt() {
		return int(rv.Int()), true
	}
	return v, true
}

// extra writes what fmt prints for operands that no directive takes.
func (r *formatter) extra() {
	if r.reordered || r.next >= len(r.args) {
		return
	}
	r.changed = true
	for i, a := range r.args[r.next:] {
		r.out.WriteString([...]string{"%%!(EXTRA ", ", "}[min(i, 1)])
		if a == nil {
			r.out.WriteString("<nil>")
			continue
		}
		r.used = true
		r.out.WriteString(strings.ReplaceAll(TypeName(a), "%", "%%") + "=%[" + strconv.Itoa(r.next+i+1) + "]v")
	}
	r.out.WriteByte(')')
}
