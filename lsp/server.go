package lsp

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/text"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// server answers the requests of one client. Requests that it does not override
// are answered "method not found".
type server struct {
	protocol.UnimplementedServer

	options  Options
	log      *slog.Logger
	now      func() time.Time // the clock, another one in tests
	started  time.Time
	announce *announcer // the only one that calls the client

	worldMu sync.Mutex // held while world is replaced
	world   atomic.Pointer[world]

	views      views         // made of the world, and kept while that is the same
	review     chan struct{} // news for the reviewer
	folders    *folderSet    // of the workspace
	initial    *Settings     // as the server was started with
	complained onceSet       // sentences that the person was told
	tracer     tracer
	forgetting atomic.Pointer[func(session string)] // drops a run that has ended; the watcher sets it
	pulls      atomic.Int64                         // how often the configuration was asked for
	opened     atomic.Int64                         // how many documents were

	pageFiles  pageFiles
	recordings *recordings // that are kept of the folders
	picker     *picker     // reads recordings for a person
	iterated   *iterations // what was read of recordings lately

	runsRead chan struct{} // closed once the runs that were kept have been read
	readOnce sync.Once
	reading  time.Duration // bounds how long a request waits for that
	dialling time.Duration // and for the programs that run already

	conn   jsonrpc2.Conn
	client *client // set once by Initialize, before any other request is let in

	phaseMu sync.Mutex // guards current
	current phase

	ctx    context.Context // of the connection
	done   sync.WaitGroup  // the server's own goroutines
	exited chan struct{}   // closed by exit
	begin  sync.Once       // initialized
	leave  sync.Once       // exit
}

// phase is how far the client has come.
type phase int

const (
	// A request before initialize is answered with ServerNotInitialized, one after shutdown
	// with InvalidRequest (LSP 3.17, "Initialize Request", "Shutdown Request").
	phaseNew phase = iota
	phaseReady
	phaseShutdown
)

// newServer is a server before initialize, with the options' defaults filled in.
func newServer(o Options) *server {
	s := &server{options: o, log: o.Log, now: o.Now, exited: make(chan struct{}), runsRead: make(chan struct{}),
		review: make(chan struct{}, 1), folders: newFolderSet(), tracer: tracer{owner: ownerName()}, reading: readingTime, dialling: dialTime}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.started = s.now()
	if o.Recordings == nil {
		o.Recordings = hub.Recordings
	}
	s.iterated = &iterations{}
	s.recordings, s.picker = newRecordings(o.Recordings), newPicker(s)
	if s.options.Bug == nil {
		s.options.Bug = func(p any, stack []byte) { s.log.Error("panic", "value", p, "stack", string(stack)) }
	}
	s.world.Store(&world{docs: map[uri.URI]*document{}, runs: newRuns(nil, "", nil), settings: DefaultSettings()})
	return s
}

// start gives the server its connection. It runs before the first message is read.
func (s *server) start(ctx context.Context, conn jsonrpc2.Conn) {
	s.ctx, s.conn = ctx, conn
	s.announce = newAnnouncer(conn, s.now, s.log)
	s.announce.renewPage = s.renewPage
	s.goDo(func() { s.announce.run(ctx) })
}

// goDo runs f on a goroutine of its own that wait waits for.
func (s *server) goDo(f func()) {
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		defer func() {
			if p := recover(); p != nil {
				s.options.Bug(p, stack())
			}
		}()
		f()
	}()
}

// wait returns once the server's own goroutines have ended; the connection's
// context is done by then.
func (s *server) wait() { s.done.Wait() }

// phase is how far the connection has come: requests are refused before initialize and after shutdown.
func (s *server) phase() phase {
	s.phaseMu.Lock()
	defer s.phaseMu.Unlock()
	return s.current
}

// setPhase is called by initialize and shutdown alone.
func (s *server) setPhase(p phase) {
	s.phaseMu.Lock()
	defer s.phaseMu.Unlock()
	s.current = p
}

// enter lets a message in or says why not, and binds a call to the world as it is
// now. It runs in wire order.
func (s *server) enter(ctx context.Context, method string) (context.Context, error) {
	switch p := s.phase(); {
	case method == protocol.MethodExit:
	case p == phaseNew && method != protocol.MethodInitialize:
		return nil, jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "the first request must be initialize")
	case p != phaseNew && method == protocol.MethodInitialize:
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "initialize may be sent only once")
	case p == phaseShutdown && method != protocol.MethodShutdown:
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server was shut down")
	}
	return context.WithValue(ctx, worldKey{}, s.world.Load()), nil
}

// client is what the other side can do, as it said in initialize.
type client struct {
	encoding       text.Encoding // that was agreed on; positions are in it
	folders        []string      // of the workspace at the start
	refreshHints   bool          // it fetches hints again when it is asked to
	lazyHints      bool          // tooltips and commands of hints are fetched when they are looked at
	refreshLenses  bool          // and lenses
	refreshTokens  bool          // and semantic tokens
	configuration  bool          // it answers workspace/configuration
	registerConfig bool          // it lets us ask to be told of changed settings
	showDocument   bool          // it opens a document for us
	content        bool          // workspace/textDocumentContent
	progress       bool          // it shows work in progress
	markdown       bool          // in hovers
	notebooks      bool          // their cells are told of
	related        bool          // related information in diagnostics
	dynamic        dynamic       // what it lets us register later
}

// onceSet remembers texts, a bounded number of them.
type onceSet struct {
	mu  sync.Mutex // guards all
	all map[string]bool
}

// add reports whether text is new.
func (o *onceSet) add(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all[text] || len(o.all) >= 256 {
		return false
	}
	if o.all == nil {
		o.all = map[string]bool{}
	}
	o.all[text] = true
	return true
}
