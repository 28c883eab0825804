package interp

import (
	"slices"
	"testing"

	"mortise/interp/gate"
	"mortise/interp/symbols"
)

// TestLibrary holds that whatever the gate lets services import is there when
// they run.
func TestLibrary(t *testing.T) {
	for _, path := range gate.Library() {
		if !symbols.Has(path) && !slices.Contains(gate.Written(), path) {
			t.Errorf("the gate admits package %q, of which there are no symbols: add it to interp/symbols", path)
		}
	}
}
