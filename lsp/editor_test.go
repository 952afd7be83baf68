package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.lsp.dev/protocol"

	"github.com/tallyho-dev/tallyho/engine/hub"
)

// patience is how long a test waits for something that has to come.
const patience = 2 * time.Minute

// editor is a language client made by hand: its framing and JSON are not the
// server's libraries, and every message it receives is held against the metaModel.
type editor struct {
	t    testing.TB
	meta *metaModel
	rw   io.ReadWriteCloser

	writeMu sync.Mutex // guards writes

	mu      sync.Mutex // guards what follows
	next    int
	pending map[string]waiting
	notes   []note
	changed chan struct{} // closed and replaced when something arrives
	answer  func(method string, params any) (any, bool)

	server *server       // where it runs in this process
	pid    int           // where it is another process
	ended  chan struct{} // closed when the server's side is closed
	served chan error    // what Serve returned
}

type waiting struct {
	method string
	reply  chan reply
}

type reply struct {
	Result  any
	Error   *rpcError
	arrived time.Time
}

type rpcError struct {
	Code    int
	Message string
}

// note is a message that the server sent unasked.
type note struct {
	Method string
	Params any
	Call   bool
}

// startEditor serves an editor in this process.
func startEditor(t testing.TB, o Options) *editor {
	t.Helper()
	return startWrapped(t, o, func(s *server) protocol.Server { return s })
}

// startWrapped serves an editor with handlers that wrap the server's.
func startWrapped(t testing.TB, o Options, wrap func(*server) protocol.Server) *editor {
	t.Helper()
	near, far := net.Pipe()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if o.Bug == nil {
		o.Bug = func(p any, stack []byte) { t.Errorf("panic: %v\n%s", p, stack) }
	}
	ctx, cancel := context.WithCancel(context.Background())
	if o.HubDir == "" {
		o.HubDir = t.TempDir()
	}
	if o.Store == nil {
		o.Store = hub.OpenStore(filepath.Join(t.TempDir(), "runs"))
	}
	e := newEditor(t, near)
	e.server = newServer(o)
	over := make(chan struct{})
	go func() {
		e.served <- e.server.serve(ctx, far, wrap(e.server))
		close(over)
	}()
	t.Cleanup(func() {
		cancel()
		near.Close()
		select {
		case <-over:
		case <-time.After(patience):
			t.Error("the server did not end")
		}
	})
	return e
}

func newEditor(t testing.TB, rw io.ReadWriteCloser) *editor {
	e := &editor{
		t: t, meta: meta(t), rw: rw,
		pending: map[string]waiting{}, changed: make(chan struct{}),
		ended: make(chan struct{}), served: make(chan error, 1),
	}
	go e.read()
	return e
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("server: %s", p)
	return len(p), nil
}

func (e *editor) read() {
	defer close(e.ended)
	r := bufio.NewReader(e.rw)
	for {
		body, err := readBody(r)
		if err != nil {
			return
		}
		e.receive(body, time.Now())
	}
}

func readBody(r *bufio.Reader) ([]byte, error) {
	length := -1
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(v); err != nil {
				return nil, err
			}
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return body, err
}

func (e *editor) receive(body []byte, arrived time.Time) {
	var m struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  string
		Params  any
		Result  any
		Error   *rpcError
	}
	if err := json.Unmarshal(body, &m); err != nil || m.JSONRPC != "2.0" {
		e.t.Errorf("the server sent %.200q: %v", body, err)
		return
	}
	if m.Method == "" {
		e.mu.Lock()
		w, ok := e.pending[string(m.ID)]
		delete(e.pending, string(m.ID))
		e.mu.Unlock()
		switch {
		case string(m.ID) == "null" && m.Error != nil:
			e.arrived(note{Method: "error", Params: m.Error})
		case !ok:
			e.t.Errorf("an answer nobody waits for: %.200s", body)
		default:
			if m.Error == nil {
				if err := e.meta.answered(w.method, m.Result); err != nil {
					e.t.Errorf("answer to %s: %v", w.method, err)
				}
			}
			w.reply <- reply{m.Result, m.Error, arrived}
		}
		return
	}
	isCall := len(m.ID) > 0
	if err := e.meta.sent(m.Method, m.Params, isCall); err != nil {
		e.t.Errorf("the server sent: %v", err)
	}
	if isCall {
		e.mu.Lock()
		answer := e.answer
		e.mu.Unlock()
		go func() {
			var result any
			reply := true
			if answer != nil {
				result, reply = answer(m.Method, m.Params)
			}
			if reply {
				e.send(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": result})
			}
		}()
	}
	e.arrived(note{m.Method, m.Params, isCall})
}

func (e *editor) arrived(n note) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notes = append(e.notes, n)
	close(e.changed)
	e.changed = make(chan struct{})
}

// onCall decides what the server's requests are answered; false answers never.
func (e *editor) onCall(f func(method string, params any) (any, bool)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = f
}
