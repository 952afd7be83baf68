package lsp

import (
	"io"
	"strings"
	"testing"
)

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
