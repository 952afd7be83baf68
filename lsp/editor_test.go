package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"go.lsp.dev/protocol"
)

// patience is how long a test waits for something that has to come.
const patience = 20 * time.Second

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

// raw writes bytes as they are.
func (e *editor) raw(text string) error {
	e.writeMu.Lock()
	defer e.writeMu.Unlock()
	_, err := io.WriteString(e.rw, text)
	return err
}

func (e *editor) send(message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		e.t.Error(err)
	}
	return e.frame(string(body))
}

// frame sends a body that need not be JSON.
func (e *editor) frame(body string) error {
	return e.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (e *editor) notify(method string, params any) {
	e.t.Helper()
	m := map[string]any{"jsonrpc": "2.0", "method": method}
	if params != nil {
		m["params"] = params
	}
	if err := e.send(m); err != nil {
		e.t.Fatalf("send %s: %v", method, err)
	}
}

// start sends a request and returns where its reply will come, and its id.
func (e *editor) start(method string, params any) (<-chan reply, int) {
	e.t.Helper()
	e.mu.Lock()
	e.next++
	id := e.next
	e.mu.Unlock()
	m := map[string]any{"jsonrpc": "2.0", "id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	ch := e.expect(strconv.Itoa(id), method)
	if err := e.send(m); err != nil {
		e.t.Fatalf("send %s: %v", method, err)
	}
	return ch, id
}

// expect announces a request whose id, as JSON, the caller chose.
func (e *editor) expect(id, method string) <-chan reply {
	ch := make(chan reply, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending[id] = waiting{method, ch}
	return ch
}

func (e *editor) await(what string, ch <-chan reply) reply {
	e.t.Helper()
	select {
	case r := <-ch:
		return r
	case <-e.ended:
		e.t.Fatalf("%s: the connection ended before the answer", what)
	case <-time.After(patience):
		e.t.Fatalf("%s: no answer", what)
	}
	return reply{}
}

// try sends a request and waits for its reply.
func (e *editor) try(method string, params any) reply {
	e.t.Helper()
	ch, _ := e.start(method, params)
	return e.await(method, ch)
}

// call is try for a request that has to succeed.
func (e *editor) call(method string, params any) any {
	e.t.Helper()
	r := e.try(method, params)
	if r.Error != nil {
		e.t.Fatalf("%s: %d %s", method, r.Error.Code, r.Error.Message)
	}
	return r.Result
}

// until waits until ok is true of what the server has sent so far.
func (e *editor) until(what string, ok func([]note) bool) {
	e.t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		notes, changed := e.notes, e.changed
		e.mu.Unlock()
		if ok(notes) {
			return
		}
		select {
		case <-changed:
		case <-e.ended:
			e.t.Fatalf("%s: the connection ended first; received %v", what, notes)
		case <-deadline:
			e.t.Fatalf("%s: it did not come; received %v", what, notes)
		}
	}
}

// count is how many messages of a method were sent so far.
func count(notes []note, method string) int {
	n := 0
	for _, one := range notes {
		if one.Method == method {
			n++
		}
	}
	return n
}

// J is a JSON object.
type J = map[string]any

// fullClient is what a client with everything says it can do.
func fullClient() J {
	return J{
		"workspace": J{
			"configuration": true, "workspaceFolders": true,
			"inlayHint": J{"refreshSupport": true}, "codeLens": J{"refreshSupport": true},
			"semanticTokens": J{"refreshSupport": true}, "textDocumentContent": J{},
		},
		"window": J{"showDocument": J{"support": true}, "workDoneProgress": true},
		"textDocument": J{
			"hover":              J{"contentFormat": []string{"markdown", "plaintext"}},
			"publishDiagnostics": J{"relatedInformation": true},
			"inlayHint":          J{"resolveSupport": J{"properties": []string{"label.tooltip", "label.command"}}},
		},
	}
}

// initialize greets the server for a workspace folder.
func (e *editor) initialize(folder string, capabilities J, options any) J {
	e.t.Helper()
	params := J{"processId": nil, "rootUri": nil, "capabilities": capabilities}
	if folder != "" {
		params["rootUri"] = fileURI(folder)
	}
	if options != nil {
		params["initializationOptions"] = options
	}
	result := e.call("initialize", params).(J)
	e.notify("initialized", J{})
	return result["capabilities"].(J)
}

func (e *editor) open(path, language, text string) {
	e.t.Helper()
	e.notify("textDocument/didOpen", J{"textDocument": J{
		"uri": fileURI(path), "languageId": language, "version": 1, "text": text,
	}})
}

// edit replaces a range, in UTF-16 positions.
func (e *editor) edit(path string, version, l1, c1, l2, c2 int, text string) {
	e.t.Helper()
	e.notify("textDocument/didChange", J{
		"textDocument":   J{"uri": fileURI(path), "version": version},
		"contentChanges": []J{{"range": rng(l1, c1, l2, c2), "text": text}},
	})
}

// replace sends a whole new text.
func (e *editor) replace(path string, version int, text string) {
	e.t.Helper()
	e.notify("textDocument/didChange", J{
		"textDocument":   J{"uri": fileURI(path), "version": version},
		"contentChanges": []J{{"text": text}},
	})
}

func rng(l1, c1, l2, c2 int) J {
	return J{"start": J{"line": l1, "character": c1}, "end": J{"line": l2, "character": c2}}
}

func wholeFile(path string) J {
	return J{"textDocument": J{"uri": fileURI(path)}, "range": rng(0, 0, 1<<30, 0)}
}

func at(path string, line, character int) J {
	return J{"textDocument": J{"uri": fileURI(path)}, "position": J{"line": line, "character": character}}
}
