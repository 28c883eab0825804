//go:build desktop || bindings

package desktop

import (
	"log/slog"
)

// quiet passes what Wails says on to our log.
type quiet struct{ log *slog.Logger }

func (q quiet) Print(message string)   { q.log.Debug("window", "message", message) }
func (q quiet) Trace(message string)   { q.log.Debug("window", "message", message) }
func (q quiet) Debug(message string)   { q.log.Debug("window", "message", message) }
func (q quiet) Info(message string)    { q.log.Debug("window", "message", message) }
func (q quiet) Warning(message string) { q.log.Warn("window", "message", message) }
func (q quiet) Error(message string)   { q.log.Error("window", "message", message) }
func (q quiet) Fatal(message string)   { q.log.Error("window", "message", message) }
