//go:build bindings

package desktop

// describing says that this program is run by the Wails command line, to be asked
// what the page may call. It opens no window.
const describing = true
