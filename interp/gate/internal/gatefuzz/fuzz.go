package gatefuzz

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say how long and with what Run looks for wrong answers.
type Options struct {
	Seed     uint64        // of the first program; the programs of a seed are always the same
	Time     time.Duration // begin no batch after this time; 0 is no limit
	Programs int           // judge no more than about this many; 0 is no limit
	Batch    int           // how many are compiled together; 0 is 60
	Corpus   []Program     // what is changed by chance
	Command  []string      // starts a process that calls Serve, as in Interpreter
	Reduce   bool          // look for the shortest program that is still wrong
	Log      io.Writer     // what is found, as it is found
}

// Wrong is a wrong answer.
type Wrong struct {
	Seed     uint64
	Program  []byte // reduced, where Options says so
	Original []byte
	Got      Outcome
	Want     Outcome
}

// Report is what Run found.
type Report struct {
	Judged   int            // programs that compile
	Admitted int            // that gave the same answers
	Refused  int            // by the gate
	Skipped  int            // admitted, but they run too long or print something else each time
	Invalid  int            // that do not compile: mutants are often so
	Reasons  map[string]int // codes of refusals, by the number of programs
	Wrong    []Wrong
}

// String is the report in one line.
func (r *Report) String() string {
	return fmt.Sprintf("%d judged: %d admitted, %d refused, %d skipped, %d wrong", r.Judged, r.Admitted, r.Refused, r.Skipped, len(r.Wrong))
}

