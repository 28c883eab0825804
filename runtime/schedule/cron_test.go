package schedule

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

func mustCron(t testing.TB, text, zone string) *cronPlan {
	t.Helper()
	p, err := parseCron(text, zone)
	if err != nil {
		t.Fatalf("parseCron(%q, %q): %s", text, zone, err.what)
	}
	return p
}

func TestCronAndDaylightSaving(t *testing.T) {
	const (
		gap     = "2026-03-29T00:30:00Z" // in Paris 02:00 becomes 03:00 at 01:00 UTC
		overlap = "2026-10-24T23:30:00Z" // in Paris 03:00 becomes 02:00 at 01:00 UTC on the 25th
	)
	cases := []struct {
		name, cron, from string
		want             []string // in Paris, with the offset
	}{
		{"a time in the gap runs right after it", "30 2 * * *", gap, []string{"03-29 03:00 +0200", "03-30 02:30 +0200"}},
		{"several times in the gap run once", "*/15 2 * * *", gap, []string{"03-29 03:00 +0200", "03-30 02:00 +0200"}},
		{"the hour behind the gap is not doubled", "0 2,3 * * *", gap, []string{"03-29 03:00 +0200", "03-30 02:00 +0200"}},
		{"every hour leaves the gap out", "30 * * * *", gap, []string{"03-29 03:30 +0200", "03-29 04:30 +0200"}},
		{"every half hour goes on over the gap", "*/30 * * * *", gap, []string{"03-29 03:00 +0200", "03-29 03:30 +0200"}},
		{"a time that comes twice runs once", "30 2 * * *", overlap, []string{"10-25 02:30 +0200", "10-26 02:30 +0100"}},
		{"a time at the end of the overlap", "0 3 * * *", overlap, []string{"10-25 03:00 +0100", "10-26 03:00 +0100"}},
		{"a time at the beginning of the overlap", "0 2 * * *", overlap, []string{"10-25 02:00 +0200", "10-26 02:00 +0100"}},
		{"every hour runs in both", "30 * * * *", overlap, []string{"10-25 02:30 +0200", "10-25 02:30 +0100", "10-25 03:30 +0100"}},
		{"every two hours goes by the wall", "0 */2 * * *", overlap, []string{"10-25 02:00 +0200", "10-25 04:00 +0100"}},
	}
	for _, c := range cases {
		p, at := mustCron(t, c.cron, "Europe/Paris"), parseTime(t, c.from)
		for i, want := range c.want {
			at = p.next(at)
			if got := at.In(p.zone).Format("01-02 15:04 -0700"); got != want {
				t.Errorf("%s: time %d of %q is %s, want %s", c.name, i+1, c.cron, got, want)
			}
		}
	}
}

