package observe

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// masked is what stands in place of a secret.
const masked = "***"

// mask hides secrets. A line is first searched as a whole, which is quick and
// nearly always finds nothing; only then are its values looked at one by one.
type mask struct {
	values []string // longest first, so that a secret within another does not spoil it
	needle [][]byte // every form of each
}

func newMask(values []string) *mask {
	m := &mask{}
	for _, v := range values {
		if len(v) < 3 {
			continue
		}
		forms := []string{v, quoted(v), url.QueryEscape(v), url.PathEscape(v), strings.Trim(strconv.Quote(v), `"`)}
		m.values = append(m.values, forms...)
	}
	slices.SortFunc(m.values, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	m.values = slices.Compact(m.values)
	for _, v := range m.values {
		m.needle = append(m.needle, []byte(v))
	}
	return m
}

// quoted is a text as JSON has it, without the quotes.
func quoted(s string) string {
	b, _ := json.Marshal(s) //nolint:errchkjson // a string
	return string(b[1 : len(b)-1])
}

// maybe reports whether a secret may stand in a formatted line.
func (m *mask) maybe(line []byte) bool {
	for _, n := range m.needle {
		if bytes.Contains(line, n) {
			return true
		}
	}
	return false
}

// hide returns a text without secrets; a nil mask hides nothing.
func (m *mask) hide(s string) string {
	if m == nil {
		return s
	}
	for _, v := range m.values {
		if len(v) >= 8 {
			s = strings.ReplaceAll(s, v, masked)
		} else if strings.Contains(s, v) {
			s = replaceWord(s, v)
		}
	}
	return s
}

// replaceWord masks a short value where no letter or digit stands beside it.
func replaceWord(s, v string) string {
	var b strings.Builder
	for from := 0; ; {
		i := strings.Index(s[from:], v)
		if i < 0 {
			b.WriteString(s[from:])
			return b.String()
		}
		i += from
		end := i + len(v)
		if (i > 0 && wordByte(s[i-1])) || (end < len(s) && wordByte(s[end])) {
			b.WriteString(s[from : i+1])
			from = i + 1
			continue
		}
		b.WriteString(s[from:i])
		b.WriteString(masked)
		from = end
	}
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
