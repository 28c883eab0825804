// Composite literals and results of several values are written to the variable of the turn before, which a function literal has captured.
package main

import (
	"fmt"
	"strconv"
)

type it struct{ A int }

func two(i int) (int, string) { return i, fmt.Sprint("s", i) }

func main() {
	m := map[string]int{"a": 1, "b": 2, "c": 3}
	ch := make(chan int, 50)
	for i := range 40 {
		ch <- i * 7
	}
	anys := []any{1, "x", 2, it{4}, it{5}}
	var fs []func()
	for i, k := range []string{"a", "zz", "b", "c", "q"} {
		v, ok := m[k]
		a, b := two(i)
		n, err := strconv.Atoi(fmt.Sprint(i))
		r, rok := <-ch
		as, aok := anys[i].(int)
		its, iok := anys[i].(it)
		x, y := i+1, k+"y"
		z := it{i}
		w := z
		c := cap(make([]int, i))
		var d, e = i * 2, k
		var q int = i
		p := &it{i}
		lit := func() int { return i }
		s := []int{i}
		up := -i
		eq := i == 2
		cv := float64(i)
		ix := s[0]
		fld := z.A
		cmp := i > 2 && k != ""
		rcv := 0
		select {
		case rcv = <-ch:
		default:
			rcv = -1
		}
		select {
		case rr, rrok := <-ch:
			fs = append(fs, func() { fmt.Println(rr, rrok) })
		default:
		}
		switch tv := anys[i].(type) {
		case int:
			fs = append(fs, func() { fmt.Println("int", tv) })
		case string:
			fs = append(fs, func() { fmt.Println("string", tv) })
		default:
			fs = append(fs, func() { fmt.Println("other", tv) })
		}
		if v2, ok2 := m[k]; ok2 {
			fs = append(fs, func() { fmt.Println(v2, ok2) })
		}
		if _, ok3 := m[k]; !ok3 {
			fs = append(fs, func() { fmt.Println(ok3) })
		}
		arr := [2]int{i, i}
		sl := arr
		bt := []byte(k)
		str := string(bt)
		ln := len(k)
		mp := map[string]int{k: i}
		mv := mp[k]
		iface := any(i)
		pd := *p
		fs = append(fs, func() {
			fmt.Println(v, ok, a, b, n, err, r, rok, as, aok, its, iok, x, y, z, w, c, d, e, q, *p, lit(), s, up, eq, cv, ix, fld, cmp, rcv, arr, sl, bt, str, ln, mp, mv, iface, pd)
		})
	}
	for _, f := range fs {
		f()
	}
	j := 0
	var gs []func()
	for j < 3 {
		jj := j
		j++
		hh := jj + j
		gs = append(gs, func() { fmt.Println(jj, hh) })
	}
	for _, g := range gs {
		g()
	}
}
