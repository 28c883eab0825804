package observe

import (
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// formatter formats lines. It remembers the second of the last one, as most
// lines of a batch share it. It is used by one goroutine.
type formatter struct {
	color bool
	mask  *mask
	utc   stamp
	local stamp
}

// stamp is a second as text.
type stamp struct {
	second int64
	text   []byte
}

func (s *stamp) append(out []byte, t time.Time, layout string, digits int) []byte {
	if sec := t.Unix(); sec != s.second || s.text == nil {
		s.second, s.text = sec, t.AppendFormat(s.text[:0], layout)
	}
	out = append(append(out, s.text...), ".000000000"[:1+digits]...)
	n := t.Nanosecond()
	for range 9 - digits {
		n /= 10
	}
	for i := len(out) - 1; digits > 0; i, digits, n = i-1, digits-1, n/10 {
		out[i] = byte('0' + n%10)
	}
	return out
}

// levelName is how a level is shown.
type levelName struct{ machine, people, color string }

func nameOf(l slog.Level) levelName {
	switch {
	case l < slog.LevelInfo:
		return levelName{"debug", "DEBUG", faint}
	case l < slog.LevelWarn:
		return levelName{"info", "INFO ", green}
	case l < slog.LevelError:
		return levelName{"warn", "WARN ", yellow}
	default:
		return levelName{"error", "ERROR", red}
	}
}

// json appends a line for machines: one object with the keys time, level, msg
// and cid, in this order, then the attributes.
func (f *formatter) json(out []byte, e *entry) []byte {
	start := len(out)
	out = f.jsonWith(out, e, nil)
	if f.mask != nil && f.mask.maybe(out[start:]) {
		out = f.jsonWith(out[:start], e, f.mask)
	}
	return out
}

func (f *formatter) jsonWith(out []byte, e *entry, m *mask) []byte {
	out = append(out, `{"time":"`...)
	out = f.utc.append(out, e.time.UTC(), "2006-01-02T15:04:05", 6)
	out = append(append(append(out, `Z","level":"`...), nameOf(e.level).machine...), `","msg":`...)
	out = appendString(out, m.hide(e.message))
	if e.cid != "" {
		out = append(append(append(out, `,"cid":"`...), e.cid...), '"')
	}
	out = jsonAttrs(out, e.fixed, m, true)
	out = jsonAttrs(out, e.attrs, m, true)
	return append(out, '}', '\n')
}

func jsonAttrs(out []byte, attrs []slog.Attr, m *mask, top bool) []byte {
	for _, a := range attrs {
		v := a.Value
		if v.Kind() == slog.KindAny {
			if r, ok := v.Any().(raw); ok {
				out = jsonRaw(out, r, m, top)
				continue
			}
		}
		out = appendKey(out, a.Key, top)
		switch v.Kind() {
		case slog.KindString:
			out = appendString(out, m.hide(v.String()))
		case slog.KindInt64:
			out = strconv.AppendInt(out, v.Int64(), 10)
		case slog.KindUint64:
			out = strconv.AppendUint(out, v.Uint64(), 10)
		case slog.KindBool:
			out = strconv.AppendBool(out, v.Bool())
		case slog.KindFloat64:
			out = appendFloat(out, v.Float64())
		case slog.KindDuration:
			out = append(append(append(out, '"'), v.Duration().String()...), '"')
		case slog.KindTime:
			out = append(v.Time().AppendFormat(append(out, '"'), time.RFC3339Nano), '"')
		case slog.KindGroup:
			at := len(out)
			out = jsonAttrs(out, v.Group(), m, false)
			out[at] = '{' // in place of the first comma
			out = append(out, '}')
		default:
			b, _ := v.Any().(encoded)
			out = append(out, m.hide(string(b))...)
		}
	}
	return out
}

func jsonRaw(out []byte, r raw, m *mask, top bool) []byte {
	gjson.ParseBytes(r).ForEach(func(key, value gjson.Result) bool {
		out = appendKey(out, key.String(), top)
		if m != nil && value.Type == gjson.String {
			out = appendString(out, m.hide(value.String()))
		} else {
			out = append(out, m.hide(value.Raw)...)
		}
		return true
	})
	return out
}

// appendKey appends a comma and a key. The keys that every line has cannot be
// taken by an attribute: nobody forges a correlation id.
func appendKey(out []byte, key string, top bool) []byte {
	out = append(out, ',')
	if top && reserved(key) {
		key = "attr." + key
	}
	return append(appendString(out, key), ':')
}

func reserved(key string) bool {
	return key == "time" || key == "level" || key == "msg" || key == "cid"
}

func appendFloat(out []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(strconv.AppendFloat(append(out, '"'), f, 'g', -1, 64), '"')
	}
	return strconv.AppendFloat(out, f, 'g', -1, 64)
}

