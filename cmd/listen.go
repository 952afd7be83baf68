package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
)

// stdio is both standard streams as one connection.
type stdio struct {
	in  *os.File
	out *os.File
}

func (s stdio) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }
func (s stdio) Close() error                { return errors.Join(s.in.Close(), s.out.Close()) }

// takeStdio takes the standard streams for a protocol: whatever else writes to
// stdout from now on goes to stderr and cannot break a frame.
func takeStdio() stdio {
	s := stdio{os.Stdin, os.Stdout}
	os.Stdout = os.Stderr
	return s
}

// listen opens an address that a person gave: host:port, or unix:PATH. Only
// addresses of this machine are allowed, since neither protocol knows who asks.
func listen(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		l, err := net.Listen("unix", path)
		if err == nil {
			err = os.Chmod(path, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		return l, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageError("--listen is %q; it has to be host:port or unix:PATH", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usageError("--listen %s: whoever connects can run code as you, so only this machine's own addresses are allowed", address)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// serveListener serves one client after another until ctx ends. While one is
// there another is told so by refuse.
func serveListener(ctx context.Context, l net.Listener, log io.Writer, serve, refuse func(context.Context, net.Conn) error) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	busy := make(chan struct{}, 1)
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("accept a client: %w", err)
		}
		handle := refuse
		select {
		case busy <- struct{}{}:
			handle = func(ctx context.Context, conn net.Conn) error {
				defer func() { <-busy }()
				return serve(ctx, conn)
			}
		default:
		}
		clients.Go(func() {
			defer conn.Close()
			if err := handle(ctx, conn); err != nil && ctx.Err() == nil {
				fmt.Fprintln(log, "tallyho:", err)
			}
		})
	}
}
