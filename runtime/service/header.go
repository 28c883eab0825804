package service

// headerKey returns the form in which a header's name stands in a map of
// headers: the first letter and those after a hyphen in upper case, all others in
// lower case, and a name with what is no token (RFC 9110, section 5.6.2) as it
// is. It is what net/textproto does, which is not imported here because it brings
// package net into every worker.
func headerKey(name string) string {
	out := []byte(name)
	upper := true
	for i, c := range out {
		switch {
		case 'a' <= c && c <= 'z':
			if upper {
				out[i] = c - 'a' + 'A'
			}
		case 'A' <= c && c <= 'Z':
			if !upper {
				out[i] = c - 'A' + 'a'
			}
		case '0' <= c && c <= '9', c == '-':
		case c >= 0x80, c <= ' ', c == 0x7f, isSeparator(c):
			return name
		}
		upper = c == '-'
	}
	return string(out)
}

func isSeparator(c byte) bool {
	switch c {
	case '"', '(', ')', ',', '/', ':', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}':
		return true
	}
	return false
}