// appendString appends a text as a JSON string; bytes that are not UTF-8 become
// the replacement character.
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				out = append(append(out, s[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		out = append(out, s[from:i]...)
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\t':
			out = append(out, '\\', 't')
		case '\r':
			out = append(out, '\\', 'r')
		default:
			const hex = "0123456789abcdef"
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(out, s[from:]...), '"')
}

// The colours of the terminal (ECMA-48, select graphic rendition).
const (
	faint  = "\x1b[2m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	reset  = "\x1b[0m"
)

// messageWidth is the column up to which messages are padded, so that the
// attributes of most lines stand under each other.
const messageWidth = 20

// text appends a line for people: time, level, message, attributes, and the
// correlation id at the end.
func (f *formatter) text(out []byte, e *entry) []byte {
	start := len(out)
	out = f.textWith(out, e, nil)
	if f.mask != nil && f.mask.maybe(out[start:]) {
		out = f.textWith(out[:start], e, f.mask)
	}
	return out
}

func (f *formatter) textWith(out []byte, e *entry, m *mask) []byte {
	level := nameOf(e.level)
	out = f.paint(out, faint)
	out = f.local.append(out, e.time.Local(), "15:04:05", 3)
	out = append(f.paint(out, reset), ' ')
	out = f.paint(out, level.color)
	out = append(append(f.paint(append(out, level.people...), reset), ' '), printable(m.hide(e.message))...)
	for n := utf8.RuneCountInString(e.message); n < messageWidth; n++ {
		out = append(out, ' ')
	}
	out = f.textAttrs(out, "", e.fixed, m)
	out = f.textAttrs(out, "", e.attrs, m)
	if e.cid != "" {
		out = append(f.key(out, "", "cid"), e.cid...)
	}
	for len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	return append(out, '\n')
}

func (f *formatter) paint(out []byte, color string) []byte {
	if f.color {
		return append(out, color...)
	}
	return out
}

func (f *formatter) key(out []byte, prefix, key string) []byte {
	out = f.paint(append(out, ' '), faint)
	if prefix == "" && reserved(key) && key != "cid" {
		prefix = "attr."
	}
	out = append(append(append(out, prefix...), printable(key)...), '=')
	return f.paint(out, reset)
}

func (f *formatter) textAttrs(out []byte, prefix string, attrs []slog.Attr, m *mask) []byte {
	for _, a := range attrs {
		v := a.Value
		switch v.Kind() {
		case slog.KindGroup:
			out = f.textAttrs(out, prefix+a.Key+".", v.Group(), m)
			continue
		case slog.KindAny:
			if r, ok := v.Any().(raw); ok {
				gjson.ParseBytes(r).ForEach(func(key, value gjson.Result) bool {
					name := key.String()
					if name == "cid" {
						name = "attr.cid"
					}
					out = appendPlain(f.key(out, prefix, name), m.hide(value.String()))
					return true
				})
				continue
			}
		}
		name := a.Key
		if prefix == "" && name == "cid" {
			name = "attr.cid"
		}
		out = f.key(out, prefix, name)
		switch v.Kind() {
		case slog.KindInt64:
			out = strconv.AppendInt(out, v.Int64(), 10)
		case slog.KindUint64:
			out = strconv.AppendUint(out, v.Uint64(), 10)
		case slog.KindDuration:
			out = append(out, short(v.Duration()).String()...)
		case slog.KindTime:
			out = v.Time().AppendFormat(out, "2006-01-02T15:04:05.000Z07:00")
		case slog.KindAny:
			b, _ := v.Any().(encoded)
			out = append(out, printable(m.hide(string(b)))...)
		default:
			out = appendPlain(out, m.hide(v.String()))
		}
	}
	return out
}

// short rounds a duration to three digits or so.
func short(d time.Duration) time.Duration {
	for unit := time.Nanosecond; unit <= time.Second; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
	return d.Round(time.Second)
}

// appendPlain appends a value, in quotes where it could be misread without.
func appendPlain(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '=' {
			return appendOdd(out, s)
		}
	}
	if s == "" {
		return append(out, `""`...)
	}
	return append(out, s...)
}

// appendOdd is appendPlain for values beyond the plain characters of ASCII.
func appendOdd(out []byte, s string) []byte {
	if !shows(s) || strings.ContainsAny(s, ` "=`) {
		return strconv.AppendQuote(out, s)
	}
	return append(out, s...)
}

// printable returns a text without what a terminal would obey.
func printable(s string) string {
	if shows(s) {
		return s
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

// shows reports whether a text is nothing but characters that are seen.
func shows(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return c >= utf8.RuneSelf && showsAll(s[i:])
		}
	}
	return true
}

func showsAll(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
