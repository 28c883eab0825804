package symbols

import (
	"slices"
	"testing"
)

// TestPackages proves that there is a table for each package of the two lists
// and for no other.
func TestPackages(t *testing.T) {
	want := slices.Sorted(slices.Values(slices.Concat(standard, sdk)))
	if got := Packages(); !slices.Equal(got, want) {
		t.Errorf("Packages returned %q, want %q: run go generate ./interp/symbols", got, want)
	}
}
