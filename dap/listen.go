package dap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/internal/reception"
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
	l, err := open(ctx, address, opts)
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
		clients.Go(func() { serveOne(ctx, conn, opts, busy) })
	}
}

// open is where clients are awaited; whoever is refused for their user is logged.
func open(ctx context.Context, address string, opts Options) (*reception.Listener, error) {
	return reception.Open(ctx, address, func(err error) { opts.logf("tallyho dap: refused a client: %v", err) })
}

// serveOne serves a client from its first byte on, or refuses it while there is
// another.
func serveOne(ctx context.Context, conn net.Conn, opts Options, busy chan struct{}) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	client, err := reception.Greet(conn)
	if !stop() || err != nil {
		_ = conn.Close()
		return
	}
	select {
	case busy <- struct{}{}:
		defer func() { <-busy }()
		if err := Serve(ctx, client, opts); err != nil {
			opts.logf("tallyho dap: a client's connection was closed: %v", err)
		}
	default:
		refuse(client)
	}
}

// refuse answers a client's first request with an error and closes.
func refuse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(refuseTime))
	m, err := wire.ReadOne(bufio.NewReader(conn))
	if err != nil || !m.Answerable && m.Request == nil {
		return
	}
	out := wire.NewWriter(conn)
	go out.Run()
	a := &adapter{out: out}
	a.fail(&m, errLaunch, errors.New("this debug adapter has a client already; start another one"))
	out.Finish()
}
