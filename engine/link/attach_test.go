//go:build !windows

package link

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// jsonFrame is a control message as it lies on the wire.
func jsonFrame(text string) string {
	head := make([]byte, 4, 5+len(text))
	binary.LittleEndian.PutUint32(head, uint32(len(text)+1))
	return string(append(append(head, 'J'), text...))
}

// TestAttachAnswers plays programs that answer well, badly and not at all.
func TestAttachAnswers(t *testing.T) {
	l, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, c := range map[string]struct{ answer, want string }{
		"hello":              {jsonFrame(`{"t":"hello","version":1,"pid":7,"memory":null}`), ""},
		"refused":            {jsonFrame(`{"t":"refused","text":"not now"}`), "not now"},
		"refused in silence": {jsonFrame(`{"t":"refused"}`), "refuses"},
		"another version":    {jsonFrame(`{"t":"hello","version":2,"pid":7}`), "version 2"},
		"not traced":         {jsonFrame(`{"t":"hello","version":1,"pid":7,"plain":"it is too old"}`), "it is too old"},
		"another message":    {jsonFrame(`{"t":"started"}`), "did not say hello"},
		"memory in a file":   {jsonFrame(`{"t":"hello","version":1,"memory":{"size":4096,"rings":1,"path":"/etc/passwd"}}`), "outside"},
		"memory of nothing":  {jsonFrame(`{"t":"hello","version":1,"memory":{"size":4096,"rings":1}}`), "no descriptor"},
		"HTTP":               {"HTTP/1.1 400 Bad Request\r\n\r\n", "attach to the program"},
		"closed":             {"", "attach to the program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			listening, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer listening.Close()
			asked := make(chan string, 1)
			go func() {
				sock, err := listening.Accept()
				if err != nil {
					return
				}
				defer sock.Close()
				b := make([]byte, 4096)
				n, _ := sock.Read(b)
				asked <- string(b[:n])
				_, _ = io.WriteString(sock, c.answer)
				if c.want == "" {
					_, _ = io.Copy(io.Discard, sock)
				}
			}()
			conn, err := Attach(t.Context(), Door{"unix", path, "sesame"}, l)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%v", err)
			case c.want == "":
				if conn.Hello().PID != 7 {
					t.Errorf("hello %+v", conn.Hello())
				}
				conn.Close()
			case err == nil || !strings.Contains(err.Error(), c.want):
				t.Errorf("%v, want %q", err, c.want)
			}
			if text := <-asked; !strings.Contains(text, `"token":"sesame"`) || !strings.Contains(text, `"link":{`) {
				t.Errorf("asked %q", text)
			}
		})
	}
}

// TestAttachIsGivenUp leaves a program that says nothing when the context ends.
func TestAttachIsGivenUp(t *testing.T) {
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")} {
		t.Run(network, func(t *testing.T) {
			listening, err := net.Listen(network, address)
			if err != nil {
				t.Fatal(err)
			}
			defer listening.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			door := Door{network, listening.Addr().String(), ""}
			if _, err := Attach(ctx, door, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want the context's end", err)
			}
		})
	}
}
