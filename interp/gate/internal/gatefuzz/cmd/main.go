// Command cmd looks for programs that the gate admits and the interpreter
// answers wrongly. "go run ./build/dev gatefuzz" runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"mortise/interp/gate/internal/gatefuzz"
)

func main() {
	log.SetFlags(0)
	serve := flag.String("serve", "", "run the programs that come in on standard input; what they print goes to this file too")
	opts := gatefuzz.Options{Log: os.Stdout, Reduce: true}
	flag.DurationVar(&opts.Time, "time", 10*time.Minute, "how long to look")
	flag.Uint64Var(&opts.Seed, "seed", uint64(time.Now().Unix())*1_000_000, "seed of the first program")
	flag.IntVar(&opts.Programs, "programs", 0, "judge about this many programs; 0 is no limit")
	flag.IntVar(&opts.Batch, "batch", 60, "how many programs are compiled together")
	flag.BoolVar(&opts.Reduce, "reduce", true, "make wrong programs shorter")
	corpus := flag.String("corpus", "interp/gate/testdata/*.txtar", "archives of programs that are changed by chance; empty for none")
	show := flag.Bool("show", false, "write the program of the seed and end; with -run, what the gate makes of the program in the file")
	file := flag.String("run", "", "compare the program in this file alone")
	keep := flag.String("keep", "", "a folder for the wrong programs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) //nolint:forbidigo // a main of its own
	err := run(ctx, opts, *serve, *corpus, *keep, *file, *show)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, opts gatefuzz.Options, serve, corpus, keep, file string, show bool) error {
	if serve != "" {
		return gatefuzz.Serve(os.Stdin, os.Stdout, serve)
	}
	var err error
	if corpus != "" {
		if opts.Corpus, err = gatefuzz.Corpus(corpus); err != nil {
			return err
		}
	}
	if show && file != "" {
		return rewritten(ctx, file)
	}
	if show {
		src, _ := gatefuzz.Make(opts.Seed, opts.Corpus)
		_, err := os.Stdout.Write(src)
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	opts.Command = []string{self, "-serve"}
	if file != "" {
		return compare(ctx, opts.Command, file)
	}
	fmt.Fprintf(opts.Log, "seed %d\n", opts.Seed)
	report, err := gatefuzz.Run(ctx, opts)
	if err != nil {
		return err
	}
	for _, w := range report.Wrong {
		if keep != "" {
			if err := os.WriteFile(filepath.Join(keep, fmt.Sprintf("seed%d.go", w.Seed)), w.Program, 0o600); err != nil {
				return err
			}
		}
	}
	io.WriteString(opts.Log, report.Wishes()) //nolint:errcheck // for people
	fmt.Fprintf(opts.Log, "%s\n", report)
	if len(report.Wrong) > 0 {
		return errors.New("the interpreter answers wrongly")
	}
	return nil
}

// rewritten writes what the gate makes of one program.
func rewritten(ctx context.Context, file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	a, refusals, err := gatefuzz.Judge(ctx, gatefuzz.Program{Name: filepath.Base(file), Source: src})
	if err != nil {
		return err
	}
	if a == nil {
		return refusals.Err()
	}
	_, err = os.Stdout.Write(a.Source)
	return err
}

// compare runs one program on both sides.
func compare(ctx context.Context, command []string, file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	native, err := gatefuzz.NewNative(ctx, 10*time.Second)
	if err != nil {
		return err
	}
	return gatefuzz.Check(ctx, native, command, gatefuzz.Program{Name: filepath.Base(file), Source: src})
}
