package lsp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"

	"mortise/runtime/fault"
)

// maxMessage bounds a message of an editor.
const maxMessage = 8 << 20

// ReadMessage reads one message with its header, as editors write it to a server's
// standard input. It returns io.EOF where there is no other one.
func ReadMessage(r *bufio.Reader) ([]byte, error) {
	header, err := textproto.NewReader(r).ReadMIMEHeader()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "lsp.header", err, "read the header of a message")
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil || n < 0 {
		return nil, fault.New(fault.Invalid, "lsp.header", "a message came without its Content-Length")
	}
	if n > maxMessage {
		return nil, fault.New(fault.Limited, "lsp.size", "a message of %d bytes came: the most is %d", n, maxMessage)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fault.Wrap(fault.Invalid, "lsp.message", err, "read a message")
	}
	return b, nil
}

// WriteMessage writes one message with its header.
func WriteMessage(w io.Writer, b []byte) error {
	_, err := w.Write(append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(b)), b...))
	return err
}
