package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mortise/runtime/fault"
	"mortise/runtime/wait"
)

const (
	retryFor   = time.Minute // without a deadline of the caller's; much shorter than window
	retryPause = 100 * time.Millisecond
)

// retry calls f until it succeeds, fails for good, or time is over. An answer
// that did not come is ambiguous, so what f does must bear being done twice.
func (b *Bus) retry(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, retryFor)
	defer cancel()
	for {
		try, done := context.WithTimeout(ctx, requestWait)
		err := f(try)
		done()
		if err == nil || !transient(err) {
			return err
		}
		if !wait.For(ctx, retryPause) {
			return errors.Join(ctx.Err(), err)
		}
	}
}

// transient reports whether the same request may succeed in a moment: the answer
// did not come, or the store has no leader right now.
func transient(err error) bool {
	if errors.Is(err, nats.ErrConnectionClosed) {
		return false
	}
	if api := apiError(err); api != nil {
		return api.ErrorCode == 10008 // JetStream system temporarily unavailable
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

func apiError(err error) *jetstream.APIError {
	if e, ok := errors.AsType[jetstream.JetStreamError](err); ok {
		return e.APIError()
	}
	api, _ := errors.AsType[*jetstream.APIError](err)
	return api
}

func isNotFound(err error) bool {
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return true
	}
	api := apiError(err)
	return api != nil && (api.ErrorCode == 10037 || api.ErrorCode == 10043) // no message; deleted in between
}

// wrap says in our words what an error of the server means.
func wrap(err error, code, format string, args ...any) *fault.Error {
	kind, hint := fault.Unavailable, ""
	api := apiError(err)
	switch {
	case errors.Is(err, context.Canceled):
		kind = fault.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		kind = fault.Timeout
	case errors.Is(err, nats.ErrMaxPayload):
		kind, code = fault.Limited, "bus.too_large"
	case errors.Is(err, nats.ErrConnectionClosed):
		code, hint = "bus.closed", "the bus is being closed"
	case api != nil && (api.ErrorCode == 10023 || api.ErrorCode == 10047 || api.ErrorCode == 10077):
		kind, code, hint = fault.Limited, "bus.full", "the store of the bus is full; handle or delete messages, or check the disk"
	case api != nil && (api.ErrorCode == 10039 || api.ErrorCode == 10076):
		code, hint = "bus.disabled", "the store was shut down after an error of the disk; the log says which. Free the disk and restart"
	}
	e := fault.Wrap(kind, code, err, format, args...)
	if hint != "" {
		return e.WithHint("%s", hint)
	}
	return e
}
