// Package reception opens the address that a server of ours was told to listen on,
// and lets in nobody but the user's own processes: whoever connects can run
// programs, or read files and values, as the user.
//
// dap and lsp (through cmd) use it. It starts no goroutine.
package reception

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/internal/owner"
)

// FirstMessage is how long a client may take until its first message is here.
const FirstMessage = 10 * time.Second

// pause is how long Accept waits where the system has no descriptor to give.
const pause = 50 * time.Millisecond

// Listener accepts the user's own processes. It is a net.Listener whose Accept
// returns an error only once it is closed.
type Listener struct {
	net.Listener
	refused func(error) // is told of each client that is not let in
	closed  chan struct{}
	once    sync.Once
}

// Open listens on host:port, where host is a loopback address or empty for
// 127.0.0.1, or on unix:PATH. refused may be nil. The error is a sentence.
func Open(ctx context.Context, address string, refused func(error)) (*Listener, error) {
	l, err := open(ctx, address)
	if err != nil {
		return nil, err
	}
	if refused == nil {
		refused = func(error) {}
	}
	return &Listener{Listener: l, refused: refused, closed: make(chan struct{})}, nil
}

// AddressError is what is wrong with an address, and not with the system.
type AddressError struct{ text string }

func (e *AddressError) Error() string { return e.text }

func open(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{Control: privateSocket}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		l, err := config.Listen(ctx, "unix", path)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", path, err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			_ = l.Close()
			return nil, fmt.Errorf("keep %s to yourself: %w", path, err)
		}
		return l, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &AddressError{fmt.Sprintf("%q is not an address; write 127.0.0.1:4711 or unix:PATH", address)}
	}
	switch host {
	case "", "localhost":
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, &AddressError{fmt.Sprintf("tallyho listens only on loopback addresses, not on %q: "+
			"whoever reaches the port can run programs; use an ssh tunnel", host)}
	}
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// Accept waits for the next process of the user's. One that cannot be taken now,
// because there are too many open files, say, is nobody's end.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			if err = whose(conn); err == nil {
				return conn, nil
			}
			l.refused(err)
			_ = conn.Close()
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		select {
		case <-l.closed:
			return nil, err
		case <-time.After(pause):
		}
	}
}

// whose refuses what belongs to somebody else, as far as that can be told.
func whose(conn net.Conn) error {
	if _, ok := conn.(*net.TCPConn); ok {
		return owner.SameTCP(conn)
	}
	return owner.Same(conn, true)
}

// Close stops listening.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// Client is a connection that has begun to talk. Its deadline stands until Settled.
type Client struct {
	net.Conn
	r *bufio.Reader
}

// Greet waits until a client says its first byte, for FirstMessage at most: who
// is silent takes nobody's place. The rest of its first message has to come in
// that time as well.
func Greet(conn net.Conn) (*Client, error) {
	_ = conn.SetReadDeadline(time.Now().Add(FirstMessage))
	c := &Client{Conn: conn, r: bufio.NewReader(conn)}
	if _, err := c.r.Peek(1); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

// Read begins with what Greet has read ahead.
func (c *Client) Read(p []byte) (int, error) { return c.r.Read(p) }

// Settled says that the first message has been read: the client may now be silent
// for as long as it likes.
func (c *Client) Settled() { _ = c.SetReadDeadline(time.Time{}) }
