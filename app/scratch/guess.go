package scratch

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
)

// maxGuess bounds what an interpreted program may print before the compiled one
// is ready.
const maxGuess = 4 << 20

// guessMemory bounds the memory of an interpreted program, where that can be
// done: it might be thrown away.
const guessMemory = 512 << 20

// guess lets the interpreter run the program while the compiler works. What it
// printed comes once the program has ended well; the channel is closed without
// it where the program must wait for the compiler. It goes on until ctx ends at
// the latest, in a goroutine of end.
func (r *run) guess(ctx context.Context, end *sync.WaitGroup) <-chan []byte {
	printed := make(chan []byte, 1)
	end.Go(func() {
		defer close(printed)
		if !r.exact() {
			return
		}
		s, _, err := r.admit(ctx)
		if err != nil || s == nil || ctx.Err() != nil {
			return
		}
		s.Memory = guessMemory
		in, err := json.Marshal(s)
		if err != nil {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stdout, stderr := &bounded{cancel: cancel, room: maxGuess}, &bounded{cancel: cancel}
		code, err := r.opts.child(ctx, process{
			argv: r.opts.Worker, env: quiet, hidden: true, stdin: bytes.NewReader(in), stdout: stdout, stderr: stderr,
		})
		if err == nil && code == 0 && !stdout.full && !stderr.full && ctx.Err() == nil {
			printed <- stdout.text.Bytes()
		}
	})
	return printed
}

// bounded keeps what is written to it, and gives up where that is too much.
type bounded struct {
	cancel context.CancelFunc
	room   int
	text   bytes.Buffer
	full   bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.text.Len()+len(p) > b.room {
		b.full = true
		b.cancel()
		return len(p), nil
	}
	return b.text.Write(p)
}
