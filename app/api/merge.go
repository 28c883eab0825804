package api

import "strings"

// maxEdits bounds the lines that two texts may differ in for a merge of them.
const maxEdits = 1_000

// merge puts two changes of one text together, line by line as diff3 does; false
// where they touch the same lines, or lines next to each other, in other ways.
func merge(base, mine, theirs string) (string, bool) {
	b, m, t := splitLines(base), splitLines(mine), splitLines(theirs)
	toMine, ok := matches(b, m)
	if !ok {
		return "", false
	}
	toTheirs, ok := matches(b, t)
	if !ok {
		return "", false
	}
	var out strings.Builder
	i, j, k := 0, 0, 0 // lines of the base, mine and theirs that are done
	for i < len(b) || j < len(m) || k < len(t) {
		if i < len(b) && toMine[i] == j && toTheirs[i] == k {
			out.WriteString(b[i])
			i, j, k = i+1, j+1, k+1
			continue
		}
		// Up to the next line that all three have.
		bi, mj, tk := len(b), len(m), len(t)
		for n := i; n < len(b); n++ {
			if toMine[n] >= j && toTheirs[n] >= k {
				bi, mj, tk = n, toMine[n], toTheirs[n]
				break
			}
		}
		was, my, other := strings.Join(b[i:bi], ""), strings.Join(m[j:mj], ""), strings.Join(t[k:tk], "")
		switch {
		case my == other, other == was:
			out.WriteString(my)
		case my == was:
			out.WriteString(other)
		default:
			return "", false
		}
		i, j, k = bi, mj, tk
	}
	return out.String(), true
}

func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// matches returns for each line of a the one of b that it became, or -1, with as
// few changes as there can be (E. Myers, An O(ND) Difference Algorithm, 1986);
// false where those are too many.
func matches(a, b []string) ([]int, bool) {
	to := make([]int, len(a))
	for i := range to {
		to[i] = -1
	}
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		to[head] = head
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
		to[len(a)-tail] = len(b) - tail
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	trace, ok := forward(x, y)
	if !ok {
		return nil, false
	}
	i, j := len(x), len(y)
	for d := len(trace) - 1; d > 0; d-- {
		v, k := trace[d-1], i-j
		from := k - 1
		if k == -d || k != d && v[d-1+k-1] < v[d-1+k+1] {
			from = k + 1
		}
		pi := v[d-1+from]
		pj := pi - from
		for i > pi && j > pj {
			i, j = i-1, j-1
			to[head+i] = head + j
		}
		i, j = pi, pj
	}
	for i > 0 && j > 0 {
		i, j = i-1, j-1
		to[head+i] = head + j
	}
	return to, true
}

// forward returns how far each number of edits reaches: for d edits and each
// diagonal k from -d to d, at d+k, the lines of x that are done.
func forward(x, y []string) (reach [][]int, ok bool) {
	for d := range maxEdits + 1 {
		v := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			i := 0
			switch {
			case d == 0:
			case k == -d || k != d && reach[d-1][d-1+k-1] < reach[d-1][d-1+k+1]:
				i = reach[d-1][d-1+k+1]
			default:
				i = reach[d-1][d-1+k-1] + 1
			}
			j := i - k
			for i < len(x) && j < len(y) && x[i] == y[j] {
				i, j = i+1, j+1
			}
			if v[d+k] = i; i >= len(x) && j >= len(y) {
				return append(reach, v), true
			}
		}
		reach = append(reach, v)
	}
	return nil, false
}
