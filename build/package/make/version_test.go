package main

import (
	"os/exec"
	"testing"
	"time"
)

func TestVersion(t *testing.T) {
	date := time.Date(2026, 11, 23, 1, 2, 3, 0, time.FixedZone("", 3600))
	for _, c := range []struct{ described, debian, number string }{
		{"570ad92", "0~20261123.000203.570ad92", "0.0.0.0"},
		{"570ad92-dirty", "0~20261123.000203.570ad92.dirty", "0.0.0.0"},
		{"dev", "0~20261123.000203.dev", "0.0.0.0"},
		{"v1.2.3", "1.2.3", "1.2.3.0"},
		{"v1.2", "1.2.0", "1.2.0.0"},
		{"v1.2.3-rc.1", "1.2.3~rc.1", "1.2.3.0"},
		{"v1.2.3-rc.1-14-gabcdef1-dirty", "1.2.3~rc.1+14.gabcdef1+dirty", "1.2.3.14"},
		{"1.2.3-4-gabcdef1", "1.2.3+4.gabcdef1", "1.2.3.4"},
		{"v70000.0.0", "70000.0.0", "65535.0.0.0"},
	} {
		v := newVersion(c.described, date)
		if v.shown != c.described || v.debian != c.debian || v.number != c.number {
			t.Errorf("newVersion(%q) = %+v; want debian %q, number %q", c.described, v, c.debian, c.number)
		}
	}
}

// TestOrder asks dpkg whether a later version comes after an earlier one.
func TestOrder(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("there is no dpkg to ask: apt-get install dpkg")
	}
	day := time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
	last := ""
	for i, described := range []string{"ffffff1", "0000002-dirty", "v0.1.0-rc.1", "v0.1.0-rc.1-2-gfffffff", "v0.1.0", "v0.1.0-9-gfffffff", "v0.1.0-10-g0000000", "v0.2.0"} {
		v := newVersion(described, day.Add(time.Duration(i)*time.Hour)).debian
		if last != "" && exec.Command("dpkg", "--compare-versions", last, "lt", v).Run() != nil {
			t.Errorf("dpkg sorts %s not before %s", last, v)
		}
		last = v
	}
}