func parseTime(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestCronSaysWhichFieldIsWrong(t *testing.T) {
	cases := []struct{ cron, zone, want string }{
		{"61 * * * *", "", "the minute "},
		{"* 24 * * *", "", "the hour "},
		{"* * 32 * *", "", "the day of month "},
		{"* * * 13 *", "", "the month "},
		{"* * * * 7", "", "the day of week "},
		{"60 * * * * *", "", "the second "},
		{"* * * * monday", "", "the day of week "},
		{"*/0 * * * *", "", "the minute "},
		{"5-1 * * * *", "", "the minute "},
		{"* * * *", "", "4 fields"},
		{"* * * * * * *", "", "7 fields"},
		{"", "", "0 fields"},
		{"@every 5s", "", "@every"},
		{"@reboot", "", "no cron name"},
		{"CRON_TZ=UTC * * * * *", "", "time zone does not stand"},
		{"TZ=0", "", "time zone does not stand"},
		{"0 0 30 2 *", "", "names no time"},
		{"* * * * *", "Europe/Pariss", "no time zone"},
		{"* * * * *", "Local", "no time zone"},
		{"* * * * *", "../etc", "no time zone"},
	}
	for _, c := range cases {
		_, err := parseCron(c.cron, c.zone)
		if err == nil || !strings.Contains(err.what, c.want) || err.hint == "" {
			t.Errorf("parseCron(%q, %q) = %+v, want an error with %q and a hint", c.cron, c.zone, err, c.want)
		}
	}
}

// slowNext finds the next time by looking at every minute: the definition that
// next must agree with.
func slowNext(p *cronPlan, after time.Time, limit int) time.Time {
	shown := func(t time.Time) bool { return shows(p.spec, wall(t.In(p.zone))) }
	for t, i := after.Truncate(time.Minute).Add(time.Minute), 0; i < limit; t, i = t.Add(time.Minute), i+1 {
		local := t.In(p.zone)
		if p.everyHour {
			if shown(t) {
				return t
			}
			continue
		}
		start, _ := local.ZoneBounds()
		_, offset := local.Zone()
		_, before := start.Add(-1).Zone()
		since := local.Sub(start)
		switch jump := time.Duration(offset-before) * time.Second; {
		case jump < 0 && since < -jump: // the clock shows this for the second time
			continue
		case jump > 0 && since == 0 && !start.IsZero(): // the clock left times out just now
			for clock := wall(local).Add(-jump); clock.Before(wall(local)); clock = clock.Add(time.Minute) {
				if shows(p.spec, clock) {
					return t
				}
			}
		}
		if shown(t) {
			return t
		}
	}
	return time.Time{}
}

// shows reports whether a full minute of the clock is one of an expression. As
// cron has it, either of the two kinds of days is enough where both are limited.
func shows(s *cron.SpecSchedule, clock time.Time) bool {
	const star = 1 << 63
	has := func(bits uint64, n int) bool { return bits&(1<<n) != 0 }
	month, week := has(s.Dom, clock.Day()), has(s.Dow, int(clock.Weekday()))
	day := month || week
	if s.Dom&star != 0 || s.Dow&star != 0 {
		day = month && week
	}
	return day && has(s.Month, int(clock.Month())) && has(s.Hour, clock.Hour()) && has(s.Minute, clock.Minute()) && has(s.Second, 0)
}

func TestCronAgreesWithEveryMinute(t *testing.T) {
	zones := []string{"Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata", "Africa/Casablanca"}
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	for range 400 {
		text := fmt.Sprintf("%s %s %s %s %s",
			pick("*", "0", "30", "*/7", fmt.Sprint(r.IntN(60)), "1-5,50"), pick("*", "*", "*/2", "0", "1", "2", "3", "0-3", "23"),
			pick("*", "*", "*", "1", "*/3", "25-31"), pick("*", "*", "3,10,11", "4"), pick("*", "*", "*", "sun", "mon-fri"))
		zone := zones[r.IntN(len(zones))]
		p := mustCron(t, text, zone)
		// Half of them begin near a change of the clock.
		at := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
		if _, end := at.In(p.zone).ZoneBounds(); r.IntN(2) == 0 && !end.IsZero() {
			at = end.Add(time.Duration(r.IntN(8*60)-6*60) * time.Minute)
		}
		for range 3 {
			want, got := slowNext(p, at, 3*24*60), p.next(at)
			if want.IsZero() {
				break // not within three days
			}
			if !got.Equal(want) {
				t.Fatalf("next of %q in %s after %s is %s, want %s", text, zone, at.In(p.zone), got.In(p.zone), want.In(p.zone))
			}
			at = got
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "*/5 0 1-3,7 jan mon", "@daily", "0 0 29 2 *", "TZ=", "@every 1s", "? ? ? ? ?", "1/2 * * * *", "59 59 23 31 12 6"} {
		f.Add(s, int64(1_700_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		if len(text) > maxCronBytes {
			return
		}
		p, bad := parseCron(text, "Europe/Paris")
		if bad != nil {
			if bad.what == "" || bad.hint == "" {
				t.Errorf("parseCron(%q) = %+v, want words and a hint", text, bad)
			}
			return
		}
		at := time.Unix(unix%4_000_000_000, 0)
		for range 3 {
			next := p.next(at)
			if next.IsZero() {
				return
			}
			if !next.After(at) {
				t.Fatalf("next of %q after %s is %s, want a later time", text, at, next)
			}
			at = next
		}
	})
}

func BenchmarkCronNext(b *testing.B) {
	p, at := mustCron(b, "30 6 * * mon-fri", "Europe/Paris"), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		p.next(at)
	}
}
