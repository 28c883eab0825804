//go:build !unix

package gatefuzz

// noteSlot returns memory for the position.
func noteSlot() (*uint32, error) { return new(uint32), nil }
