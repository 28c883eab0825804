//go:build desktop && e2e && linux

package desktop

// #cgo pkg-config: webkit2gtk-4.1
// #include "automation.h"
import "C"

// automated says that tests drive the window: WebKitWebDriver starts this program
// and finds the view of automation.c.
const automated = C.mortise_automated == 1
