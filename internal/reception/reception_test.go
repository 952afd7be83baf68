package reception

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0:0": "only on loopback", "192.0.2.1:1": "only on loopback", "[::]:0": "only on loopback", "example.com:80": "only on loopback",
		"4711": "is not an address", "unix:/nowhere/x/y": "listen on /nowhere/x/y",
		"127.0.0.1:0": "", "localhost:0": "", ":0": "", "unix:" + filepath.Join(t.TempDir(), "s"): "",
	} {
		l, err := Open(t.Context(), address, nil)
		if want == "" && err == nil {
			_ = l.Close()
			continue
		}
		if err == nil || want == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// flaky fails before it accepts, as where there is no descriptor left.
type flaky struct {
	net.Listener
	failures int
}

func (f *flaky) Accept() (net.Conn, error) {
	if f.failures > 0 {
		f.failures--
		return nil, &net.OpError{Op: "accept", Err: io.ErrShortBuffer}
	}
	return f.Listener.Accept()
}

func TestAcceptOutlivesFailures(t *testing.T) {
	l, err := Open(t.Context(), "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Listener = &flaky{l.Listener, 2}
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	got.Close()
	ended := make(chan error, 1)
	go func() { _, err := l.Accept(); ended <- err }()
	_ = l.Close()
	if err := <-ended; err == nil {
		t.Error("Accept went on after Close")
	}
}

func TestWhoIsSilentIsLetGo(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	go func() { _, _ = b.Write([]byte("Content-Length: 2\r\n\r\n{}")) }()
	c, err := Greet(a)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	if err != nil || !strings.HasPrefix(string(buf[:n]), "Content-Length") {
		t.Errorf("%q, %v", buf[:n], err)
	}
	_ = c.SetReadDeadline(time.Unix(1, 0))
	if _, err := c.Read(buf); err == nil {
		t.Error("a deadline that is over was not kept")
	}
	c.Settled()
	go func() { _, _ = b.Write([]byte("x")) }()
	if n, err := c.Read(buf); n != 1 || err != nil {
		t.Errorf("after the first message: %d, %v", n, err)
	}
	silent, _ := net.Pipe()
	_ = silent.SetReadDeadline(time.Unix(1, 0))
	silent.Close()
	if _, err := Greet(silent); err == nil {
		t.Error("a client that says nothing was taken")
	}
}
