package lsp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// maxInflight bounds the requests that are worked on at once; the reader waits for a
// free place. Answers that wait to be written are bounded by the stream.
const maxInflight = 64

// router is between the connection and the server. It takes the place of
// protocol.NewServer, which runs notifications concurrently and so loses the
// order of document changes, ends the connection where a notification fails, and
// panics where a synchronous call is made cancellable.
type router struct {
	inner jsonrpc2.Handler // the server
	// enter prepares the context of a call, in wire order.
	enter func(ctx context.Context, method string) (context.Context, error)
	// dropped is told of a notification that could not be acted on.
	dropped func(method string, params []byte)
	// initialized is told of that notification, whose params many clients leave out.
	initialized func()
	log         *slog.Logger      // of what goes wrong here
	bug         func(any, []byte) // is told of panics
	slots       chan struct{}     // one for each request that may run at a time

	mu       sync.Mutex                         // guards inflight
	inflight map[jsonrpc2.ID]context.CancelFunc // by request, what cancels it
}

// handle is the connection's jsonrpc2.Handler.
func (r *router) handle(ctx context.Context, req *jsonrpc2.Request) (any, error) {
	// The request's own context is pooled: nothing may be derived from it.
	base := jsonrpc2.DetachContext(ctx)
	if !req.IsCall() {
		r.notification(base, req)
		return nil, nil
	}
	return r.call(ctx, base, req)
}

// notification runs in the reader, so that changes to a document are applied in
// the order they were sent. Its error would close the connection.
func (r *router) notification(ctx context.Context, req *jsonrpc2.Request) {
	method := req.Method()
	switch method {
	case protocol.MethodCancelRequest:
		r.cancel(req.Params())
		return
	case protocol.MethodInitialized:
		r.initialized()
		return
	}
	if _, err := r.enter(ctx, method); err != nil {
		return
	}
	if _, err := r.guarded(ctx, req); err != nil && !isNotFound(err) {
		r.dropped(method, req.Params())
		r.log.Warn("notification dropped", "method", strings.Clone(method), "error", err)
	}
}

// call runs one request: prepared in wire order, then, but for initialize and shutdown, by a
// goroutine of its own. Whether the client has given it up decides what is answered.
func (r *router) call(ctx, base context.Context, req *jsonrpc2.Request) (any, error) {
	method := req.Method()
	entered, err := r.enter(base, method)
	if err != nil {
		return nil, err
	}
	select {
	case r.slots <- struct{}{}:
	case <-base.Done():
		return nil, protocol.ErrRequestCancelled
	}
	defer func() { <-r.slots }()
	c, cancel := context.WithCancel(entered)
	id := req.ID()
	r.mu.Lock()
	r.inflight[id] = cancel
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.inflight, id)
		r.mu.Unlock()
		cancel()
	}()
	if method != protocol.MethodInitialize && method != protocol.MethodShutdown {
		jsonrpc2.Async(ctx)
	}
	result, err := r.guarded(c, req)
	if err != nil || c.Err() != nil {
		return nil, wireError(c, err)
	}
	return result, nil
}

// guarded is the panic barrier: one bad request never takes the server down.
func (r *router) guarded(ctx context.Context, req *jsonrpc2.Request) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.bug(p, debug.Stack())
			result, err = nil, jsonrpc2.Errorf(jsonrpc2.InternalError, "%s failed inside the language server", strings.Clone(req.Method()))
		}
	}()
	return r.inner(ctx, req)
}

// cancel ends the context of a request that is under way; of one that is answered there is nothing.
func (r *router) cancel(params jsonrpc2.RawMessage) {
	var p protocol.CancelParams
	if err := protocol.Unmarshal(params, &p); err != nil {
		return
	}
	var id jsonrpc2.ID
	switch v := p.ID.(type) {
	case protocol.Integer:
		id = jsonrpc2.NewNumberID(int64(v))
	case protocol.String:
		id = jsonrpc2.NewStringID(string(v))
	}
	r.mu.Lock()
	cancel := r.inflight[id]
	r.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// wireError gives every failure of a call a code that clients know.
func wireError(ctx context.Context, err error) error {
	var wire *jsonrpc2.Error
	switch {
	case ctx.Err() != nil:
		return protocol.ErrRequestCancelled
	case errors.Is(err, jsonrpc2.ErrParse):
		// The package says "parse error" of params that are well-formed JSON.
		return jsonrpc2.NewError(jsonrpc2.InvalidParams, strings.Replace(err.Error(), jsonrpc2.ErrParse.Message, "invalid params", 1))
	case errors.As(err, &wire):
		return err
	}
	return fmt.Errorf("%w: %w", jsonrpc2.NewError(jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed), "request failed"), err)
}

// isNotFound reports a notification of a method that we do not have, which a client may send.
func isNotFound(err error) bool { return errors.Is(err, jsonrpc2.ErrMethodNotFound) }
