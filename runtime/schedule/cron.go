package schedule

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // time zones where the system has none

	"github.com/robfig/cron/v3"
)

// cronPlan is a cron expression in a time zone. The library computes on a clock
// without zones; what a zone does to the times is ours.
type cronPlan struct {
	spec      *cron.SpecSchedule
	zone      *time.Location
	everyHour bool // the hour field lets every hour through
}

// cronError is what is wrong with an expression or, where zone is set, with the
// zone.
type cronError struct {
	what, hint string
	zone       bool
}

type cronField struct {
	name, want string
	option     cron.ParseOption
}

// cronFields returns the fields of an expression, the optional first one
// included.
func cronFields() []cronField {
	return []cronField{
		{"second", "0 to 59", cron.Second},
		{"minute", "0 to 59", cron.Minute},
		{"hour", "0 to 23", cron.Hour},
		{"day of month", "1 to 31", cron.Dom},
		{"month", "1 to 12 or jan to dec", cron.Month},
		{"day of week", "0 to 6, 0 is Sunday, or sun to sat", cron.Dow},
	}
}

// parseCron reads an expression; every error names the field that is wrong.
func parseCron(text, zone string) (*cronPlan, *cronError) {
	if zone == "" {
		zone = "UTC"
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return nil, &cronError{what: fmt.Sprintf("there is no time zone %q", zone), hint: "zones have names such as Europe/Paris or UTC", zone: true}
	}
	parser := cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	if bad := checkCron(text); bad != nil {
		return nil, bad
	}
	s, err := parser.Parse(text)
	spec, ok := s.(*cron.SpecSchedule)
	if err != nil || !ok {
		return nil, &cronError{what: fmt.Sprintf("the cron expression %q cannot be read", text), hint: "an example: 0 6 * * mon-fri"}
	}
	spec.Location = time.UTC // the clock without zones
	const allHours = 1<<24 - 1
	p := &cronPlan{spec: spec, zone: loc, everyHour: spec.Hour&allHours == allHours}
	if p.next(time.Now()).IsZero() {
		return nil, &cronError{what: fmt.Sprintf("the cron expression %q names no time within the next five years", text), hint: "check the day and the month"}
	}
	return p, nil
}

func checkCron(text string) *cronError {
	switch {
	case strings.Contains(text, "TZ="):
		return &cronError{what: "a time zone does not stand in the cron expression", hint: `use the field "zone"`}
	case strings.HasPrefix(text, "@every"):
		return &cronError{what: "@every is not a cron expression", hint: `use the field "every" instead of "cron"`}
	case strings.HasPrefix(text, "@"):
		_, err := cron.NewParser(cron.Descriptor).Parse(text)
		if err != nil {
			return &cronError{what: fmt.Sprintf("there is no cron name %q", text), hint: "there is @hourly, @daily, @weekly, @monthly and @yearly"}
		}
		return nil
	}
	parts, fields := strings.Fields(text), cronFields()
	if len(parts) == 5 {
		fields = fields[1:]
	}
	if len(parts) != len(fields) {
		return &cronError{
			what: fmt.Sprintf("the cron expression %q has %d fields, not 5 or 6", text, len(parts)),
			hint: "minute, hour, day of month, month, day of week; with six, the second comes first",
		}
	}
	for i, f := range fields {
		if _, err := cron.NewParser(f.option).Parse(parts[i]); err != nil {
			return &cronError{
				what: fmt.Sprintf("the %s of the cron expression is %q: %s", f.name, parts[i], plain(err)),
				hint: fmt.Sprintf("the %s is *, or %s, with lists (1,3), ranges (1-3) and steps (*/2)", f.name, f.want),
			}
		}
	}
	return nil
}

// plain is the library's message without what it repeats of the field.
func plain(err error) string {
	text, _, _ := strings.Cut(err.Error(), ":")
	return text
}

// next returns the first time after the one given; zero where there is none in
// the next years.
func (p *cronPlan) next(after time.Time) time.Time {
	if p.everyHour {
		return p.nextElapsed(after)
	}
	return p.nextOnce(after)
}

// nextElapsed goes through the hours as they pass: a repeated hour counts twice,
// a skipped one not at all.
func (p *cronPlan) nextElapsed(after time.Time) time.Time {
	for {
		local := after.In(p.zone)
		_, offset := local.Zone()
		_, end := local.ZoneBounds()
		clock := p.spec.Next(wall(local))
		if clock.IsZero() {
			return time.Time{}
		}
		at := clock.Add(-time.Duration(offset) * time.Second)
		if end.IsZero() || at.Before(end) {
			return at
		}
		if at, ok := p.first(end); ok {
			return at
		}
		after = end // go on with the offset that holds from there
	}
}

// first returns t itself where the clock at t is a time of the plan.
func (p *cronPlan) first(t time.Time) (time.Time, bool) {
	clock := wall(t.In(p.zone))
	return t, p.spec.Next(clock.Add(-1)).Equal(clock)
}

// nextOnce goes by the clock on the wall: what it shows twice counts once, the
// first time; what it leaves out counts in the moment in which it jumps.
func (p *cronPlan) nextOnce(after time.Time) time.Time {
	for clock := wall(after.In(p.zone)); ; {
		clock = p.spec.Next(clock)
		if clock.IsZero() {
			return time.Time{}
		}
		if at := p.instant(clock); at.After(after) {
			return at
		}
	}
}

// instant returns the moment in which the clock on the wall shows a time.
func (p *cronPlan) instant(clock time.Time) time.Time {
	t := time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, p.zone)
	start, end := t.ZoneBounds()
	switch shown := wall(t); {
	case shown.After(clock):
		return start
	case shown.Before(clock):
		return end
	}
	if start.IsZero() {
		return t
	}
	_, before := start.Add(-1).Zone()
	if earlier := clock.Add(-time.Duration(before) * time.Second); earlier.Before(start) {
		return earlier
	}
	return t
}

// wall returns what the clock shows, as if it were UTC.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}
