package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestUnit holds that the page's unit gives the server a cache that it may write.
func TestUnit(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^CacheDirectory=(\S+)$`).FindSubmatch(page)
	if m == nil || !strings.Contains(string(page), "\nEnvironment=XDG_CACHE_HOME=/var/cache/"+string(m[1])+"\n") {
		t.Errorf("the unit for systemd has the CacheDirectory %q, want one that XDG_CACHE_HOME names", m)
	}
}
