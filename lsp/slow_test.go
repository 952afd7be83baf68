package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// stuckServer answers a hover once it is released, and not at all at line 13.
type stuckServer struct {
	*server
	entered chan struct{}
	release chan struct{}
}

func (s *stuckServer) Hover(ctx context.Context, p *protocol.HoverParams) (*protocol.Hover, error) {
	if p.Position.Line == 13 {
		panic("on purpose")
	}
	s.entered <- struct{}{}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.release:
		return nil, nil
	}
}

func startStuck(t *testing.T, o Options) (*editor, *stuckServer) {
	slow := &stuckServer{entered: make(chan struct{}, 1), release: make(chan struct{})}
	e := startWrapped(t, o, func(s *server) protocol.Server {
		slow.server = s
		return slow
	})
	e.initialize("", J{}, nil)
	return e, slow
}

func TestASlowRequestHoldsNothingBack(t *testing.T) {
	e, slow := startStuck(t, Options{})
	ch, _ := e.start("textDocument/hover", at("/a.py", 0, 0))
	<-slow.entered
	e.alive()
	close(slow.release)
	if r := e.await("hover", ch); r.Error != nil {
		t.Errorf("%+v", r)
	}
}

func TestCancel(t *testing.T) {
	e, slow := startStuck(t, Options{})
	for _, id := range []string{`7`, `"seven"`} {
		ch := e.expect(id, "textDocument/hover")
		e.frame(`{"jsonrpc":"2.0","id":` + id + `,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a.py"},"position":{"line":0,"character":0}}}`)
		<-slow.entered
		e.frame(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + id + `}}`)
		if r := e.await("hover", ch); r.Error == nil || r.Error.Code != int(protocol.CodeRequestCancelled) {
			t.Errorf("cancelled hover %s: %+v", id, r)
		}
	}
	e.notify("$/cancelRequest", J{"id": 12345})
	e.alive()
}

func TestAPanicEndsOneRequestOnly(t *testing.T) {
	caught := make(chan any, 1)
	e, _ := startStuck(t, Options{Bug: func(p any, _ []byte) { caught <- p }})
	if r := e.try("textDocument/hover", at("/a.py", 13, 0)); r.Error == nil || r.Error.Code != int(jsonrpc2.InternalError) {
		t.Errorf("%+v", r)
	}
	if p := <-caught; p != "on purpose" {
		t.Errorf("the hook was told of %v", p)
	}
	e.alive()
}

// hastyServer changes the document while its hints are made.
type hastyServer struct{ *server }

func (s *hastyServer) inlayHints(ctx context.Context, p *protocol.InlayHintParams) (jsonrpc2.RawMessage, error) {
	d := *s.world.Load().docs[p.TextDocument.URI]
	s.change(func(w *world) *world { return w.with(&d) })
	return s.server.inlayHints(ctx, p)
}

func TestAnAnswerAboutATextThatIsGone(t *testing.T) {
	e := startWrapped(t, Options{}, func(s *server) protocol.Server { return &hastyServer{s} })
	e.initialize("", J{}, nil)
	e.open("/d/a.py", "python", loopSource)
	r := e.try("textDocument/inlayHint", wholeFile("/d/a.py"))
	if r.Error == nil || r.Error.Code != int(protocol.CodeContentModified) {
		t.Errorf("%+v", r)
	}
}

// lateServer lets a run change between reading a request for hints and answering it.
type lateServer struct {
	*server
	once sync.Once
	run  *tally.Snapshot
}

func (s *lateServer) inlayHints(ctx context.Context, p *protocol.InlayHintParams) (jsonrpc2.RawMessage, error) {
	s.once.Do(func() { s.setRuns([]*tally.Snapshot{s.run}, func(p string) string { return p }) })
	return s.server.inlayHints(ctx, p)
}

