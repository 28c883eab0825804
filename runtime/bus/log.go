package bus

import (
	"fmt"
	"log/slog"
	"strings"
)

// natsLog writes the server's lines to ours. What it calls a notice is the
// chatter of a start; people want to see trouble only.
type natsLog struct{ log *slog.Logger }

func (l *natsLog) Noticef(format string, v ...any) {
	l.log.Debug("bus server", "line", fmt.Sprintf(format, v...))
}

func (l *natsLog) Warnf(format string, v ...any) {
	if strings.HasPrefix(format, "Maximum payloads") {
		return // of what crosses a network; ours does not
	}
	l.log.Warn("bus server", "line", fmt.Sprintf(format, v...))
}

func (l *natsLog) Fatalf(format string, v ...any) {
	l.log.Error("bus server", "line", fmt.Sprintf(format, v...))
}

func (l *natsLog) Errorf(format string, v ...any) {
	l.log.Error("bus server", "line", fmt.Sprintf(format, v...))
}

func (l *natsLog) Debugf(string, ...any) {}
func (l *natsLog) Tracef(string, ...any) {}
