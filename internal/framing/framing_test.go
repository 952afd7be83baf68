package framing

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"one", "Content-Length: 2\r\n\r\n{}", "{}"},
		{"lower case", "content-length: 2\r\n\r\n{}", "{}"},
		{"no blank", "Content-Length:2\r\n\r\n{}", "{}"},
		{"type after", "Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}", "{}"},
		{"type before", "CONTENT-TYPE: x\r\nContent-Length: 2\r\n\r\n{}", "{}"},
		{"empty body", "Content-Length: 0\r\n\r\n", ""},
		{"end", "", "EOF"},
		{"get", "GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", `! starts with "G"`},
		{"post", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", `! starts with "P"`},
		{"connect", "CONNECT /", `! starts with "CONN"`},
		{"tls", "\x16\x03\x01\x02\x00", `! starts with "\x16"`},
		{"other header", "Content-Length: 2\r\nHost: x\r\n\r\n{}", `! starts with "H"`},
		{"json at once", "{}", `! starts with "{"`},
		{"empty line first", "\r\nContent-Length: 2\r\n\r\n{}", `! starts with "\r"`},
		{"bare newline", "Content-Length: 2\n\n{}", `! starts with "Content-Length: 2\n"`},
		{"twice", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "! two content-length"},
		{"only type", "Content-Type: x\r\n\r\n{}", "! without Content-Length"},
		{"negative", "Content-Length: -2\r\n\r\n{}", "! not a number"},
		{"no number", "Content-Length: \r\n\r\n{}", "! is empty"},
		{"too large", "Content-Length: 4194305\r\n\r\n", "! of 4194305 bytes is over the limit of 4 MiB"},
		{"far too large", "Content-Length: 99999999999999999999\r\n\r\n", "! over the limit"},
		{"long line", "Content-Length: " + strings.Repeat("0", 300), "! header line of more than 256"},
		{"cut header", "Content-Len", "! ended inside a header"},
		{"cut body", "Content-Length: 20\r\n\r\n{}", "! ended inside a message of 20 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			body, err := Read(bufio.NewReader(strings.NewReader(row.in)), nil, 4<<20)
			got := string(body)
			var bad *Error
			switch {
			case err == io.EOF:
				got = "EOF"
			case errors.As(err, &bad):
				got = "! " + bad.reason
			case err != nil:
				t.Fatalf("%q: untyped error %v", row.in, err)
			}
			want := strings.TrimPrefix(row.want, "! ")
			if strings.HasPrefix(got, "! ") != strings.HasPrefix(row.want, "! ") || !strings.Contains(got, want) {
				t.Errorf("%q: got %q, want %q", row.in, got, row.want)
			}
		})
	}
}

// TestFramesSplitAnywhere cuts a valid stream at every byte: each prefix is
// whole messages and then an end or an error, never something else.
func TestFramesSplitAnywhere(t *testing.T) {
	stream := "Content-Length: 7\r\n\r\n{\"a\":1}" + "content-length: 2\r\nContent-Type: x\r\n\r\n{}"
	for cut := range len(stream) + 1 {
		r := bufio.NewReader(strings.NewReader(stream[:cut]))
		whole := 0
		var err error
		for err == nil {
			if _, err = Read(r, nil, 4<<20); err == nil {
				whole++
			}
		}
		want, clean := 0, cut == 0
		if cut >= 28 {
			want, clean = 1, cut == 28
		}
		if cut == len(stream) {
			want, clean = 2, true
		}
		if whole != want || (err == io.EOF) != clean {
			t.Errorf("cut at %d: %d messages and %v, want %d, clean end %v", cut, whole, err, want, clean)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("content-type: x\r\ncontent-length:2\r\n\r\n{}Content-Length: 1\r\n\r\n1"))
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"))
	f.Add([]byte("Content-Length: 4194305\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bufio.NewReader(bytes.NewReader(data))
		total := 0
		for {
			body, err := Read(r, nil, 4<<20)
			if err != nil {
				var bad *Error
				if err != io.EOF && !errors.As(err, &bad) {
					t.Fatalf("untyped error %v", err)
				}
				return
			}
			if total += len(body); total > len(data) {
				t.Fatal("more came out than went in")
			}
		}
	})
}
