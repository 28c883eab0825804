package gatefuzz

import (
	"context"
	"go/ast"
	"slices"
	"strings"
	"time"
)

// reduceFor is how long one program is made shorter.
const reduceFor = 3 * time.Minute

// reduce returns the shortest program that it finds, of those that come from a
// wrong one by leaving out declarations and statements, that is wrong too.
func (f *fuzzer) reduce(ctx context.Context, w Wrong) ([]byte, Outcome, Outcome) {
	end := time.Now().Add(reduceFor)
	best, got, want := w.Program, w.Got, w.Want
	for time.Now().Before(end) && ctx.Err() == nil {
		found := false
		for _, size := range []int{16, 8, 4, 2, 1} {
			for again := true; again && time.Now().Before(end) && ctx.Err() == nil; {
				again = false
				candidates := shorter(best, size)
				for chunk := range slices.Chunk(candidates, 16) {
					src, r, ok := f.firstWrong(ctx, w.Seed, chunk, unloaded(w.Got))
					if ok {
						best, got, want = src, r.got, r.want
						again, found = true, true
						break
					}
					if time.Now().After(end) || ctx.Err() != nil {
						break
					}
				}
			}
		}
		if !found {
			break
		}
	}
	return best, got, want
}

// firstWrong returns the first of some programs that is admitted and wrong.
func (f *fuzzer) firstWrong(ctx context.Context, seed uint64, sources [][]byte, loads string) ([]byte, result, bool) {
	admitted := make([]*candidate, len(sources))
	parallel(len(sources), func(i int) {
		src, ok := mend(sources[i])
		if !ok {
			return
		}
		p := Program{Name: "reduced", Source: src}
		if a, _, err := Judge(ctx, p); err == nil && a != nil {
			admitted[i] = &candidate{seed, p, a}
		}
	})
	var list []candidate
	for _, c := range admitted {
		if c != nil {
			list = append(list, *c)
		}
	}
	if len(list) == 0 {
		return nil, result{}, false
	}
	if loads != "" {
		return f.firstUnloaded(ctx, list, loads)
	}
	results, err := f.both(ctx, list)
	if err != nil {
		return nil, result{}, false
	}
	for i, r := range results {
		if r.verdict == differs {
			return list[i].program.Source, r, true
		}
	}
	return nil, result{}, false
}

// unloaded returns how the text begins with which the interpreter refuses to load
// a program, or "" where it loaded it.
func unloaded(o Outcome) string {
	for _, s := range []string{`package "app/program": the interpreter does not take it`, `initialize package "app/program"`} {
		if strings.HasPrefix(o.Stderr, s) {
			return s
		}
	}
	return ""
}

// firstUnloaded returns the first of some programs that the interpreter does not
// load. It asks no compiler, which takes most of the time.
func (f *fuzzer) firstUnloaded(ctx context.Context, list []candidate, loads string) ([]byte, result, bool) {
	i := &Interpreter{Command: f.opts.Command, Limit: interpretLimit}
	defer i.Close()
	for _, c := range list {
		got, err := i.Run(ctx, c.admitted)
		if err != nil {
			break
		}
		if strings.HasPrefix(got.Stderr, loads) {
			return c.program.Source, result{verdict: differs, got: got}, true
		}
	}
	return nil, result{}, false
}

// shorter returns the programs that come from one by leaving out size neighbours
// of a list, and for size 1 those in which a block stands for the statement
// around it.
func shorter(src []byte, size int) [][]byte {
	t, err := parse(src)
	if err != nil {
		return nil
	}
	var out [][]byte
	keep := func() {
		if s, err := t.source(); err == nil && len(s) < len(src) {
			out = append(out, s)
		}
	}
	for _, list := range t.lists() {
		whole := *list
		for at := 0; at+size <= len(whole); at += size {
			*list = append(slices.Clone(whole[:at]), whole[at+size:]...)
			keep()
		}
		if size == 1 {
			for at, s := range whole {
				if inner := unwrap(s); inner != nil {
					*list = append(append(slices.Clone(whole[:at]), inner...), whole[at+1:]...)
					keep()
				}
			}
		}
		*list = whole
	}
	decls := t.file.Decls
	for at := 0; at+size <= len(decls); at += size {
		t.file.Decls = append(slices.Clone(decls[:at]), decls[at+size:]...)
		keep()
	}
	t.file.Decls = decls
	return out
}

// unwrap returns the statements within a statement.
func unwrap(s ast.Stmt) []ast.Stmt {
	switch s := s.(type) {
	case *ast.BlockStmt:
		return s.List
	case *ast.IfStmt:
		return s.Body.List
	case *ast.ForStmt:
		return s.Body.List
	case *ast.RangeStmt:
		return s.Body.List
	case *ast.LabeledStmt:
		return []ast.Stmt{s.Stmt}
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok {
			if lit, ok := call.Fun.(*ast.FuncLit); ok {
				return lit.Body.List
			}
		}
	}
	return nil
}
