package interp

import (
	"maps"
	"slices"

	"mortise/interp/check"
	"mortise/interp/gate"
	"mortise/runtime/fault"
)

// judgement says which packages with services run interpreted, and why the
// others do not.
type judgement struct {
	pkgs   []*check.Package
	why    []fault.List // of the packages that do not run; nil for those that do
	leader []int        // the number of a package of the same group, the same for all of a group
}

// judge decides which packages run. One that does not takes along those with
// which it shares package variables: they must run in one process.
func judge(pkgs []*check.Package, admitted *gate.Result, parts map[string]*part) *judgement {
	j := &judgement{pkgs: pkgs, why: reasons(pkgs, admitted)}
	for i, p := range pkgs {
		if len(p.Services) > 0 {
			j.why[i] = join(j.why[i], parts[p.Path].faults)
		}
	}
	j.group(statefulPackages(pkgs, func(p *check.Package) *stateFacts { return parts[p.Path].facts }))
	first := map[int]int{} // a package of the group that does not run, by leader
	for i, p := range pkgs {
		if _, known := first[j.leader[i]]; len(p.Services) > 0 && j.why[i] != nil && !known {
			first[j.leader[i]] = i
		}
	}
	for i, p := range pkgs {
		culprit, found := first[j.leader[i]]
		if len(p.Services) == 0 || j.why[i] != nil || !found {
			continue
		}
		shares := fault.New(fault.Invalid, "gate.shared", "the package %q shares package variables with %q, which waits", p.Dir, pkgs[culprit].Dir).
			WithAt(fault.Position{File: p.Services[0].At.File}).
			WithHint("keep in a connection what both need, or in a package of its own")
		j.why[i] = join(fault.List{shares}, j.why[culprit])
	}
	return j
}

// reasons returns for every package why the gate does not admit it: what it
// found there, and in the packages that it imports.
func reasons(pkgs []*check.Package, admitted *gate.Result) []fault.List {
	owner := map[string]int{}
	index := map[*check.Package]int{}
	for i, p := range pkgs {
		index[p] = i
		for _, f := range p.Files {
			owner[f.Name] = i
		}
	}
	own := make([]fault.List, len(pkgs))
	var nowhere fault.List
	for _, f := range admitted.Refusals {
		if i, ok := owner[f.At.File]; ok {
			own[i] = append(own[i], f)
		} else {
			nowhere = append(nowhere, f)
		}
	}
	refused := make(map[string]bool, len(admitted.Refused))
	for _, path := range admitted.Refused {
		refused[path] = true
	}
	out := make([]fault.List, len(pkgs))
	for i, p := range pkgs {
		if !refused[p.Path] {
			continue
		}
		out[i] = own[i]
		for _, q := range p.Imports {
			out[i] = join(out[i], out[index[q]])
		}
		if len(out[i]) == 0 {
			out[i] = nowhere
		}
		if len(out[i]) == 0 {
			out[i] = fault.List{fault.New(fault.Invalid, "gate.package", "not live yet: the package %q", p.Dir)}
		}
	}
	return out
}

// join returns a with those of b that it does not have.
func join(a, b fault.List) fault.List {
	out := slices.Clone(a)
	for _, f := range b {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// group puts the packages with services into groups: one a package, but those
// that share a package with state together.
func (j *judgement) group(stateful map[string]bool) {
	j.leader = make([]int, len(j.pkgs))
	owner := make([]int, len(j.pkgs)) // of a stateful package: a service package that imports it
	index := make(map[*check.Package]int, len(j.pkgs))
	for i, p := range j.pkgs {
		j.leader[i], owner[i], index[p] = i, -1, i
	}
	find := func(i int) int {
		for j.leader[i] != i {
			j.leader[i] = j.leader[j.leader[i]]
			i = j.leader[i]
		}
		return i
	}
	reach := make([]map[int]bool, len(j.pkgs)) // stateful packages in the closure
	for i, p := range j.pkgs {
		reach[i] = map[int]bool{}
		for _, q := range p.Imports {
			maps.Copy(reach[i], reach[index[q]])
		}
		if stateful[p.Path] {
			reach[i][i] = true
		}
		if len(p.Services) == 0 {
			continue
		}
		for s := range reach[i] {
			if owner[s] < 0 {
				owner[s] = i
			} else {
				j.leader[find(i)] = find(owner[s])
			}
		}
	}
	for i := range j.leader {
		j.leader[i] = find(i)
	}
}

// services returns why the services that do not run do not, by name.
func (j *judgement) services() map[string]fault.List {
	out := map[string]fault.List{}
	for i, p := range j.pkgs {
		for _, s := range p.Services {
			if j.why[i] != nil {
				out[s.Name] = j.why[i]
			}
		}
	}
	return out
}

// shared returns the services of each group of several packages.
func (j *judgement) shared() [][]string {
	members := map[int][]int{}
	for i, p := range j.pkgs {
		if len(p.Services) > 0 {
			members[j.leader[i]] = append(members[j.leader[i]], i)
		}
	}
	var out [][]string
	for _, leader := range slices.Sorted(maps.Keys(members)) {
		if len(members[leader]) < 2 {
			continue
		}
		var names []string
		for _, i := range members[leader] {
			for _, s := range j.pkgs[i].Services {
				names = append(names, s.Name)
			}
		}
		out = append(out, names)
	}
	return out
}
