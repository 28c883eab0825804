//go:build !desktop && !bindings

package desktop

import "context"

// Available reports whether this build can open a window here.
func Available(func(name string) (string, bool)) bool { return false }

// Run says that this build has no window.
func Run(context.Context, Options) error {
	return noWindow("desktop.none", "this mortise was built without a window")
}
