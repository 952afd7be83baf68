package dap

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

	"github.com/tallyho-dev/tallyho/internal/framing"
)

// refuseTime is how long a client that is not served may take to say what it
// wants, in order to be told why not.
const refuseTime = 5 * time.Second

// ListenAndServe serves clients on address, one after another, until ctx ends;
// while there is one, others are told so and closed. address is host:port, where
// host is a loopback address or empty for 127.0.0.1, or unix:PATH. Anyone on
// this machine could connect to a port, so only the user's own processes are
// served where that can be told (Linux). listening is called with the address,
// which matters for port 0.
func ListenAndServe(ctx context.Context, address string, opts Options, listening func(net.Addr)) error {
	l, err := listen(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	if listening != nil {
		listening(l.Addr())
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var clients sync.WaitGroup
	defer clients.Wait()
	busy := make(chan struct{}, 1)
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("accept a client: %w", err)
		}
		if err := sameUser(conn); err != nil {
			opts.logf("tallyho dap: refused a client: %v", err)
			_ = conn.Close()
			continue
		}
		select {
		case busy <- struct{}{}:
			clients.Go(func() {
				defer func() { <-busy }()
				if err := Serve(ctx, conn, opts); err != nil {
					opts.logf("tallyho dap: a client's connection was closed: %v", err)
				}
			})
		default:
			clients.Go(func() { refuse(conn) })
		}
	}
}

func listen(ctx context.Context, address string) (net.Listener, error) {
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
		return nil, fmt.Errorf("%q is not an address; write 127.0.0.1:4711 or unix:PATH", address)
	}
	switch host {
	case "", "localhost":
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("tallyho listens only on loopback addresses, not on %q: "+
			"whoever reaches the port can run programs; use an ssh tunnel", host)
	}
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// refuse answers a client's first request with an error and closes.
func refuse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(refuseTime))
	raw, err := framing.Read(bufio.NewReader(conn), nil, maxMessage)
	if err != nil {
		return
	}
	m := decode(raw)
	if !m.answerable && m.request == nil {
		return
	}
	out := newWriter(conn)
	go out.run()
	a := &adapter{out: out}
	a.fail(&m, errLaunch, errors.New("this debug adapter has a client already; start another one"))
	out.finish()
}
