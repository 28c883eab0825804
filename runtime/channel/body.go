package channel

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"mortise/runtime/fault"
)

// trusted is how many bytes of memory a caller gets for the promise to send as
// many.
const trusted = 64 << 10

// ReadBody reads the body of a request within a limit in bytes; nil where there
// is none. A server gives the whole request a time to come in, and would cancel
// it when that is over even while the service runs: from here on the request has
// come in, and takes as long as it takes. The bytes are never used again for
// another request, so the service may keep them.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := readBody(r, limit)
	if err == nil {
		// Without success the deadline stays, since net/http reads what is left.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // a writer without deadlines has no need
	}
	return body, err
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	size := r.ContentLength
	switch {
	case size == 0 || r.Body == nil || r.Body == http.NoBody:
		return nil, nil
	case size > limit:
		return nil, TooLarge(limit)
	case size > 0 && size <= trusted:
		body := make([]byte, size)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, incomplete(err)
		}
		return body, nil
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(r.Body, limit+1)); err != nil {
		return nil, incomplete(err)
	}
	if int64(b.Len()) > limit {
		return nil, TooLarge(limit)
	}
	return b.Bytes(), nil
}

func incomplete(err error) error {
	return fault.Wrap(fault.Invalid, "request.incomplete", err, "the body of the request did not come in whole")
}
