package service

import (
	"net/textproto"
	"testing"
)

func FuzzHeaderKey(f *testing.F) {
	for _, name := range []string{"", "content-type", "X-API-KEY", "x_a", "a b", "ETag", "ä", "x-1a-", "a:b", "-", "~'`|!#$%&*+.^"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got, want := headerKey(name), textproto.CanonicalMIMEHeaderKey(name); got != want {
			t.Errorf("headerKey(%q) = %q, want %q", name, got, want)
		}
	})
}
