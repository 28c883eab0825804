//go:build (desktop || bindings) && !(desktop && e2e && linux)

package desktop

// automated says that tests drive the window.
const automated = false
