package compiler

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"mortise/runtime/fault"
)

// build is one job on its way.
type build struct {
	t *Toolchain
	*opened
	plan *plan
	dir  string
}

// compile compiles all units, several at a time, each after those that it
// imports. The error holds what is wrong in all of them; those that import a
// broken one are left out.
func (b *build) compile(ctx context.Context) error {
	var all sync.WaitGroup
	for i, u := range b.plan.units {
		all.Go(func() {
			defer close(u.done)
			u.object, u.err = b.unit(ctx, i, u)
		})
	}
	all.Wait()
	var faults fault.List
	for _, u := range b.plan.units {
		list, ok := errors.AsType[fault.List](u.err)
		switch {
		case u.err == nil || errors.Is(u.err, errSkipped):
		case ok:
			faults = append(faults, list...)
		default:
			return u.err
		}
	}
	return faults.Err()
}

// errSkipped is that of a unit whose imports are broken.
var errSkipped = errors.New("what it imports does not compile")

// unit compiles one unit, or finds it in the cache.
func (b *build) unit(ctx context.Context, i int, u *planned) (object, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", b.known.id, u.source)
	for _, d := range u.units {
		<-d.done
		if d.err != nil {
			return object{}, errSkipped
		}
		fmt.Fprintf(h, "%s %s\n", d.symbol, d.object.export)
	}
	key := hex.EncodeToString(h.Sum(nil))
	if o, ok := b.cache.object(key); ok {
		return o, nil
	}
	free, err := b.t.slot(ctx)
	if err != nil {
		return object{}, failed(ctx, err, doing(u), b.t.limits)
	}
	defer free()
	dir := filepath.Join(b.dir, fmt.Sprintf("u%d", i))
	args, err := b.prepare(dir, u)
	if err != nil {
		return object{}, b.store.trouble(err, "write the source to compile")
	}
	start := time.Now()
	out, err := tool{path: b.tool("compile"), args: args, dir: dir, memory: b.t.limits.Memory}.run(ctx)
	if err != nil {
		return object{}, failed(ctx, err, doing(u), b.t.limits)
	}
	if out.code != 0 {
		return object{}, diagnose(u, out, dir)
	}
	o, err := b.cache.addObject(key, filepath.Join(dir, objectName))
	if err != nil {
		return object{}, b.store.trouble(err, "keep a compiled package")
	}
	b.t.spent.Add(int64(out.cpu))
	b.t.log.Debug("compiled", "package", u.Path, "took", time.Since(start))
	return o, nil
}

func doing(u *planned) string { return fmt.Sprintf("compile the package %q", u.Path) }

// Names in the folder of a unit that no file of a user's can have.
const (
	objectName = "=object"
	configName = "=imports"
)

// prepare writes the files of a unit into a folder and returns the arguments of
// the compiler.
func (b *build) prepare(dir string, u *planned) ([]string, error) {
	config := new(bytes.Buffer)
	for _, d := range u.units {
		if d.symbol != d.Path {
			fmt.Fprintf(config, "importmap %s=%s\n", d.Path, d.symbol)
		}
		fmt.Fprintf(config, "packagefile %s=%s\n", d.symbol, d.object.path)
	}
	for _, p := range u.packed {
		fmt.Fprintf(config, "packagefile %s=%s\n", p, b.known.packages[p].path)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, configName), config.Bytes(), 0o600); err != nil {
		return nil, err
	}
	args := []string{
		"-o", objectName, "-p", u.symbol, "-lang=" + u.lang, "-complete", "-pack", "-nolocalimports", "-e",
		"-trimpath", dir + "=>", "-importcfg", configName, fmt.Sprintf("-c=%d", concurrency(u)),
	}
	args = append(args, b.parts[0].manifest.CompileFlags...)
	made := ""
	for _, f := range u.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if in := filepath.Dir(path); in != made {
			if err := os.MkdirAll(in, 0o700); err != nil {
				return nil, err
			}
			made = in
		}
		if err := os.WriteFile(path, f.Source, 0o600); err != nil {
			return nil, err
		}
		args = append(args, "./"+f.Name)
	}
	return args, nil
}

// concurrency is how many threads compile the functions of a unit: small ones
// gain nothing by several.
func concurrency(u *planned) int {
	size := 0
	for _, f := range u.Files {
		size += len(f.Source)
	}
	if size < 16<<10 {
		return 1
	}
	return min(4, runtime.GOMAXPROCS(0))
}

// tool is the path of compiler or linker.
func (b *build) tool(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return b.parts[0].path(name)
}

// link makes the program.
func (b *build) link(ctx context.Context) (Binary, error) {
	main := b.plan.units[len(b.plan.units)-1]
	free, err := b.t.slot(ctx)
	if err != nil {
		return Binary{}, failed(ctx, err, "link "+b.plan.name, b.t.limits)
	}
	defer free()
	const out = "=program"
	if err := os.WriteFile(filepath.Join(b.dir, configName), b.linkConfig(), 0o600); err != nil {
		return Binary{}, b.store.trouble(err, "write what to link")
	}
	args := append([]string{"-o", out, "-importcfg", configName}, b.parts[0].manifest.LinkFlags...)
	if b.plan.debug != "" {
		args = append(args, "-X=runtime.godebugDefault="+b.plan.debug)
	}
	args = append(args, main.object.path)
	start := time.Now()
	result, err := tool{path: b.tool("link"), args: args, dir: b.dir, memory: b.t.limits.Memory}.run(ctx)
	if err != nil {
		return Binary{}, failed(ctx, err, "link "+b.plan.name, b.t.limits)
	}
	if result.code != 0 {
		return Binary{}, diagnoseLink(b.plan, result, b.dir)
	}
	p, err := b.cache.addProgram(b.plan.hash, filepath.Join(b.dir, out))
	if err != nil {
		return Binary{}, b.store.trouble(err, "keep a program")
	}
	b.t.spent.Add(int64(result.cpu))
	b.t.log.Debug("linked", "program", b.plan.name, "took", time.Since(start))
	b.cache.trim()
	return p, nil
}

// linkConfig names the archives of all packages that the program consists of,
// and no others: the linker would read them.
func (b *build) linkConfig() []byte {
	config := new(bytes.Buffer)
	need := map[string]bool{}
	queue := []string{"runtime"}
	for _, u := range b.plan.units {
		fmt.Fprintf(config, "packagefile %s=%s\n", u.symbol, u.object.path)
		queue = append(queue, u.packed...)
	}
	for len(queue) > 0 {
		path := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if need[path] {
			continue
		}
		need[path] = true
		queue = append(queue, b.known.packages[path].Imports...)
	}
	var lines []string
	for path := range need {
		lines = append(lines, fmt.Sprintf("packagefile %s=%s\n", path, b.known.packages[path].path))
	}
	slices.Sort(lines)
	for _, l := range lines {
		config.WriteString(l)
	}
	config.WriteString(buildInfo(b.plan.units[len(b.plan.units)-1], b.parts[0].manifest.LinkFlags))
	return config.Bytes()
}
