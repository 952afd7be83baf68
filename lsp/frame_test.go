package lsp

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReadHeader(t *testing.T) {
	for _, row := range []struct {
		name, in string
		want     int
		err      error
	}{
		{"plain", "Content-Length: 12\r\n\r\n", 12, nil},
		{"with a type", "Content-Length: 12\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n", 12, nil},
		{"largest", "Content-Length: 16777216\r\n\r\n", maxMessage, nil},
		{"nothing", "", 0, io.EOF},
		{"cut in the name", "Content-Le", 0, io.ErrUnexpectedEOF},
		{"cut in the value", "Content-Length: 1", 0, io.ErrUnexpectedEOF},
		{"cut before the blank line", "Content-Length: 12\r\n", 0, io.ErrUnexpectedEOF},
		{"too large", "Content-Length: 16777217\r\n\r\n", 0, errFraming},
		{"would overflow", "Content-Length: 99999999999999999999\r\n\r\n", 0, errFraming},
		{"zero", "Content-Length: 0\r\n\r\n", 0, errFraming},
		{"negative", "Content-Length: -1\r\n\r\n", 0, errFraming},
		{"no number", "Content-Length: \r\n\r\n", 0, errFraming},
		{"lower case", "content-length: 12\r\n\r\n", 0, errFraming},
		{"two spaces", "Content-Length:  12\r\n\r\n", 0, errFraming},
		{"a page's request", "POST /a:b HTTP/1.1\r\nContent-Length: 12\r\n\r\n", 0, errFraming},
		{"another header", "Content-Length: 12\r\nHost: localhost\r\n\r\n", 0, errFraming},
		{"a second length", "Content-Length: 12\r\nContent-Length: 13\r\n\r\n", 0, errFraming},
		{"two types", "Content-Length: 12\r\nContent-Type: a\r\nContent-Type: b\r\n\r\n", 0, errFraming},
		{"bare newlines", "Content-Length: 12\n\n", 0, errFraming},
		{"endless line", "Content-Length: 12\r\nContent-Type: " + strings.Repeat("x", 500), 0, errFraming},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := readHeader(bufio.NewReader(strings.NewReader(row.in)))
			if got != row.want || !errors.Is(err, row.err) {
				t.Errorf("readHeader(%q) = %d, %v; want %d, %v", row.in, got, err, row.want, row.err)
			}
		})
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("Content-Length: 38\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}     "))
	f.Add([]byte("Content-Length: 4\r\nContent-Type: x\r\n\r\n[1]\n"))
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("Content-Length: 16777216\r\n\r\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newStream(readOnly{strings.NewReader(string(data))})
		for range len(data) + 1 {
			msg, n, err := s.Read(t.Context())
			if err != nil {
				return
			}
			if msg == nil || n > int64(len(data)) {
				t.Fatalf("%q: message %v of %d bytes", data, msg, n)
			}
		}
		t.Fatalf("%q: more messages than bytes", data)
	})
}

type readOnly struct{ io.Reader }

func (readOnly) Write(p []byte) (int, error) { return len(p), nil }
func (readOnly) Close() error                { return nil }
