package dap

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// listening starts ListenAndServe with a fake engine and returns its address;
// it has to end well at the end of the test.
func listening(t *testing.T, address string) (addr net.Addr) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(chan net.Addr, 1)
	done := make(chan error, 1)
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	go func() {
		done <- ListenAndServe(ctx, address, Options{Start: (&fake{}).start}, func(a net.Addr) { ready <- a })
	}()
	select {
	case addr = <-ready:
	case err := <-done:
		done <- nil
		t.Fatalf("listen on %s: %v", address, err)
	}
	return addr
}

func dial(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// TestListen: one client is served; a second meanwhile is told so and closed;
// the next is served again.
func TestListen(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "localhost:0", ":0", "[::1]:0", "unix:" + filepath.Join(t.TempDir(), "dap.sock")} {
		t.Run(address, func(t *testing.T) {
			if strings.HasPrefix(address, "[::1]") && !hasIPv6() {
				t.Skip("skipped: no IPv6 loopback here")
			}
			addr := listening(t, address)
			conn := dial(t, addr)
			first := newPeer(t, conn, conn)
			first.must("initialize", map[string]any{"adapterID": "tallyho"})

			other := dial(t, addr)
			second := newPeer(t, other, other)
			message, shown := second.refused("initialize", map[string]any{"adapterID": "tallyho"})
			if !strings.Contains(message, "has a client already") || !shown {
				t.Errorf("the second client was told %q (shown %v)", message, shown)
			}
			second.ended()

			first.must("disconnect", nil)
			first.ended()

			// The end of a connection and the next client may cross.
			var third *peer
			for deadline := time.Now().Add(patience); ; {
				conn := dial(t, addr)
				third = newPeer(t, conn, conn)
				if third.call("initialize", map[string]any{"adapterID": "x"})["success"] == true {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("no client is served after the first")
				}
			}
			third.must("disconnect", nil)
			third.ended()
		})
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

func TestListenRefusesAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0:0":         "only on loopback addresses",
		"192.0.2.1:4711":    "only on loopback addresses",
		"[::]:0":            "only on loopback addresses",
		"example.com:80":    "only on loopback addresses",
		"4711":              "is not an address",
		"unix:/nowhere/x/y": "listen on /nowhere/x/y",
	} {
		err := ListenAndServe(t.Context(), address, Options{}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestSocketIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dap.sock")
	listening(t, "unix:"+path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestNotDAP: what is not DAP is told why and closed, and starts nothing.
func TestNotDAP(t *testing.T) {
	for _, hello := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /a:b HTTP/1.1\r\nContent-Length: 70\r\n\r\n{\"seq\":1,\"type\":\"request\",\"command\":\"initialize\",\"arguments\":{}}",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"Content-Length: 4194305\r\n\r\n{}",
	} {
		addr := listening(t, "127.0.0.1:0")
		conn := dial(t, addr)
		if _, err := io.WriteString(conn, hello); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(conn)
		if bytes.Contains(answer, []byte("initialize")) || !bytes.Contains(answer, []byte("Tallyho closes the connection")) {
			t.Errorf("%.20q was answered %q", hello, answer)
		}
	}
}
