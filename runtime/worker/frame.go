package worker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// version of the protocol: host and worker must speak the same.
const version = 1

// The kinds of frame. Those that carry a call's id are marked with its sender.
const (
	frameSetup  byte = iota + 1 // host: version and limits, the first frame
	frameHello                  // worker: version, pid and program, its first frame
	frameLoad                   // host: a bundle
	frameReady                  // worker: the bundle is loaded
	frameFailed                 // worker: the bundle cannot be loaded, and why
	frameCall                   // host: run a service
	frameResult                 // worker: what it returned; the call is over
	frameOp                     // worker: carry an operation out
	frameReply                  // host: what came of it
	frameLog                    // worker: one line of a call's log
	frameCancel                 // host: the call must stop
	frameData                   // both: the next part of a message
	frameCredit                 // both: more parts of a message may come
	frameEnd                    // both: the rest of a message will not come
	frameStacks                 // host: send the stacks of all goroutines
	frameTrace                  // worker: here they are
	frameDrain                  // host: no new calls come but those of running ones
	frameBye                    // host: end
	framePing                   // host: are you there
	framePong                   // worker: yes
	frameLast   = framePong
)

// A frame is a header of 20 bytes, little endian, and a payload:
//
//	0  kind       1  flags      2  zero, two bytes
//	4  length of the payload, u32
//	8  operation within the call, u32; 0 is the call itself
//	12 call, u64; 0 is the worker itself
const (
	headerSize = 20
	maxPayload = 64 << 10
)

// flagMore marks the first frame of a message that is longer than a frame: its
// payload begins with the length of the whole message, and the rest follows in
// data frames of the same call and operation.
const flagMore byte = 1

// Sizes of messages longer than a frame.
const (
	lengthSize = 8                       // the length in front of such a message
	window     = 4 * maxPayload          // bytes of data that may be under way without credit
	maxMeta    = 4 << 20                 // bytes of a message beside its body: names, arguments, headers
	maxBundle  = 512 << 20               // bytes of a bundle
	firstAlloc = 4 << 20                 // bytes set aside for a message before its data has come
	maxLine    = maxPayload - headerSize // bytes of one line of a log
)

type header struct {
	kind  byte
	flags byte
	size  uint32
	op    uint32
	call  uint64
}

// appendHeader appends a header.
func appendHeader(b []byte, h header) []byte {
	b = append(b, h.kind, h.flags, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, h.size)
	b = binary.LittleEndian.AppendUint32(b, h.op)
	return binary.LittleEndian.AppendUint64(b, h.call)
}

// protocolError is a frame that must not have come. It ends the worker.
type protocolError string

func (e protocolError) Error() string { return "broken protocol: " + string(e) }

func breach(format string, args ...any) error { return protocolError(fmt.Sprintf(format, args...)) }

// parseHeader reads a header and checks what can be checked without knowing the
// state of the two sides.
func parseHeader(b []byte) (header, error) {
	h := header{
		kind: b[0], flags: b[1],
		size: binary.LittleEndian.Uint32(b[4:]),
		op:   binary.LittleEndian.Uint32(b[8:]),
		call: binary.LittleEndian.Uint64(b[12:]),
	}
	switch {
	case h.kind == 0 || h.kind > frameLast:
		return h, breach("unknown kind of frame %d", h.kind)
	case h.flags&^flagMore != 0 || b[2] != 0 || b[3] != 0:
		return h, breach("unknown flags of a frame of kind %d", h.kind)
	case h.size > maxPayload:
		return h, breach("a frame of %d bytes where %d are allowed", h.size, maxPayload)
	case h.flags&flagMore != 0 && h.size < lengthSize:
		return h, breach("a long message without its length")
	}
	return h, nil
}

// frameReader reads frames through one buffer.
type frameReader struct {
	r          io.Reader
	buf        []byte
	start, end int
}

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{r: r, buf: make([]byte, 2*(headerSize+maxPayload))}
}

// buffered returns how many bytes have been read and not been taken.
func (f *frameReader) buffered() int { return f.end - f.start }

// next returns the next frame. The payload is valid until the next call. The
// error is io.EOF only between two frames.
func (f *frameReader) next() (header, []byte, error) {
	if err := f.fill(headerSize); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) && f.start == f.end {
			err = io.EOF
		}
		return header{}, nil, err
	}
	h, err := parseHeader(f.buf[f.start:])
	if err != nil {
		return h, nil, err
	}
	whole := headerSize + int(h.size)
	if err := f.fill(whole); err != nil {
		return h, nil, err
	}
	payload := f.buf[f.start+headerSize : f.start+whole : f.start+whole]
	f.start += whole
	return h, payload, nil
}

// greeting goes before the worker's first frame. What comes before it was printed
// by the program while it was initialized, before Stdio took the pipe away.
const greeting = "\x00mortise worker\x00"

// skipTo reads to the end of the mark and returns what came before it, at most
// keep bytes of it. An error is that of the reader.
func (f *frameReader) skipTo(mark string, keep int) ([]byte, error) {
	var skipped []byte
	for {
		if err := f.fill(f.end - f.start + 1); err != nil {
			return append(skipped, f.buf[f.start:f.end]...), err
		}
		have := f.buf[f.start:f.end]
		n := bytes.Index(have, []byte(mark))
		found := n >= 0
		if !found {
			n = max(len(have)-len(mark), 0)
		}
		skipped = append(skipped, have[:min(n, keep-len(skipped))]...)
		f.start += n
		if found {
			f.start += len(mark)
			return skipped, nil
		}
	}
}

// fill reads until n bytes are there.
func (f *frameReader) fill(n int) error {
	if f.end-f.start >= n {
		return nil
	}
	if f.start+n > len(f.buf) || f.start == f.end {
		f.end = copy(f.buf, f.buf[f.start:f.end])
		f.start = 0
	}
	for f.end-f.start < n {
		read, err := f.r.Read(f.buf[f.end:])
		f.end += read
		if f.end-f.start >= n {
			return nil
		}
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}
