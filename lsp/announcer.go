package lsp

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

const (
	// callTime bounds how long a client may take to answer one of our requests.
	callTime = 30 * time.Second
	// maxMessages bounds the messages waiting for a client that does not read.
	maxMessages = 32
	// maxCalls bounds our requests under way, refreshes apart.
	maxCalls = 16
)

// announcer is the only one that speaks to the client unasked. What is not yet sent
// is kept as the newest state, never as a history, so that a client that does not
// read costs a bounded amount of memory.
//
// run is its goroutine: started with the connection, ended with its context, blocks
// in writes to the client. The other methods never block.
type announcer struct {
	conn jsonrpc2.Conn    // the only one that speaks over it unasked
	now  func() time.Time // the clock
	log  *slog.Logger
	wake chan struct{} // there may be something to send; holds one
	// renewPage brings a page of samples up to date. It may block.
	renewPage func(context.Context, uri.URI) error

	mu        sync.Mutex                                     // guards what follows
	opened    bool                                           // the client has said initialized
	to        *client                                        // what the client can do
	refresh   refresher                                      // of hints
	lenses    lensRefresher                                  // of code lenses
	pages     pages                                          // of samples, that are open
	problems  map[uri.URI]*protocol.PublishDiagnosticsParams // diagnostics to be published, the newest of each file
	messages  []*protocol.ShowMessageParams                  // sentences for the person, maxMessages at most
	state     any                                            // the newest RunState; nil: it was sent
	working   map[string]*progressOf                         // by session
	readings  map[protocol.String]*reading                   // by progress token
	reads     int                                            // that were begun
	calls     int                                            // requests of ours that wait or are under way, maxCalls at most
	callQueue []func(context.Context)                        // those that wait to be sent
}

// newAnnouncer sends nothing before open: the client takes nothing before it has said initialized.
func newAnnouncer(conn jsonrpc2.Conn, now func() time.Time, log *slog.Logger) *announcer {
	return &announcer{
		conn: conn, now: now, log: log,
		wake:     make(chan struct{}, 1),
		to:       &client{},
		problems: map[uri.URI]*protocol.PublishDiagnosticsParams{},
		readings: map[protocol.String]*reading{},
	}
}

// update changes the announcer's state and has it looked at.
func (a *announcer) update(f func()) {
	a.mu.Lock()
	f()
	a.mu.Unlock()
	poke(a.wake)
}

// client and settings take over what has been agreed to, and how often hints may be refreshed.
func (a *announcer) client(c *client) { a.update(func() { a.to = c }) }

// settings takes in how often hints may be refreshed.
func (a *announcer) settings(s *Settings) {
	a.update(func() { a.refresh.every = time.Duration(s.RefreshMS) * time.Millisecond })
}

// open lets messages out: the client has said initialized.
func (a *announcer) open() { a.update(func() { a.opened = true }) }

// typed and asked hold refreshes back: a person who types sees the hints of the moment, and a client that
// has just asked has the newest. closed forgets a document's part in that.
func (a *announcer) typed() { a.update(func() { a.refresh.typed = a.now() }) }

// asked notes that the client has fetched a document's hints: somebody looks at it.
func (a *announcer) asked(u uri.URI) { a.update(func() { a.refresh.ask(u, a.now()) }) }

// closed forgets a document that nobody looks at any more.
func (a *announcer) closed(u uri.URI) {
	a.update(func() { a.refresh.forget(u) })
}

// changed says that the annotations of documents differ from those last answered.
// urgent is for what somebody waits to see; the rest comes when it is due (refresh.go).
func (a *announcer) changed(docs []uri.URI, urgent bool) {
	a.update(func() {
		for _, u := range docs {
			a.refresh.changed(u, urgent, a.now())
		}
	})
}

// lensesChanged says that the lenses differ though the hints do not.
func (a *announcer) lensesChanged() { a.update(func() { a.lenses.changed(true) }) }

// lensesAsked says that the client fetches lenses.
func (a *announcer) lensesAsked() { a.update(func() { a.lenses.fetched(a.now()) }) }

// message shows one sentence to the person; where too many wait, the newest are dropped.
// The oldest say what began it.
func (a *announcer) message(kind protocol.MessageType, text string) {
	a.update(func() {
		if len(a.messages) < maxMessages {
			a.messages = append(a.messages, &protocol.ShowMessageParams{Type: kind, Message: text})
		}
	})
}

