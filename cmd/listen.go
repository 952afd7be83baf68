package cmd

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/internal/reception"
)

// stdio is both standard streams as one connection.
type stdio struct {
	in  io.ReadCloser  // closed without waiting, see Close
	out io.WriteCloser // the real stdout, also after takeStdio has hidden it
}

func (s stdio) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }

// Close does not wait for stdin: Windows closes no pipe from which somebody reads
// until there is something to read, which may be never.
func (s stdio) Close() error {
	go func() { _ = s.in.Close() }()
	return s.out.Close()
}

// takeStdio takes the standard streams for a protocol: whatever else writes to
// stdout from now on goes to stderr and cannot break a frame.
func takeStdio() stdio {
	s := stdio{os.Stdin, os.Stdout}
	os.Stdout = os.Stderr
	return s
}

// serveListener serves every client that connects until ctx ends.
// A client that is connected and says nothing holds up nobody: each has its goroutine, and the end of ctx
// ends the wait for its first byte.
// Every client's goroutine has ended when it returns. A client that fails is told to log,
// and the next is served.
func serveListener(ctx context.Context, l net.Listener, log io.Writer, serve func(context.Context, *reception.Client) error) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
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
		clients.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
			client, err := reception.Greet(conn)
			if !stop() || err != nil {
				return
			}
			if err := serve(ctx, client); err != nil && ctx.Err() == nil {
				fmt.Fprintln(log, "tallyho:", err)
			}
		})
	}
}