func TestAChangeWhileTheFirstAnswerIsMade(t *testing.T) {
	path := "/d/loop.py"
	late := &lateServer{run: snapshot("one", tally.Ended, loopFile(t, path, 4))}
	e := startWrapped(t, Options{}, func(s *server) protocol.Server {
		late.server = s
		return late
	})
	e.initialize("", fullClient(), nil)
	e.open(path, "python", loopSource)
	e.eventually("the kept runs", func() bool { return late.server.world.Load().read }) // earlier answers wait for them
	if got := e.hints(path); len(got) > 0 {
		t.Fatalf("answered from a world that came later: %q", got)
	}
	e.until("a refresh", func(notes []note) bool { return count(notes, "workspace/inlayHint/refresh") == 1 })
	if got := e.hints(path); !has("×4")(got) {
		t.Errorf("%q", got)
	}
}

func TestAClientThatNeverReadsCostsNoMemory(t *testing.T) {
	near, far := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- Serve(t.Context(), far, Options{}) }()
	write := func(body string) error {
		near.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		_, err := fmt.Fprintf(near, "Content-Length: %d\r\n\r\n%s", len(body), body)
		return err
	}
	before := runtime.NumGoroutine()
	body := `{"jsonrpc":"2.0","id":%d,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`
	sent := 0
	for ; sent < 10000; sent++ {
		if write(fmt.Sprintf(body, sent)) != nil {
			break
		}
	}
	if sent > 2*maxWriters {
		t.Errorf("%d requests were taken from a client that reads no answer", sent)
	}
	if n := runtime.NumGoroutine() - before; n > maxWriters+2*maxInflight {
		t.Errorf("%d goroutines for it", n)
	}
	near.Close()
	select {
	case <-served:
	case <-time.After(patience):
		t.Error("Serve did not return")
	}
}

func TestAClientThatStopsReadingCostsNoMemory(t *testing.T) {
	near, far := net.Pipe()
	s := newServer(Options{HubDir: t.TempDir(), Store: hub.OpenStore(t.TempDir())})
	served := make(chan error, 1)
	go func() { served <- s.serve(t.Context(), far, s) }()
	var failed error
	wait := patience // for what has to be taken
	write := func(body string) {
		near.SetWriteDeadline(time.Now().Add(wait))
		if _, err := fmt.Fprintf(near, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			failed = err
		}
	}
	caps, _ := json.Marshal(fullClient())
	write(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"initializationOptions":{"runState":true},"capabilities":` + string(caps) + `}}`)
	if _, err := readBody(bufio.NewReader(near)); err != nil {
		t.Fatal(err)
	}
	write(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
	path := "/d/loop.py"
	write(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"python","version":1,"text":%q}}}`, fileURI(path), loopSource))
	before := runtime.NumGoroutine()
	wait = 300 * time.Millisecond
	for i := range 5000 {
		// A run that goes on, exceptions that come and go, tracepoints that fail.
		snap := snapshot("one", tally.Running, loopFile(t, path, i+1))
		if i%2 == 0 {
			snap.Exceptions = []tally.Exception{{Type: "E", Frames: []tally.Frame{{Path: path, Line: 4}}}}
		}
		s.setRuns([]*tally.Snapshot{snap}, func(p string) string { return p })
		s.announce.message(protocol.MessageTypeInfo, "again")
		if failed == nil {
			write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/inlayHint","params":{"textDocument":{"uri":%q},"range":{"start":{"line":0,"character":0},"end":{"line":9,"character":0}}}}`, i+2, fileURI(path)))
		}
	}
	if failed == nil {
		t.Error("5000 requests were taken from a client that reads nothing")
	}
	if n := runtime.NumGoroutine() - before; n > maxWriters+2*maxInflight {
		t.Errorf("%d goroutines more", n)
	}
	s.announce.mu.Lock()
	if n := len(s.announce.messages) + len(s.announce.problems) + len(s.announce.callQueue); n > 2*maxMessages {
		t.Errorf("%d messages wait", n)
	}
	s.announce.mu.Unlock()
	near.Close()
	select {
	case <-served:
	case <-time.After(patience):
		t.Error("Serve did not return")
	}
}
