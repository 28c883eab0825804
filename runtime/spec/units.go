package spec

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// ParseDuration reads a time span as files write it: that of time.ParseDuration,
// with whole days "d" in front where wanted: "10s", "1m30s", "2d", "1d12h".
func ParseDuration(s string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is not a time span such as \"10s\", \"5m\" or \"2d\"", clip(s))
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, wrong
		}
		return d, nil
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, wrong
	}
	total := time.Duration(n) * day
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 || d > math.MaxInt64-total {
			return 0, wrong
		}
		total += d
	}
	return total, nil
}

// FormatDuration writes a time span as a person would: "10s", "5m", "1d12h".
func FormatDuration(d time.Duration) string {
	if d < 0 || d == 0 {
		return trimZero(d.String())
	}
	if d < day || d/day > math.MaxUint16 {
		return trimZero(d.String())
	}
	s := strconv.FormatInt(int64(d/day), 10) + "d"
	if d%day > 0 {
		s += trimZero((d % day).String())
	}
	return s
}

// trimZero takes the zero parts off the end: "5m0s" is "5m".
func trimZero(s string) string {
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// sizes are the units of bytes, largest first; those of IEC 80000-13 count by
// 1024, the others by 1000.
var sizes = []struct {
	unit  string
	bytes int64
}{
	{"TiB", 1 << 40},
	{"TB", 1e12},
	{"GiB", 1 << 30},
	{"GB", 1e9},
	{"MiB", 1 << 20},
	{"MB", 1e6},
	{"KiB", 1 << 10},
	{"KB", 1e3},
	{"B", 1},
}

// ParseSize reads a number of bytes: "10MB", "64KiB", "1.5GB", "100".
func ParseSize(s string) (int64, error) {
	wrong := errors.New(strconv.Quote(clip(s)) + ` is not a size such as "64KiB" or "10MB"`)
	number, unit := strings.TrimSpace(s), int64(1)
	for _, u := range sizes {
		if n := len(number) - len(u.unit); n > 0 && strings.EqualFold(number[n:], u.unit) {
			number, unit = strings.TrimSpace(number[:n]), u.bytes
			break
		}
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		if n < 0 || n > math.MaxInt64/unit {
			return 0, wrong
		}
		return n * unit, nil
	}
	if strings.Trim(number, "0123456789.") != "" {
		return 0, wrong
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f*float64(unit) >= math.MaxInt64 {
		return 0, wrong
	}
	return int64(f * float64(unit)), nil
}

// FormatSize writes a number of bytes in the largest unit that divides it.
func FormatSize(n int64) string {
	if n != 0 {
		for _, u := range sizes {
			if n%u.bytes == 0 {
				return strconv.FormatInt(n/u.bytes, 10) + u.unit
			}
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
