package worker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
)

// Sizes of what is kept of a worker's standard error.
const (
	crashHead  = 256 << 10 // from the line at which a crash began
	outputLine = 8 << 10   // of one line in the log; the rest of it is cut off
)

// output reads a worker's standard error: lines go to the log, and from the line
// at which a crash begins they are kept instead.
type output struct {
	log   *slog.Logger
	crash []byte // of the reading goroutine until it has ended
}

// crashes are how the lines begin with which Go reports the end of a program.
var crashes = []string{"panic: ", "fatal error: ", "runtime: ", "SIGQUIT: ", "SIGSEGV: ", "unexpected fault address ", "[signal "}

// read reads until the pipe ends.
func (o *output) read(ctx context.Context, r io.Reader) {
	in := bufio.NewReaderSize(r, outputLine)
	whole := true // the last piece ended its line
	for {
		piece, err := in.ReadSlice('\n')
		if len(piece) > 0 {
			o.take(ctx, piece, whole)
			whole = piece[len(piece)-1] == '\n'
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

func (o *output) take(ctx context.Context, piece []byte, begins bool) {
	if len(o.crash) > 0 || begins && beginsCrash(piece) {
		o.crash = append(o.crash, piece[:min(len(piece), crashHead-len(o.crash))]...)
		return
	}
	if !begins {
		return
	}
	if text := strings.ToValidUTF8(string(bytes.TrimRight(piece, "\r\n")), "�"); text != "" {
		o.log.InfoContext(ctx, "output of a service", "line", text)
	}
}

func beginsCrash(line []byte) bool {
	for _, c := range crashes {
		if bytes.HasPrefix(line, []byte(c)) {
			return true
		}
	}
	return false
}
