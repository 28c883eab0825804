package observe

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mortise/runtime/fault"
)

// exposition builds the text format of Prometheus.
type exposition struct{ b []byte }

func codeOf(key int) string {
	switch {
	case key == -1:
		return "ok"
	case key < 0:
		return fault.Kind(-2 - key).String()
	default:
		return strconv.Itoa(key)
	}
}

// family writes the counters, gauges and histograms of one kind of object.
func (e *exposition) family(f family) {
	names := slices.Sorted(maps.Keys(f.meters))

	e.head(f.prefix+"s_total", "counter", "Number of "+f.what+".")
	for _, name := range names {
		if list := f.meters[name].outcomes.Load(); list != nil {
			for _, o := range *list {
				e.sample(f.prefix+"s_total", float64(o.count.Load()), f.label, name, f.code, o.code)
			}
		}
	}
	e.head(f.prefix+"s_running", "gauge", "Number of "+f.what+", going on now.")
	for _, name := range names {
		e.sample(f.prefix+"s_running", float64(f.meters[name].running.Load()), f.label, name)
	}
	e.head(f.prefix+"_retries_total", "counter", "Number of further tries of "+f.what+".")
	for _, name := range names {
		e.sample(f.prefix+"_retries_total", float64(f.meters[name].retries.Load()), f.label, name)
	}
	e.head(f.prefix+"_seconds", "histogram", "Duration of "+f.what+".")
	for _, name := range names {
		e.histogram(f.prefix+"_seconds", f.meters[name], f.label, name)
	}
}

func (e *exposition) histogram(name string, m *Meter, label, value string) {
	var total uint64
	for i := range m.buckets {
		total += m.buckets[i].Load()
		le := "+Inf"
		if i < len(bounds) {
			le = strconv.FormatFloat(bounds[i].Seconds(), 'g', -1, 64)
		}
		e.sample(name+"_bucket", float64(total), label, value, "le", le)
	}
	e.sample(name+"_sum", float64(m.sum.Load())/1e9, label, value)
	e.sample(name+"_count", float64(total), label, value)
}

func (e *exposition) collector(c collector) {
	e.head(c.name, c.kind, c.help)
	n := 0
	c.collect(func(value float64, labels ...string) {
		if n++; n <= maxSeries {
			e.sample(c.name, value, labels...)
		}
	})
}

func (e *exposition) head(name, kind, help string) {
	e.b = append(e.b, "# HELP "+name+" "+escapeHelp.Replace(help)+"\n# TYPE "+name+" "+kind+"\n"...)
}

func (e *exposition) sample(name string, value float64, labels ...string) {
	e.b = append(e.b, name...)
	for i := 0; i+1 < len(labels); i += 2 {
		e.b = append(e.b, [2]byte{'{', ','}[min(i, 1)])
		e.b = append(e.b, labels[i]...)
		e.b = append(e.b, '=', '"')
		e.b = append(e.b, escapeLabel.Replace(labels[i+1])...)
		e.b = append(e.b, '"')
	}
	if len(labels) > 1 {
		e.b = append(e.b, '}')
	}
	e.b = append(e.b, ' ')
	e.b = strconv.AppendFloat(e.b, value, 'g', -1, 64)
	e.b = append(e.b, '\n')
}

// The escapes of label values and help texts; a Replacer is safe for several
// goroutines.
var (
	escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	escapeHelp  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
)
