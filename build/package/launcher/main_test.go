package main

import "testing"

func TestPath(t *testing.T) {
	const dir = `C:\Users\mia\AppData\Local\Programs\Mortise`
	for _, c := range []struct{ path, with, without string }{
		{"", dir, ""},
		{`C:\a`, `C:\a;` + dir, `C:\a`},
		{`C:\a;`, `C:\a;` + dir, `C:\a;`},
		{`%USERPROFILE%\bin;C:\b`, `%USERPROFILE%\bin;C:\b;` + dir, `%USERPROFILE%\bin;C:\b`},
		{`C:\a;c:\users\MIA\appdata\local\programs\mortise\;C:\b`, `C:\a;c:\users\MIA\appdata\local\programs\mortise\;C:\b`, `C:\a;C:\b`},
		{dir, dir, ""},
	} {
		if got := with(c.path, dir); got != c.with {
			t.Errorf("with(%q) = %q; want %q", c.path, got, c.with)
		}
		if got := without(c.path, dir); got != c.without {
			t.Errorf("without(%q) = %q; want %q", c.path, got, c.without)
		}
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	said := tail{most: 4}
	for _, part := range []string{"ab", "cdef", "g"} {
		if n, err := said.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("Write(%q) = %d, %v; want %d, nil", part, n, err, len(part))
		}
	}
	if got := said.text.String(); got != "defg" {
		t.Errorf("after abcdefg it keeps %q; want %q", got, "defg")
	}
}
