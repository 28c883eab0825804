//go:build desktop && !bindings

package desktop

// describing says that this program is run to be asked what the page may call.
const describing = false
