package schedule

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

func decode(t *testing.T, text string) (*Job, fault.List) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	j := &Job{Name: "job"}
	return j, spec.Decode(doc.Content[0], "jobs/job.yaml", j)
}

func TestJobProblems(t *testing.T) {
	cases := map[string]struct{ yaml, want string }{
		"nothing":          {"service: a.B", "one of \"every\", \"cron\" and \"at\" is missing"},
		"two":              {"service: a.B\nevery: 1s\ncron: '* * * * *'", "jobs/job.yaml:3:7: the job has more than one"},
		"too often":        {"service: a.B\nevery: 10ms", "every"},
		"bad cron":         {"service: a.B\ncron: 0 25 * * *", "jobs/job.yaml:2:7: the hour of the cron expression is \"25\""},
		"bad zone":         {"service: a.B\ncron: 0 5 * * *\nzone: Mars", "jobs/job.yaml:3:7: there is no time zone"},
		"zone of interval": {"service: a.B\nevery: 1s\nzone: UTC", "zone"},
		"repeats no start": {"service: a.B\nevery: 1s\nrepeats: 3", "needs a \"start\""},
		"end before start": {"service: a.B\nevery: 1s\nstart: 2026-02-01\nend: 2026-01-01", "is before"},
		"never":            {"service: a.B\nevery: 10h\nstart: 2026-02-01T00:00:01Z\nend: 2026-02-01T00:00:01Z", ""},
		"never cron":       {"service: a.B\ncron: 0 0 1 1 *\nstart: 2026-02-01\nend: 2026-03-01", "never runs"},
		"jitter":           {"service: a.B\nevery: 1s\njitter: 5s", "longer than"},
		"at and repeats":   {"service: a.B\nat: 2030-01-01\nrepeats: 2", "no meaning"},
		"no service":       {"every: 1s", "service"},
		"good interval":    {"service: a.B\nevery: 10s\njitter: 1s\noverlap: queue\nmissed: all", ""},
		"good cron":        {"service: a.B\ncron: '@daily'\nzone: Europe/Paris\nstart: 2026-01-01\nrepeats: 10", ""},
		"good one time":    {"service: a.B\nat: 2030-01-01T10:00:00+02:00\ninput: {a: [1]}", ""},
	}
	for name, c := range cases {
		_, faults := decode(t, c.yaml)
		got := ""
		if err := faults.Err(); err != nil {
			got = err.Error()
		}
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: Decode reports %q, want %q", name, got, c.want)
		}
	}
}

func TestPlanBounds(t *testing.T) {
	cases := map[string]struct {
		yaml string
		want []string
	}{
		"multiples of the epoch": {"every: 7s\nend: 1970-01-01T00:00:22Z", []string{"00:00:07", "00:00:14", "00:00:21"}},
		"from a start":           {"every: 10s\nstart: 1970-01-01T00:00:03Z\nend: 1970-01-01T00:00:25Z", []string{"00:00:03", "00:00:13", "00:00:23"}},
		"the end is included":    {"every: 10s\nstart: 1970-01-01T00:00:03Z\nend: 1970-01-01T00:00:13Z", []string{"00:00:03", "00:00:13"}},
		"repeats":                {"every: 10s\nstart: 1970-01-01T00:00:03Z\nrepeats: 2", []string{"00:00:03", "00:00:13"}},
		"repeats of cron":        {"cron: 5 * * * *\nstart: 1970-01-01T00:05:00Z\nrepeats: 2", []string{"00:05:00", "01:05:00"}},
		"once":                   {"at: 1970-01-01T00:05:00Z", []string{"00:05:00"}},
	}
	for name, c := range cases {
		j, faults := decode(t, "service: a.B\n"+c.yaml)
		if err := faults.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p, err := j.plan()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for at, ok := p.Next(time.Unix(0, 0)); ok && len(got) < 9; at, ok = p.Next(at) {
			got = append(got, at.UTC().Format("15:04:05"))
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: times %v, want %v", name, got, c.want)
		}
	}
}

func TestPlanLast(t *testing.T) {
	p := &Plan{step: everyFrom(time.Time{}, 100*time.Millisecond)}
	to := time.Unix(1_700_000_000, 0)
	for _, n := range []int{0, 1, 3, 100} {
		got := p.last(to.Add(-30*24*time.Hour), to, n)
		if len(got) != n {
			t.Fatalf("last(a month, %d) = %d times", n, len(got))
		}
		for i, at := range got {
			if want := to.Add(-time.Duration(n-1-i) * 100 * time.Millisecond); !at.Equal(want) {
				t.Errorf("last(a month, %d)[%d] = %s, want %s", n, i, at, want)
			}
		}
	}
	if got := p.last(to.Add(-250*time.Millisecond), to, 100); len(got) != 3 {
		t.Errorf("last(250 ms, 100) = %d times, want 3", len(got))
	}
}
