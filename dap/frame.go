package dap

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxMessage is the largest message body that is read, in bytes.
const maxMessage = 4 << 20

// maxHeader is the longest header line that is read, in bytes.
const maxHeader = 256

// frameError says that the byte stream is not DAP; where one message ends and
// the next begins is then lost, so the connection has to be closed.
type frameError struct{ reason string }

func (e *frameError) Error() string { return e.reason }

func badFrame(format string, args ...any) error {
	return &frameError{fmt.Sprintf(format, args...)}
}

// readFrame reads one message: header lines, an empty line, the body. Only
// Content-Length and Content-Type may appear, in any case, each once. Anything
// else is refused at its first wrong byte, which keeps browsers and other
// HTTP clients out, and before a body is allocated. The error is io.EOF between
// two messages, *frameError for a broken stream.
func readFrame(r *bufio.Reader) ([]byte, error) {
	length, err := readHeaders(r)
	if err != nil {
		return nil, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, badFrame("the connection ended inside a message of %d bytes", length)
	}
	return body, nil
}

func readHeaders(r *bufio.Reader) (length int, err error) {
	length = -1
	typed := false
	for first := true; ; first = false {
		name, value, err := readHeader(r, first)
		switch {
		case err != nil:
			return 0, err
		case name == "" && length < 0:
			return 0, badFrame("a message without Content-Length")
		case name == "":
			return length, nil
		case name == "content-length" && length >= 0, name == "content-type" && typed:
			return 0, badFrame("a message with two %s headers", name)
		case name == "content-type":
			typed = true
		default:
			if length, err = parseLength(value); err != nil {
				return 0, err
			}
		}
	}
}

func parseLength(value string) (int, error) {
	for _, c := range []byte(value) {
		if c < '0' || c > '9' {
			return 0, badFrame("Content-Length is %q, not a number", value)
		}
	}
	n, err := strconv.ParseUint(value, 10, 63)
	switch {
	case value == "":
		return 0, badFrame("Content-Length is empty")
	case err != nil || n > maxMessage:
		return 0, badFrame("a message of %s bytes is over the limit of 4 MiB", value)
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
			if err == io.EOF && first && len(line) == 0 {
				return "", "", io.EOF
			}
			return "", "", badFrame("the connection ended inside a header")
		}
		line = append(line, c)
		if strings.HasSuffix(string(line), "\r\n") {
			break
		}
		if !couldBeHeader(line, first) {
			return "", "", badFrame("not a DAP message: it starts with %q; a message starts with %q",
				line, "Content-Length: ")
		}
		if len(line) > maxHeader {
			return "", "", badFrame("a header line of more than %d bytes", maxHeader)
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
