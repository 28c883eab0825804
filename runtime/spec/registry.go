package spec

import (
	"fmt"
	"maps"
	"slices"
)

// Registry holds the types of one kind of object, such as those of connections,
// by their names. It is filled in init and only read afterwards.
type Registry[T any] struct {
	kind  string
	types map[string]T
}

// NewRegistry returns an empty registry; kind is for messages: "channel".
func NewRegistry[T any](kind string) *Registry[T] {
	return &Registry[T]{kind: kind, types: map[string]T{}}
}

// Register adds a type. It is called in init; one that is incomplete, or whose
// name is taken, is a panic.
func (r *Registry[T]) Register(name string, complete bool, t T) {
	if _, taken := r.types[name]; taken || name == "" || !complete {
		panic(fmt.Sprintf("%s: type %q is incomplete or registered twice", r.kind, name))
	}
	r.types[name] = t
}

// Lookup returns the type called name.
func (r *Registry[T]) Lookup(name string) (T, bool) {
	t, ok := r.types[name]
	return t, ok
}

// Types returns all types, sorted by name.
func (r *Registry[T]) Types() []T {
	out := make([]T, 0, len(r.types))
	for _, name := range slices.Sorted(maps.Keys(r.types)) {
		out = append(out, r.types[name])
	}
	return out
}
