package gate_test

import (
	"flag"
	"os"
	"testing"

	"mortise/interp/gate/internal/gatefuzz"
)

var (
	fuzzPrograms = flag.Int("fuzz.programs", 60, "how many programs made by chance are run")
	fuzzSeed     = flag.Uint64("fuzz.seed", 1, "the seed of the first of them")
)

// TestFuzz runs some programs that the grammar makes by chance and some changed
// ones of the corpus, always the same. "go run ./build/dev gatefuzz" runs more.
func TestFuzz(t *testing.T) {
	corpus, err := gatefuzz.Corpus("testdata/services.txtar")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gatefuzz.Run(t.Context(), gatefuzz.Options{
		Seed: *fuzzSeed, Programs: *fuzzPrograms, Batch: 20, Corpus: gatefuzz.Sequential(corpus), Command: []string{os.Args[0], "interpret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if r.Admitted == 0 {
		t.Errorf("no program of %d was admitted", r.Judged)
	}
	for _, w := range r.Wrong {
		t.Errorf("seed %d: admitted, exit code %d, want %d; %s\n%s\n%s", w.Seed, w.Got.Code, w.Want.Code, gatefuzz.Difference(w.Got.Stdout, w.Want.Stdout), w.Got.Stderr, w.Program)
	}
}