// Wishes lists the reasons of refusals, those of most programs first.
func (r *Report) Wishes() string {
	var b strings.Builder
	for _, c := range slices.SortedFunc(maps.Keys(r.Reasons), func(a, b string) int {
		if d := r.Reasons[b] - r.Reasons[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	}) {
		fmt.Fprintf(&b, "%6d %s\n", r.Reasons[c], c)
	}
	return b.String()
}

// Limits of one program: the interpreter is slower than Go by up to a factor of
// some hundred, so what Go does in nativeLimit must be done in interpretLimit.
const (
	nativeLimit    = 2 * time.Second
	quick          = 200 * time.Millisecond // programs that take Go longer are not compared
	interpretLimit = 30 * time.Second
	tries          = 12 // runs with Go that must be alike before a difference counts
)

// fuzzer is one run of Run.
type fuzzer struct {
	opts   Options
	native *Native
	report *Report
	seed   uint64
}

// Run generates programs until its time is over or ctx ends.
func Run(ctx context.Context, opts Options) (*Report, error) {
	if opts.Batch == 0 {
		opts.Batch = 60
	}
	native, err := NewNative(ctx, nativeLimit)
	if err != nil {
		return nil, err
	}
	f := &fuzzer{opts: opts, native: native, report: &Report{Reasons: map[string]int{}}, seed: opts.Seed}
	start := time.Now()
	for ctx.Err() == nil && (opts.Time == 0 || time.Since(start) < opts.Time) && (opts.Programs == 0 || f.report.Judged < opts.Programs) {
		if err := f.batch(ctx); err != nil && ctx.Err() == nil {
			return f.report, err
		}
	}
	return f.report, nil
}

// candidate is an admitted program of a batch.
type candidate struct {
	seed     uint64
	program  Program
	admitted *Admitted
}

// Make returns the program of a seed. Even seeds are of the grammar, odd ones are
// changed programs of the corpus, where there is one.
func Make(seed uint64, corpus []Program) ([]byte, bool) {
	r := rand.New(rand.NewPCG(seed, 0x6d6f7274697365))
	if len(corpus) > 0 && seed%2 == 1 {
		return Mutate(r, corpus[r.IntN(len(corpus))].Source)
	}
	return Generate(r), true
}

// batch collects admitted programs, compiles them together and compares.
func (f *fuzzer) batch(ctx context.Context) error {
	var list []candidate
	for n := 0; len(list) < f.opts.Batch && n < 4*f.opts.Batch; {
		const stride = 16
		found := make([]*candidate, stride)
		var refused, invalid [stride]bool
		var reasons [stride][]string
		parallel(stride, func(i int) {
			seed := f.seed + uint64(i)
			src, ok := Make(seed, f.opts.Corpus)
			if !ok {
				invalid[i] = true
				return
			}
			p := Program{Name: fmt.Sprintf("seed%d", seed), Source: src}
			a, refusals, err := Judge(ctx, p)
			switch {
			case err != nil:
				invalid[i] = true
				if seed%2 == 0 || len(f.opts.Corpus) == 0 {
					f.log("seed %d: the grammar made a program that does not compile: %v\n", seed, err)
				}
			case a == nil:
				refused[i] = true
				for _, e := range refusals {
					if !slices.Contains(reasons[i], e.Code) {
						reasons[i] = append(reasons[i], e.Code)
					}
				}
			default:
				found[i] = &candidate{seed, p, a}
			}
		})
		for i := range stride {
			switch {
			case invalid[i]:
				f.report.Invalid++
				continue
			case refused[i]:
				f.report.Refused++
				for _, c := range reasons[i] {
					f.report.Reasons[c]++
				}
			default:
				list = append(list, *found[i])
			}
			f.report.Judged++
		}
		f.seed += stride
		n += stride
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return f.compare(ctx, list)
}

func (f *fuzzer) log(format string, args ...any) {
	if f.opts.Log != nil {
		fmt.Fprintf(f.opts.Log, format, args...)
	}
}

// verdicts of one comparison.
const (
	same = iota
	differs
	unfit // too long, not the same each time, or not taken by the compiler
)

// result is what a program did on both sides.
type result struct {
	verdict   int
	got, want Outcome
	err       error
}

func (f *fuzzer) compare(ctx context.Context, list []candidate) error {
	results, err := f.both(ctx, list)
	if err != nil {
		return err
	}
	for i, r := range results {
		c := list[i]
		switch r.verdict {
		case same:
			f.report.Admitted++
		case unfit:
			f.report.Skipped++
			if r.err != nil {
				f.log("seed %d: %v\n", c.seed, r.err)
			}
		case differs:
			w := Wrong{Seed: c.seed, Program: c.program.Source, Original: c.program.Source, Got: r.got, Want: r.want}
			if f.opts.Reduce {
				w.Program, w.Got, w.Want = f.reduce(ctx, w)
			}
			f.report.Wrong = append(f.report.Wrong, w)
			f.log("WRONG, seed %d: exit code %d, want %d; hung %t, want %t; %s\n%s\n%s\n", c.seed, w.Got.Code, w.Want.Code, w.Got.Hung, w.Want.Hung,
				Difference(w.Got.Stdout, w.Want.Stdout), firstLines(w.Got.Stderr, 6), w.Program)
		}
	}
	return nil
}

func firstLines(s string, n int) string {
	lines := strings.SplitN(s, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

// both runs programs on both sides.
func (f *fuzzer) both(ctx context.Context, list []candidate) ([]result, error) {
	programs := make([]Program, len(list))
	for i, c := range list {
		programs[i] = c.program
	}
	b, err := f.native.Build(ctx, programs)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if len(list) > 1 && !b.Quiet(ctx) { // one of them spoils the others
		half := len(list) / 2
		left, err := f.both(ctx, list[:half])
		if err != nil {
			return nil, err
		}
		right, err := f.both(ctx, list[half:])
		return append(left, right...), err
	}
	results := make([]result, len(list))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			i := &Interpreter{Command: f.opts.Command, Limit: interpretLimit}
			defer i.Close()
			for k := range next {
				results[k] = f.one(ctx, i, b, k, list[k])
			}
		})
	}
	for k := range list {
		next <- k
	}
	close(next)
	wg.Wait()
	return results, ctx.Err()
}

// maxOutput is how much a program may print to be compared.
const maxOutput = 1 << 20

func (f *fuzzer) one(ctx context.Context, i *Interpreter, b *Batch, k int, c candidate) result {
	start := time.Now()
	want, err := b.Run(ctx, k)
	if err != nil || want.Hung || time.Since(start) > quick || len(want.Stdout) > maxOutput || fatal(want) {
		return result{verdict: unfit, err: err}
	}
	got, err := i.Run(ctx, c.admitted)
	if err != nil {
		return result{verdict: unfit, err: err}
	}
	if got.Same(want) {
		return result{verdict: same}
	}
	return f.confirm(ctx, i, c)
}

// confirm compares a program alone, some times over: in a batch it may differ
// for reasons that are not its own.
func (f *fuzzer) confirm(ctx context.Context, i *Interpreter, c candidate) result {
	b, err := f.native.BuildAlone(ctx, c.program)
	if err != nil {
		return result{verdict: unfit, err: err}
	}
	defer b.Close()
	want, err := b.Run(ctx, 0)
	if err != nil {
		return result{verdict: unfit, err: err}
	}
	for n := range tries { // goroutines take another order on another number of processors
		again, err := b.start(ctx, "0", fmt.Sprintf("GOMAXPROCS=%d", 1<<(n%4)))
		if err != nil || !again.Same(want) {
			return result{verdict: unfit, err: err}
		}
	}
	got, err := i.Run(ctx, c.admitted)
	switch {
	case err != nil:
		return result{verdict: unfit, err: err}
	case got.Same(want):
		return result{verdict: same}
	}
	return result{verdict: differs, got: got, want: want}
}

// fatal reports whether Go itself ended the program for a reason that is not a
// panic: deadlocks, exhausted stacks and the like end a worker in another way.
func fatal(o Outcome) bool {
	return strings.HasPrefix(o.Stderr, "fatal error: ") || strings.Contains(o.Stderr, "\nfatal error: ") || strings.HasPrefix(o.Stderr, "runtime: goroutine stack exceeds")
}

// parallel calls do with the numbers below n, some at a time.
func parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	turns := make(chan struct{}, runtime.NumCPU())
	for i := range n {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			do(i)
		})
	}
	wg.Wait()
}

// Check compares one program on both sides: nil where they agree, ErrRefused
// where the gate does not admit it.
func Check(ctx context.Context, native *Native, command []string, p Program) error {
	a, _, err := Judge(ctx, p)
	if err != nil {
		return err
	}
	if a == nil {
		return ErrRefused
	}
	want, err := native.Alone(ctx, p)
	if err != nil {
		return err
	}
	i := &Interpreter{Command: command, Limit: interpretLimit}
	defer i.Close()
	got, err := i.Run(ctx, a)
	if err != nil {
		return err
	}
	if !got.Same(want) {
		return fmt.Errorf("exit code %d, want %d; %s\n%s", got.Code, want.Code, Difference(got.Stdout, want.Stdout), firstLines(got.Stderr, 6))
	}
	return nil
}

// ErrRefused is what Check returns of a program that the gate does not admit.
var ErrRefused = errors.New("the gate refuses it")
