// Package framing reads and writes the base protocol that DAP and LSP share: header lines,
// an empty line, a JSON body (LSP 3.18, "Base Protocol"; DAP's overview).
// Reading is strict, because whoever connects to a listening server may be a web page.
//
// Used by dap/wire and lsp. It starts no goroutine.
package framing

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxHeader is the longest header line that is read, in bytes.
const maxHeader = 256

// Error says that a byte stream is not the protocol's; where one message ends
// and the next begins is then lost, so the connection has to be closed.
type Error struct {
	reason string
	ended  bool // the stream ended inside a message
}

func (e *Error) Error() string { return e.reason }

// ErrBroken is wrapped by every *Error.
var ErrBroken = errors.New("a broken stream of messages")

// Unwrap adds io.ErrUnexpectedEOF where the stream ended inside a message.
func (e *Error) Unwrap() []error {
	if e.ended {
		return []error{ErrBroken, io.ErrUnexpectedEOF}
	}
	return []error{ErrBroken}
}

func bad(format string, args ...any) error {
	return &Error{reason: fmt.Sprintf(format, args...)}
}

// Read reads one message and returns its body, which may have limit bytes; it
// lies in buf where it fits there. Only Content-Length and Content-Type may be
// headers, in any case, each once. Anything else is refused at its first wrong
// byte, which keeps browsers and other HTTP clients out, and before a body is
// allocated. The error between two messages is the stream's own, io.EOF at its end;
// else it is an *Error.
func Read(r *bufio.Reader, buf []byte, limit int) ([]byte, error) {
	length, err := readHeaders(r, limit)
	if err != nil {
		return nil, err
	}
	body := buf[:0]
	if length > cap(body) {
		body = make([]byte, length)
	}
	body = body[:length]
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, &Error{fmt.Sprintf("the connection ended inside a message of %d bytes", length), true}
	}
	return body, nil
}

// Write writes one message. It takes two calls of w.Write: give it a bufio.Writer, and
// flush when nothing follows.
func Write(w io.Writer, body []byte) error {
	if _, err := fmt.Fprintf(w, "Content-Length: %d\r\n\r\n", len(body)); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}

func readHeaders(r *bufio.Reader, limit int) (length int, err error) {
	length = -1
	typed := false
	for first := true; ; first = false {
		name, value, err := readHeader(r, first)
		switch {
		case err != nil:
			return 0, err
		case name == "" && length < 0:
			return 0, bad("a message without Content-Length")
		case name == "":
			return length, nil
		case name == "content-length" && length >= 0, name == "content-type" && typed:
			return 0, bad("a message with two %s headers", name)
		case name == "content-type":
			typed = true
		default:
			if length, err = parseLength(value, limit); err != nil {
				return 0, err
			}
		}
	}
}

func parseLength(value string, limit int) (int, error) {
	for _, c := range []byte(value) {
		if c < '0' || c > '9' {
			return 0, bad("Content-Length is %q, not a number", value)
		}
	}
	n, err := strconv.ParseUint(value, 10, 63)
	switch {
	case value == "":
		return 0, bad("Content-Length is empty")
	case err != nil || n > uint64(limit):
		return 0, bad("a message of %s bytes is over the limit of %d MiB", value, limit>>20)
	}
	return int(n), nil
}

// allowed are the headers in the spelling they are compared in.
var allowed = []string{"content-length:", "content-type:"}

// readHeader returns one header, its name in lower case, or an empty name for
// the empty line. It reads byte by byte: a client that speaks something else
// may never send an end of line.
func readHeader(r *bufio.Reader, first bool) (name, value string, err error) {
	var line []byte
	for {
		c, err := r.ReadByte()
		if err != nil {
			if first && len(line) == 0 {
				return "", "", err
			}
			return "", "", &Error{"the connection ended inside a header", true}
		}
		line = append(line, c)
		if strings.HasSuffix(string(line), "\r\n") {
			break
		}
		if !couldBeHeader(line, first) {
			return "", "", bad("not a message of this protocol: it starts with %q; a message starts with %q",
				line, "Content-Length: ")
		}
		if len(line) > maxHeader {
			return "", "", bad("a header line of more than %d bytes", maxHeader)
		}
	}
	name, value, _ = strings.Cut(strings.TrimSuffix(string(line), "\r\n"), ":")
	return strings.ToLower(name), strings.Trim(value, " \t"), nil
}

// couldBeHeader reports whether line is the beginning of an allowed header, or
// of the empty line that ends the headers.
func couldBeHeader(line []byte, first bool) bool {
	text := strings.ToLower(string(line))
	for _, h := range allowed {
		n := min(len(h), len(text))
		if text[:n] == h[:n] {
			return !strings.Contains(text, "\n")
		}
	}
	return !first && text == "\r"
}
