// Command bundle makes the Studio's page out of frontend/, with esbuild:
//
//	go run ./build/bundle            frontend/dist, which main.go embeds
//	go run ./build/bundle -watch     bin/page, made again at each change, until it is interrupted
//	go run ./build/bundle -test      run the frontend's unit tests with node
//	go run ./build/bundle -install   install what package-lock.json names, nothing else
//
// The entry is src/main.tsx. It becomes main.js and main.css, to which
// frontend/index.html refers; what it imports lazily goes to chunks/, fonts and
// pictures to assets/. Source maps go to bin/maps and stay out of the binary.
// What npm installs is installed again whenever the lock file says something else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	b := bundler{root: "frontend", bin: "bin", icon: filepath.Join("build", "package", "appicon.png")}
	flag.BoolVar(&b.watch, "watch", false, "make a page for development in bin/page, again at each change")
	test := flag.Bool("test", false, "run the unit tests")
	install := flag.Bool("install", false, "install packages only")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := b.run(ctx, *install, *test)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bundle the page:", err)
		os.Exit(1)
	}
}

// bundler makes the page of one checkout.
type bundler struct {
	root  string // the folder of the frontend
	bin   string // where what git ignores goes
	icon  string // a PNG, which becomes icon.png; "" is none
	watch bool
}

func (b *bundler) run(ctx context.Context, install, test bool) error {
	if _, err := os.Stat(filepath.Join(b.root, "package.json")); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no %s here: run it at the top of the checkout", filepath.Join(b.root, "package.json"))
	}
	if err := b.install(ctx); err != nil {
		return err
	}
	switch {
	case install:
		return nil
	case test:
		return b.test(ctx)
	case b.watch:
		return b.follow(ctx)
	default:
		return b.build()
	}
}
