package lsp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"sync"

	"go.lsp.dev/jsonrpc2"

	"github.com/tallyho-dev/tallyho/internal/framing"
)

// maxMessage is the largest body accepted; a header that says more closes the
// connection before anything is allocated.
const maxMessage = 16 << 20

// keepBuffer is the read buffer kept from one message to the next; a larger
// message gets its own, so that one huge document does not stay in memory twice.
const keepBuffer = 256 << 10

// lengthHeader is the one header that is written (LSP 3.17, "Header Part").
const lengthHeader = "Content-Length: "

// stream is the base protocol over a byte connection. It differs from
// jsonrpc2.NewStream in being strict (see framing.Read), in bounding the body, and
// in that a body that is no JSON-RPC message is answered instead of ending the
// connection.
type stream struct {
	rw  io.ReadWriteCloser // the connection
	in  *bufio.Reader
	buf []byte // of the reader

	write sync.Mutex // held while a message is written

	mu      sync.Mutex // guards what follows
	changed *sync.Cond // one of the three below has changed
	writers int        // messages that are being written or wait for it
	bytes   int        // of them
	closed  bool
}

// A client that writes and does not read is read from no further once so much waits
// for it: it then waits in its own writes, and costs no more memory here.
const (
	maxWriters = 256
	maxWaiting = 16 << 20
)

// newStream reads through a buffer and writes without one: messages are written whole.
func newStream(rw io.ReadWriteCloser) *stream {
	s := &stream{rw: rw, in: bufio.NewReaderSize(rw, 32<<10)}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// Read returns the next message; its method and params are valid until the next
// Read. Only jsonrpc2's reader calls it.
func (s *stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		s.keepPace()
		body, err := s.readFrame()
		if err != nil {
			return nil, 0, err
		}
		if c, ok := s.rw.(interface{ Settled() }); ok {
			c.Settled()
		}
		msg, mistake := decodeMessage(body)
		if mistake == nil {
			return msg, int64(len(body)), nil
		}
		if _, err := s.Write(ctx, jsonrpc2.NewResponse(jsonrpc2.ID{}, nil, mistake)); err != nil {
			return nil, 0, err
		}
	}
}

// decodeMessage tells apart text that is no JSON from JSON that is no message.
func decodeMessage(body []byte) (jsonrpc2.Message, *jsonrpc2.Error) {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "batches are not part of the protocol")
	}
	msg, err := jsonrpc2.DecodeMessage(body)
	if err != nil {
		wire := jsonrpc2.NewError(jsonrpc2.ParseError, "malformed message")
		errors.As(err, &wire)
		return nil, wire
	}
	switch msg.(type) {
	case jsonrpc2.RequestMessage, *jsonrpc2.Response:
		return msg, nil
	}
	return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "malformed message")
}

// readFrame returns the next body; it is valid until the next one is read.
func (s *stream) readFrame() ([]byte, error) {
	body, err := framing.Read(s.in, s.buf, maxMessage)
	if err == nil && cap(body) > cap(s.buf) && cap(body) <= keepBuffer {
		s.buf = body
	}
	return body, err
}

// keepPace waits until the client has read enough of what it was sent.
func (s *stream) keepPace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed && (s.writers >= maxWriters || s.bytes > maxWaiting) {
		s.changed.Wait()
	}
}

// waits counts a message of that size in, or, negative, out.
func (s *stream) waits(messages, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writers += messages
	s.bytes += size
	s.changed.Broadcast()
}

// buffers are those of messages that were written.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Write frames msg and emits it with one write. Any goroutine may call it.
func (s *stream) Write(ctx context.Context, msg jsonrpc2.Message) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	// The header is written in front of the body once its length is known.
	const room = len(lengthHeader) + 20 + len("\r\n\r\n")
	kept := buffers.Get().(*[]byte)
	buf := jsonrpc2.AppendMessage(append((*kept)[:0], make([]byte, room)...), msg)
	head := append(strconv.AppendInt(append(make([]byte, 0, room), lengthHeader...), int64(len(buf)-room), 10), "\r\n\r\n"...)
	start := room - len(head)
	copy(buf[start:], head)
	s.waits(1, len(buf))
	s.write.Lock()
	n, err := s.rw.Write(buf[start:])
	s.write.Unlock()
	s.waits(-1, -len(buf))
	if cap(buf) <= keepBuffer {
		*kept = buf
		buffers.Put(kept)
	}
	return int64(n), err
}

// Close closes the connection; a Read or Write under way returns.
func (s *stream) Close() error {
	s.mu.Lock()
	s.closed = true
	s.changed.Broadcast()
	s.mu.Unlock()
	return s.rw.Close()
}
