package host

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestOwnTemp tries what may stand where this user's cache goes without a home.
func TestOwnTemp(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("each user has a folder for temporary files")
	}
	name := "mortise" + userSuffix()
	for _, tt := range []struct {
		what string
		make func(t *testing.T, dir string) error // what stands there already
		ours bool
	}{
		{"nothing", func(*testing.T, string) error { return nil }, true},
		{"our folder", func(_ *testing.T, dir string) error { return os.Mkdir(dir, 0o700) }, true},
		{"a folder for all", func(_ *testing.T, dir string) error {
			if err := os.Mkdir(dir, 0o700); err != nil {
				return err
			}
			return os.Chmod(dir, 0o777)
		}, false},
		{"a file", func(_ *testing.T, dir string) error { return os.WriteFile(dir, nil, 0o600) }, false},
		{"a link", func(t *testing.T, dir string) error { return os.Symlink(t.TempDir(), dir) }, false},
		{"a folder of another user", func(t *testing.T, dir string) error {
			if os.Geteuid() != 0 {
				t.Skip("only root can make one")
			}
			if err := os.Mkdir(dir, 0o700); err != nil {
				return err
			}
			return os.Lchown(dir, 12345, -1)
		}, false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			temp := t.TempDir()
			dir := filepath.Join(temp, name)
			if err := tt.make(t, dir); err != nil {
				t.Fatal(err)
			}
			want := map[bool]string{true: dir}[tt.ours]
			if got := ownTemp(temp); got != want {
				t.Fatalf("ownTemp = %q, want %q", got, want)
			}
			if !tt.ours {
				return
			}
			if info, err := os.Lstat(dir); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder is %v, %v, want one with the mode 0700", info, err)
			}
		})
	}
	if got := ownTemp("here"); got != "" {
		t.Errorf("ownTemp of a relative folder = %q, want none", got)
	}
}

func TestCacheDir(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	for cache, want := range map[string]string{
		filepath.Join(dir, "c"): filepath.Join(dir, "c", "mortise"),
		"":                      filepath.Join(dir, "mortise"+userSuffix()),
		".cache":                filepath.Join(dir, "mortise"+userSuffix()),
	} {
		m := Machine{CacheDir: cache, ConfigDir: ".config", Dir: dir}
		if got := m.Cache(); got != want {
			t.Errorf("Cache with %q = %q, want %q", cache, got, want)
		}
	}
}
