package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/internal/framing"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// ErrNoShutdown is what Serve returns when the client went away without asking
// the server to shut down first; the process then exits with 1.
var ErrNoShutdown = errors.New("the client left without a shutdown request")

// drainTime is how long Serve waits for the connection to let go once it is closed;
// a read from a terminal cannot be interrupted.
const drainTime = time.Second

// Serve speaks LSP over rw until the client says exit, goes away, or ctx is done,
// and closes rw. It returns nil when the client had asked for a shutdown.
func Serve(ctx context.Context, rw io.ReadWriteCloser, o Options) error {
	s := newServer(o)
	return s.serve(ctx, rw, s)
}

// serve is Serve for a server that is there already. handlers answers the
// requests: s itself, or what a test has wrapped around it.
func (s *server) serve(ctx context.Context, rw io.ReadWriteCloser, handlers protocol.Server) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	str := newStream(rw)
	conn := jsonrpc2.NewConn(str, jsonrpc2.WithCodec(codec{}))
	s.start(ctx, conn)
	conn.Go(ctx, s.router(handlers).handle)

	select {
	case <-conn.Done():
	case <-s.exited:
	case <-ctx.Done():
	}
	// Closed before anything is waited for: a client that no longer reads would
	// hold back the answers under way, and with them the end.
	cancel()
	str.Close()
	select {
	case <-conn.Done():
	case <-time.After(drainTime):
	}
	s.wait()
	s.pageFiles.remove()
	switch err := conn.Err(); {
	case s.phase() == phaseShutdown:
		return nil
	case errors.Is(err, framing.ErrBroken):
		return fmt.Errorf("language server connection: %w", err)
	case ctx.Err() != nil && context.Cause(ctx) != context.Canceled:
		return ctx.Err()
	}
	return ErrNoShutdown
}

// Options configure a language server.
type Options struct {
	Version string // told to the client
	// HubDir is where Sessions are advertised, "" for hub.Dir. Store keeps past runs,
	// nil for hub.DefaultStore.
	HubDir string
	Store  *hub.Store
	// Recordings lists the recordings that are kept of a folder, newest first; nil is
	// hub.Recordings.
	Recordings func(folder string) []string
	// Log receives what goes wrong on the server's side; nil discards it.
	Log *slog.Logger
	// Bug is told of a panic that a barrier caught, with its stack; nil logs it.
	Bug func(p any, stack []byte)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// hinter answers textDocument/inlayHint in JSON, and requests of our own, beside protocol.Server.
type hinter interface {
	inlayHints(context.Context, *protocol.InlayHintParams) (jsonrpc2.RawMessage, error)
	extended(context.Context, *jsonrpc2.Request) (any, bool, error)
}

// handler is protocol.ServerHandler, but for inlay hints, requests of our own and for what a client says of
// itself.
func handler(handlers protocol.Server) jsonrpc2.Handler {
	others := protocol.ServerHandler(handlers, nil)
	hints, ok := handlers.(hinter)
	if !ok {
		return others
	}
	return func(ctx context.Context, req *jsonrpc2.Request) (any, error) {
		switch req.Method() {
		case protocol.MethodTextDocumentInlayHint:
		case protocol.MethodInitialize:
			p, err := initializeParams(req.Params())
			if err != nil {
				return nil, fmt.Errorf("%w: %w", jsonrpc2.ErrInvalidParams, err)
			}
			return handlers.Initialize(ctx, p)
		default:
			if result, ok, err := hints.extended(ctx, req); ok {
				return result, err
			}
			return others(ctx, req)
		}
		var p protocol.InlayHintParams
		if err := protocol.Unmarshal(req.Params(), &p); err != nil {
			return nil, fmt.Errorf("%w: %w", jsonrpc2.ErrInvalidParams, err)
		}
		return hints.inlayHints(ctx, &p)
	}
}

// router connects the server's handlers to a connection.
func (s *server) router(handlers protocol.Server) *router {
	return &router{
		inner:       handler(handlers),
		enter:       s.enter,
		dropped:     s.dropped,
		initialized: s.initialized,
		log:         s.log,
		bug:         s.options.Bug,
		slots:       make(chan struct{}, maxInflight),
		inflight:    map[jsonrpc2.ID]context.CancelFunc{},
	}
}
