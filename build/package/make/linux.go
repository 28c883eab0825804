package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5" //nolint:gosec // the format asks for it; it guards against broken disks, not people
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// forLinux makes the .deb and the archive, which hold the same files.
func (m *maker) forLinux(ctx context.Context) error {
	tree := filepath.Join(m.work, "linux", "tree")
	if err := m.linuxTree(ctx, tree); err != nil {
		return err
	}
	if err := m.archive(tree); err != nil {
		return err
	}
	return m.deb(ctx, tree)
}

// linuxTree puts in place what goes below /usr.
func (m *maker) linuxTree(ctx context.Context, tree string) error {
	if err := copyFile(filepath.Join(tree, "bin", "mortise"), m.linux, 0o755); err != nil {
		return err
	}
	share := filepath.Join(tree, "share")
	fill := strings.NewReplacer("@VERSION@", m.version.shown, "@DATE@", m.version.date.Format("2006-01-02"))
	for from, to := range map[string]string{
		"mortise.desktop":      "applications/mortise.desktop",
		"mortise.metainfo.xml": "metainfo/mortise.metainfo.xml",
		"mortise.1":            "man/man1/mortise.1.gz",
	} {
		data, err := os.ReadFile(filepath.Join(m.root, "build", "package", "linux", from))
		if err != nil {
			return err
		}
		data = []byte(fill.Replace(string(data)))
		if filepath.Ext(to) == ".gz" {
			data = zipped(data)
		}
		if err := write(filepath.Join(share, filepath.FromSlash(to)), data, 0o644); err != nil {
			return err
		}
	}
	if err := m.themed(share); err != nil {
		return err
	}
	docs := filepath.Join(share, "doc", "mortise")
	if err := copyFile(filepath.Join(docs, "copyright"), filepath.Join(m.root, "LICENSE"), 0o644); err != nil {
		return err
	}
	others, err := m.others(ctx, m.linux)
	if err != nil {
		return err
	}
	return write(filepath.Join(docs, "licenses-of-others.gz"), zipped(others), 0o644)
}

// zipped compresses without the time or a name, so that the same text gives the
// same bytes.
func zipped(data []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = w.Write(data) // a buffer takes all
	_ = w.Close()
	return out.Bytes()
}

// archive makes the .tar.gz: one folder, whose content fits below ~/.local as well
// as below /usr/local.
func (m *maker) archive(tree string) error {
	folder := fmt.Sprintf("mortise-%s-linux-%s", m.version.shown, arch())
	path := m.named("%s.tar.gz", folder)
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it is closed already where all went well
	zip, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	out := tar.NewWriter(zip)
	err = filepath.WalkDir(tree, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(tree, name)
		if err != nil {
			return err
		}
		head := &tar.Header{
			Name: filepath.ToSlash(filepath.Join(folder, rel)), Mode: 0o755, ModTime: m.version.date, Uname: "root", Gname: "root", Format: tar.FormatPAX,
		}
		if d.IsDir() {
			head.Typeflag, head.Name = tar.TypeDir, head.Name+"/"
			return out.WriteHeader(head)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		head.Typeflag, head.Mode, head.Size = tar.TypeReg, int64(info.Mode().Perm()), int64(len(data))
		if err := out.WriteHeader(head); err != nil {
			return err
		}
		_, err = out.Write(data)
		return err
	})
	err = errors.Join(err, out.Close(), zip.Close(), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return made(path)
}

// control is Debian's description of the package; deb-control(5).
const control = `Package: mortise
Version: %s
Architecture: %s
Maintainer: The Mortise developers <mortise@localhost>
Installed-Size: %d
Depends: libc6 (>= %s), libgtk-3-0 | libgtk-3-0t64, libwebkit2gtk-4.1-0
Recommends: git, xdg-utils
Section: devel
Priority: optional
Description: integration studio with a local runtime
 Mortise runs integration projects: services written in Go, with the ways in,
 the ways out, security and jobs. What is saved is live.
 .
 This package holds the Studio, in a window and in a browser, the command line,
 the runtime and the compiler. Nothing else has to be installed.
`

// deb makes the package of Debian and its like.
func (m *maker) deb(ctx context.Context, tree string) error {
	dir := filepath.Join(m.work, "linux", "deb")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := os.Rename(tree, filepath.Join(dir, "usr")); err != nil {
		return err
	}
	libc, err := needsLibc(m.linux)
	if err != nil {
		return err
	}
	sums, size, err := sums(dir)
	if err != nil {
		return err
	}
	text := fmt.Sprintf(control, m.version.debian, arch(), size/1024+1, libc)
	if err := write(filepath.Join(dir, "DEBIAN", "control"), []byte(text), 0o644); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "DEBIAN", "md5sums"), sums, 0o644); err != nil {
		return err
	}
	path := m.named("mortise_%s_%s.deb", m.version.debian, arch())
	if err := tool(ctx, "dpkg-deb", "--root-owner-group", "-Zxz", "-z9", "--build", dir, path+".new"); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return made(path)
}

// sums returns the MD5 sums of what is below usr, and its size in bytes.
func sums(dir string) (list []byte, size int64, err error) {
	err = filepath.WalkDir(filepath.Join(dir, "usr"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		size += int64(len(data))
		list = fmt.Appendf(list, "%x  %s\n", md5.Sum(data), filepath.ToSlash(rel)) //nolint:gosec // as above
		return nil
	})
	return list, size, err
}

// glibc is how a symbol names the version of the C library that it came with.
var glibc = regexp.MustCompile(`^GLIBC_(\d+)\.(\d+)$`)

// needsLibc returns the version of the C library that a binary needs at least.
func needsLibc(binary string) (string, error) {
	f, err := elf.Open(binary)
	if err != nil {
		return "", err
	}
	defer f.Close()
	symbols, err := f.ImportedSymbols()
	if err != nil {
		return "", fmt.Errorf("read the symbols of %s: %w", binary, err)
	}
	least := []int{2, 17} // the oldest that any system with WebKit 4.1 has is newer
	for _, s := range symbols {
		if v := glibc.FindStringSubmatch(s.Version); v != nil {
			major, _ := strconv.Atoi(v[1]) // they are digits
			minor, _ := strconv.Atoi(v[2])
			if found := []int{major, minor}; slices.Compare(found, least) > 0 {
				least = found
			}
		}
	}
	return fmt.Sprintf("%d.%d", least[0], least[1]), nil
}
