package importers

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mortise/runtime/fault"
)

func itoa(n int) string { return strconv.Itoa(n) }

// split splits a command line as the shell that it was copied for does. Rest is
// what follows the command, behind a ; | & or > that stands outside of quotes.
func split(text string) (words []string, rest string, err error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if isCmd(text) {
		return splitCmd(text), "", nil
	}
	return splitShell(text)
}

// isCmd reports whether a command was copied for cmd.exe, whose escapes are
// carets.
func isCmd(text string) bool {
	return strings.Contains(text, "^\n") || strings.Contains(text, `^"`)
}

// splitShell splits as bash does: '…' is literal, "…" knows \" \\ \$ \`, $'…' has
// the escapes of C, and \ in front of a line end joins the lines. PowerShell's
// backtick at the end of a line is taken as well.
func splitShell(s string) (words []string, rest string, err error) {
	var word strings.Builder
	started := false
	end := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case (c == '\\' || c == '`') && i+1 < len(s) && s[i+1] == '\n':
			i += 2
		case c == '\\' && i+1 < len(s):
			word.WriteByte(s[i+1])
			started = true
			i += 2
		case c == '\'':
			n := strings.IndexByte(s[i+1:], '\'')
			if n < 0 {
				return nil, "", unclosed("'")
			}
			word.WriteString(s[i+1 : i+1+n])
			started = true
			i += n + 2
		case c == '$' && i+1 < len(s) && s[i+1] == '\'':
			text, n := cString(s[i+2:])
			if n < 0 {
				return nil, "", unclosed("$'")
			}
			word.WriteString(text)
			started = true
			i += 2 + n
		case c == '"':
			text, n := doubleQuoted(s[i+1:])
			if n < 0 {
				return nil, "", unclosed(`"`)
			}
			word.WriteString(text)
			started = true
			i += 1 + n
		case c == ' ' || c == '\t':
			end()
			i++
		case c == '\n' || c == ';' || c == '|' || c == '>' || c == '<' || c == '&' || (c == '#' && !started):
			end()
			if len(words) > 0 {
				return words, strings.TrimSpace(s[i:]), nil
			}
			i++
		default:
			word.WriteByte(c)
			started = true
			i++
		}
	}
	end()
	return words, "", nil
}

func unclosed(quote string) error {
	return fault.New(fault.Invalid, "paste.quote", "the command has a %s that is not closed", quote).
		WithHint("copy the whole command, to the end of its last line")
}

// doubleQuoted reads what stands in "…" behind the opening quote and returns it
// with the number of bytes up to and with the closing one; -1 where there is none.
func doubleQuoted(s string) (string, int) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return out.String(), i + 1
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\"\\$`\n", s[i+1]) >= 0:
			if i++; s[i] != '\n' {
				out.WriteByte(s[i])
			}
		default:
			out.WriteByte(s[i])
		}
	}
	return "", -1
}

// cString reads what stands in $'…' behind the opening quote, as doubleQuoted does.
func cString(s string) (string, int) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\'' {
			return out.String(), i + 1
		}
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		if n := strings.IndexByte("nrtabfv0", s[i]); n >= 0 {
			out.WriteByte("\n\r\t\a\b\f\v\x00"[n])
			continue
		}
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[i]]
		n := 0
		for n < digits && i+1+n < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i+1+n]) >= 0 {
			n++
		}
		if n == 0 {
			out.WriteByte(s[i])
			continue
		}
		v, err := strconv.ParseUint(s[i+1:i+1+n], 16, 32)
		switch {
		case err != nil:
		case s[i] == 'x':
			out.WriteByte(byte(v))
		case v <= utf8.MaxRune:
			out.WriteRune(rune(v))
		}
		i += n
	}
	return "", -1
}

// splitCmd splits as cmd.exe and then the C library of Windows do: ^ takes the
// meaning of what follows away, "…" may hold spaces, \" is a quote.
func splitCmd(s string) []string {
	plain := uncaret(s)
	var words []string
	var word strings.Builder
	quoted, started := false, false
	for i := 0; i < len(plain); i++ {
		c := plain[i]
		switch {
		case c == '\\' && i+1 < len(plain) && plain[i+1] == '"':
			word.WriteByte('"')
			started = true
			i++
		case c == '\\' && quoted && i+1 < len(plain) && plain[i+1] == '\\':
			word.WriteByte('\\')
			i++
		case c == '"' && quoted && i+1 < len(plain) && plain[i+1] == '"':
			word.WriteByte('"')
			i++
		case c == '"':
			quoted, started = !quoted, true
		case (c == ' ' || c == '\t' || c == '\n') && !quoted:
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	return words
}

// uncaret takes the carets of cmd.exe out. One in front of a line end joins the
// lines; a second line end behind it is meant.
func uncaret(s string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '^' && !quoted && i+1 < len(s):
			if i++; s[i] != '\n' {
				out.WriteByte(s[i])
			} else if i+1 < len(s) && s[i+1] == '\n' {
				out.WriteByte('\n')
				i++
			}
		case s[i] == '"':
			quoted = !quoted
			out.WriteByte('"')
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}
