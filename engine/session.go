package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/pybridge"
)

// ErrEnded is what a Session answers once its program has ended.
var ErrEnded = errors.New("the program has ended")

// Session is one run of a program and all its processes. Every method may be
// called from any goroutine, but never from an Observer, which the Session's
// own goroutine is inside of.
//
// One goroutine (run) owns everything below inbox, calls the Observer and ends
// when the program has. Others only hand it functions: one accepts processes,
// one waits for the program, one looks at what it writes, and each Conn delivers.
type Session struct {
	id      string
	config  Config
	python  launch.Interpreter
	stage   string
	held    func() // lets the stage go; nil where nothing is started from it
	started time.Time

	attached *AttachConfig  // nil where the program was started
	door     hub.Attachable // of a program that was attached to and says where it listens
	listener *link.Listener
	process  *launch.Process // nil where the client's terminal runs it
	kept     *keptProgram    // where a keeper runs it there
	accepted context.CancelFunc

	inbox  chan func()
	ending chan struct{} // closed when the owner takes no more
	over   chan struct{} // closed after Observer.Ended, or when Start gives up
	late   sync.Mutex    // guards what run owned, once ending is closed

	refs    refs // frames, values and sources of processes
	targets refs // of steps and jumps

	observer  Observer
	recorder  *recorder // nil where nothing is recorded
	complaint []byte    // what the interpreter wrote to stderr before its hello
	set       *tracepoint.Set
	tallies   *tally.Aggregator
	snapshot  *tally.Snapshot
	processes map[int]*process // by number, 1 is the program itself
	leaving   map[int]*process // lost ones, some of whose counts are still to be worked out
	planning  planning
	awaiting  atomic.Bool // the end waits for planning, and Hurry was not called
	joined    int         // processes that ever joined
	main      *process
	asks      map[int]pending
	lastAsk   int
	acks      []*ack
	threads   int  // numbers given out
	restated  bool // a Status changed since the hub was told
	focus     int  // number of the process that stopped last, 0: none

	running     bool // go was sent
	exited      bool // the program itself is gone
	announced   bool // Observer.Started was called
	exit        Exit
	terminating bool // the program was asked to end
	unseen      unseen
	closing     *time.Timer // ends the wait for processes that outlive the program
	stopped     bool        // run is to return

	hub *hub.Server // nil where the Session could not be advertised
}

// Start starts a program with the bridge inside and returns when it waits for
// Go, with every tracepoint of c armed or refused (Statuses says which). The
// Observer may be called before Start returns; never after Start has failed.
// ctx bounds the start alone. Errors are one sentence for the person.
func Start(ctx context.Context, c Config, o Observer) (*Session, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	s := newSession(c, o, !c.watches())
	if s.python, err = launch.Find(ctx, c.Python, c.Workspace); err != nil {
		return nil, err
	}
	if err := checkLimit(); err != nil {
		return nil, err
	}
	if s.listener, err = link.Listen(); err != nil {
		return nil, err
	}
	var note string
	if s.stage, note, err = stageBridge(s.listener.Dir()); err != nil {
		s.listener.Close()
		return nil, err
	}
	s.tallies = tally.NewAggregator(tally.Config{Session: s.id, Program: c.title(), Started: s.started,
		Samples: c.Samples, SampleLimit: c.SampleLimit})
	s.held = pybridge.Hold(s.stage)
	for owner, specs := range c.Tracepoints {
		s.set.Replace(owner, specs)
	}
	if c.Record != nil {
		s.set.Replace(dumpOwner, c.Record.specs())
	}
	if err := s.startRecording(); err != nil {
		s.listener.Close()
		s.held()
		return nil, err
	}
	if err := s.begin(ctx, note); err != nil {
		s.giveUp()
		return nil, err
	}
	return s, nil
}

// begin starts the program and waits until it is armed; a note is told.
func (s *Session) begin(ctx context.Context, note string) error {
	go s.run()
	if note != "" {
		s.post(func() { s.observer.Notice(note) })
	}
	pid, err := s.launch(ctx)
	if err != nil {
		return err
	}
	conn, err := s.greet(ctx, pid)
	if err != nil {
		return err
	}
	return s.admit(ctx, conn)
}

// admit takes the program's own process in and waits until it is armed.
func (s *Session) admit(ctx context.Context, conn *link.Conn) error {
	armed := make(chan struct{})
	if !s.call(func() { s.join(conn); s.onArmed(s.set.Revision(), func() { close(armed) }) }) {
		return ErrEnded
	}
	accepting, cancel := context.WithCancel(context.Background())
	s.accepted = cancel
	go s.accept(accepting)
	if s.programDone() != nil {
		go s.awaitExit()
	}
	timeout := time.NewTimer(s.config.ConnectTimeout)
	defer timeout.Stop()
	s.advertise()
	select {
	case <-armed:
		return nil
	case <-s.ending:
		return fmt.Errorf("the program ended before it could run: %s", s.exit.sentence())
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout.C:
		return fmt.Errorf("the program did not get ready within %v", s.config.ConnectTimeout)
	}
}

func newID() string {
	var b [6]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// post hands f to the owner; false once it takes no more.
func (s *Session) post(f func()) bool {
	select {
	case s.inbox <- f:
		return true
	case <-s.ending:
		return false
	}
}

// call is post that waits until f has run.
func (s *Session) call(f func()) bool {
	done := make(chan struct{})
	if !s.post(func() { defer close(done); f() }) {
		return false
	}
	<-done
	return true
}

// read runs f, which only reads, also after the end.
func (s *Session) read(f func()) {
	if s.call(f) {
		return
	}
	s.late.Lock()
	defer s.late.Unlock()
	f()
}

// snapshotPause is how often a running program's counters are read.
const snapshotPause = 400 * time.Millisecond

// run owns the Session until the program and its links have ended.
func (s *Session) run() {
	ticker := time.NewTicker(snapshotPause)
	defer ticker.Stop()
	for !s.stopped {
		select {
		case f := <-s.inbox:
			s.guard(f)
		case <-ticker.C:
			s.guard(s.publish)
			if s.recorder != nil {
				s.recorder.writer.Tick()
			}
		}
	}
	s.guard(s.endOutput)
	s.guard(s.endRecording)
	close(s.ending)
	ended := s.endPlanners()
	s.keep()
	s.guard(func() { s.observer.Ended(s.exit) })
	<-ended // before their stage may go
	if s.held != nil {
		s.held()
	}
	close(s.over)
}

// guard is the barrier between one thing the Session does and the next.
func (s *Session) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			if s.config.Bug == nil {
				panic(p)
			}
			s.config.Bug(p, debug.Stack())
		}
	}()
	f()
}

// giveUp undoes a start that failed.
func (s *Session) giveUp() {
	if s.process != nil {
		_ = s.process.Kill()
		<-s.process.Done()
	}
	s.call(func() {
		s.observer = mute{}
		s.release()
		s.stopped = true
	})
	s.listener.Close()
	if s.accepted != nil {
		s.accepted()
	}
}

// release lets go of every process.
func (s *Session) release() {
	for _, p := range s.processes {
		p.conn.Close()
	}
}