// publish replaces the diagnostics of a document.
func (a *announcer) publish(p *protocol.PublishDiagnosticsParams) {
	a.update(func() { a.problems[p.URI] = p })
}

// runState replaces the state told to an editor's extension.
func (a *announcer) runState(state any) { a.update(func() { a.state = state }) }

// call runs f, which may call the client, on a goroutine of its own. Beyond
// maxCalls it is dropped and false returned.
func (a *announcer) call(f func(context.Context)) bool {
	ok := false
	a.update(func() {
		if ok = a.calls < maxCalls; ok {
			a.calls++
			a.callQueue = append(a.callQueue, f)
		}
	})
	return ok
}

// run sends what is due whenever there is news, or the time has come.
func (a *announcer) run(ctx context.Context) {
	for {
		wait := a.flush(ctx)
		var later <-chan time.Time
		if wait > 0 {
			later = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-later:
		}
	}
}

// flush sends what is due and returns how long nothing else will be, zero for ever.
func (a *announcer) flush(ctx context.Context) time.Duration {
	a.mu.Lock()
	if !a.opened {
		a.mu.Unlock()
		return 0
	}
	// Everything is taken under the lock and sent without it: a client that does not read holds up this
	// goroutine alone, and what comes meanwhile takes the place of what was waiting.
	messages, problems, state, calls := a.messages, a.problems, a.state, a.callQueue
	a.messages, a.problems, a.state, a.callQueue = nil, map[uri.URI]*protocol.PublishDiagnosticsParams{}, nil, nil
	urgent := a.refresh.urgent
	send, wait := a.refresh.due(a.now())
	if send {
		a.lenses.changed(urgent)
	}
	lenses, later := a.lenses.due(a.now())
	wait = soonest(wait, later)
	work, later := a.progressDue(ctx, a.now())
	wait = soonest(wait, later)
	changed, later := a.pages.due(a.now())
	wait = soonest(wait, later)
	for _, u := range changed[:min(len(changed), maxCalls-a.calls)] {
		a.calls++
		calls = append(calls, func(ctx context.Context) { a.refreshPage(ctx, u) })
	}
	to := *a.to
	a.mu.Unlock()

	for _, f := range calls {
		go func() {
			c, cancel := context.WithTimeout(ctx, callTime)
			defer cancel()
			defer a.update(func() { a.calls-- })
			f(c)
		}()
	}
	if send {
		a.sendRefresh(ctx, protocol.MethodWorkspaceInlayHintRefresh, to.refreshHints, a.refresh.answered)
	}
	if lenses {
		a.sendRefresh(ctx, protocol.MethodWorkspaceCodeLensRefresh, to.refreshLenses, func() { a.lenses.inFlight = false })
	}
	for _, m := range messages {
		a.notify(ctx, protocol.MethodWindowShowMessage, m)
	}
	// In a fixed order, so that two runs of a test hear the same.
	for _, u := range slices.Sorted(maps.Keys(problems)) {
		a.notify(ctx, protocol.MethodTextDocumentPublishDiagnostics, problems[u])
	}
	for _, p := range work {
		a.notify(ctx, protocol.MethodProgress, p)
	}
	if len(work) > 0 {
		poke(a.wake)
	}
	if state != nil {
		a.notify(ctx, MethodRunState, state)
	}
	return wait
}

// sendRefresh asks the client to fetch again; answered ends the flight. A client that
// is slow about lenses, or never answers, is only not asked about those meanwhile.
func (a *announcer) sendRefresh(ctx context.Context, method string, supported bool, answered func()) {
	if !supported {
		a.update(answered)
		return
	}
	go func() {
		c, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		if _, err := a.conn.Call(c, method, nil, nil); err != nil && ctx.Err() == nil {
			a.log.Debug("refresh", "method", method, "error", err)
		}
		a.update(answered)
	}()
}

// notify sends a notification; that a connection is gone shows in the reader.
func (a *announcer) notify(ctx context.Context, method string, params any) {
	if raw, ok := params.(json.RawMessage); ok {
		params = jsonrpc2.RawMessage(raw)
	}
	if err := a.conn.Notify(ctx, method, params); err != nil && ctx.Err() == nil {
		a.log.Debug("notify", "method", method, "error", err)
	}
}
