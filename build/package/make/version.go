package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// version is one version, as each system writes it.
type version struct {
	shown  string // to people
	debian string // deb-version(7): a later commit sorts after an earlier one
	number string // of Windows: four numbers
	date   time.Time
}

// tagged is git describe of a checkout that has a tag: v1.2.3-4-gabcdef1-dirty.
var tagged = regexp.MustCompile(`^v?(\d+)\.(\d+)(?:\.(\d+))?(-[a-z][a-z0-9.]*)?(?:-(\d+)-g([0-9a-f]+))?(-dirty)?$`)

// newVersion reads what git describe says. Without a tag it is version 0, told
// apart by the time of the commit.
func newVersion(described string, date time.Time) version {
	v := version{shown: described, number: "0.0.0.0", date: date.UTC()}
	m := tagged.FindStringSubmatch(described)
	if m == nil {
		plain := regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(described, ".")
		v.debian = "0~" + v.date.Format("20060102.150405") + "." + strings.Trim(plain, ".")
		return v
	}
	patch := m[3]
	if patch == "" {
		patch = "0"
	}
	v.debian = m[1] + "." + m[2] + "." + patch
	if m[4] != "" { // 1.2.3~rc.1 comes before 1.2.3
		v.debian += "~" + m[4][1:]
	}
	if m[5] != "" {
		v.debian += "+" + m[5] + ".g" + m[6]
	}
	if m[7] != "" {
		v.debian += "+dirty"
	}
	v.number = fmt.Sprintf("%d.%d.%d.%d", short(m[1]), short(m[2]), short(patch), short(m[5]))
	return v
}

// short is a number that fits into sixteen bits; 0 for none.
func short(text string) uint16 {
	n, _ := strconv.ParseUint(text, 10, 16) // what is too large becomes the largest
	return uint16(n)
}
