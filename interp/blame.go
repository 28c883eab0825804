package interp

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mortise/interp/gate"
	"mortise/interp/machine"
	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// outOfMemory is the text of the panic that ends a worker that holds too much.
const outOfMemory = "out of memory"

// places knows where in the author's source a worker of a program is or was.
type places struct {
	services []bundleService
	index    map[string]int // of a service by its name
	groups   int
	notes    map[uint32][]gate.Note // by the number of the package: the high bits of a note
}

func newPlaces(b *bundle, admitted *gate.Result) *places {
	p := &places{services: b.Services, index: make(map[string]int, len(b.Services)), groups: len(b.Groups), notes: map[uint32][]gate.Note{}}
	for i := range b.Services {
		p.index[b.Services[i].Name] = i
	}
	for _, pkg := range admitted.Packages {
		if len(pkg.Notes) > 0 {
			p.notes[pkg.Notes[0].N>>gate.NoteBits] = pkg.Notes
		}
	}
	return p
}

// noted returns the position that a group noted last.
func (p *places) noted(notes *worker.Notes, group int) fault.Position {
	if notes == nil {
		return fault.Position{}
	}
	n := notes[slotOf(group)]
	of := p.notes[n>>gate.NoteBits]
	i, ok := slices.BinarySearchFunc(of, n, func(a gate.Note, n uint32) int { return cmp.Compare(a.N, n) })
	if !ok {
		return fault.Position{}
	}
	return of[i].At
}

// place is where a call of a service stands: the position that its group noted
// last. It is that of another call of the group if one noted a position since.
func (p *places) place(notes *worker.Notes, service string) fault.Position {
	i, ok := p.index[service]
	if !ok {
		return fault.Position{}
	}
	return p.noted(notes, p.services[i].Group)
}

// marker is the frame in a stack that names the service: see inService.
var marker = regexp.MustCompile(`mortise/interp\.inService\(0x([0-9a-f]+)`)

// creator names the goroutine that started the one whose stack this is.
var creator = regexp.MustCompile(`(?m)^created by .* in goroutine (\d+)$`)

// maxCreators bounds how far goroutines that start goroutines are followed.
const maxCreators = 16

// blame says which service ended a worker, what it did and where.
func (p *places) blame(d worker.Death) worker.Verdict {
	v := worker.BlameTrace(d)
	// Files in the trace are those of the interpreter, not of the author.
	v.Culprit, v.At = "", fault.Position{}
	message := worker.ParseTrace(d.Stderr).Message
	if message == "" && d.Signal != "" && d.Killed == "" {
		return v // somebody else ended it: no call is to blame, and all may be tried again
	}
	if text, ok := strings.CutPrefix(message, "panic: "); ok && d.Killed == "" && text != outOfMemory {
		v.What, v.Hint = machine.Explain(text)
	}
	culprit, ok := p.culprit(d)
	if ok {
		v.Culprit = p.services[culprit].Name
		v.At = p.noted(d.Notes, p.services[culprit].Group)
	}
	if group, at, ok := lastWords(d.Notes); ok && group < p.groups && strings.HasPrefix(message, "panic: ") {
		v.At = at
	}
	return v
}

// culprit returns the service that a dead worker's trace names, or the only one
// that there was.
func (p *places) culprit(d worker.Death) (int, bool) {
	if d.Killed != "" && len(d.Overdue) > 0 {
		return p.only(d.Overdue)
	}
	stack, ok := firstStack(d.Stderr)
	for range maxCreators {
		if !ok {
			break
		}
		if i, ok := p.marked(stack); ok {
			return i, true
		}
		m := creator.FindStringSubmatch(stack)
		if m == nil {
			break
		}
		stack, ok = stackOf(d.Stderr, m[1])
	}
	if i, ok := p.busy(d.Stderr); ok {
		return i, true
	}
	return p.only(d.Inflight)
}

// marked returns the service that a stack names.
func (p *places) marked(stack string) (int, bool) {
	m := marker.FindStringSubmatch(stack)
	if m == nil {
		return 0, false
	}
	i, err := strconv.ParseUint(m[1], 16, 32)
	return int(i), err == nil && i < uint64(len(p.services))
}

// working is the first line of a stack of a goroutine that was at work, rather
// than waiting for something.
var working = regexp.MustCompile(`^\d+ .*\[(run|GC|preempted|copystack)`)

// busy returns the one service that was at work: memory may run out under the
// collector's hands, in a goroutine that is nobody's.
func (p *places) busy(stderr string) (int, bool) {
	found := -1
	for stack := range strings.SplitSeq(stderr, "\ngoroutine ") {
		i, ok := p.marked(stack)
		if !ok || !working.MatchString(stack) || i == found {
			continue
		}
		if found >= 0 {
			return 0, false
		}
		found = i
	}
	return found, found >= 0
}

// only returns the one service among those that were called, if it is one.
func (p *places) only(called []string) (int, bool) {
	names := slices.Compact(slices.Sorted(slices.Values(called)))
	if len(names) != 1 {
		return 0, false
	}
	i, ok := p.index[names[0]]
	return i, ok
}

// firstStack returns the stack of the goroutine that ended the process, which
// the runtime prints before all others.
func firstStack(stderr string) (string, bool) {
	_, s, ok := strings.Cut(stderr, "\ngoroutine ")
	s, _, _ = strings.Cut(s, "\n\n")
	return s, ok
}

// stackOf returns the stack of a goroutine by its number.
func stackOf(stderr, number string) (string, bool) {
	_, s, ok := strings.Cut(stderr, "\ngoroutine "+number+" ")
	s, _, _ = strings.Cut(s, "\n\n")
	return s, ok
}
