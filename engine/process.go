package engine

import (
	"fmt"
	"maps"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// NoAccelerator is what a Python without the GIL lacks, and what that costs: docs/costs.md has what questions cost with the
// accelerator and without.
const NoAccelerator = "the accelerator is not there, without which a question costs about ten times as much"

// noGIL is said once of a free-threaded Python (base/turns.py in the bridge).
const noGIL = "This Python has no GIL: its threads wait for each other at each event that Tallyho asks for, and " + NoAccelerator + "."

// process is one process of a Session: its link, and the tables that its
// records refer to.
type process struct {
	number int
	conn   *link.Conn
	hello  link.Hello
	codes  map[uint32]link.Code
	places map[uint32]link.Place
	thread map[uint32]*thread

	fired    map[action]uint64 // records that mean a hit: a lower bound of those
	revision int               // of the last Armed
	parked   []uint32          // threads that were told to have stopped; some may run again
	bye      *link.Bye
	lost     bool
	damaged  uint64
	raw      rawCounts
}

// action names an action of a tracepoint.
type action struct{ tracepoint, id int }

// thread is a thread of a process. Its number is unique in the Session.
type thread struct {
	number int
	link.Thread
	span render.Span // that its latest events are in
}

// join takes a process in: it is configured, armed and, when it is a child of
// a program that runs already, let go.
func (s *Session) join(conn *link.Conn) {
	if s.stopped || s.planning.timers != nil { // it would be listened to for as long as it lives
		conn.Close()
		return
	}
	s.joined++
	p := &process{
		number: s.joined, conn: conn, hello: conn.Hello(),
		codes: map[uint32]link.Code{}, places: map[uint32]link.Place{}, thread: map[uint32]*thread{},
		fired: map[action]uint64{},
	}
	s.processes[p.number] = p
	s.seeAgain(p)
	if s.recorder != nil {
		s.recorder.define(p, p.hello)
	}
	if s.main == nil {
		s.main = p
		s.tallies.SetPython(p.hello.Python)
	}
	if s.config.InStep {
		conn.InStep()
	}
	conn.Serve(func(m link.Message) {
		if _, batch := m.(link.Batch); batch && s.config.InStep {
			s.call(func() { s.receive(p, m) })
			return
		}
		if _, lost := m.(link.Lost); !s.post(func() { s.receive(p, m) }) && lost && conn.Memory() != nil {
			_ = conn.Memory().Close()
		}
	})
	s.send(p, s.link(p))
	s.send(p, s.arm(p, s.set.Revision(), s.set.Armable(), nil))
	if s.running {
		s.send(p, link.Go{})
	}
}

// link is what a process is configured with. One that was attached to is never
// made to wait for us.
func (s *Session) link(p *process) link.Config {
	c := s.config.link()
	c.Eager = -1
	if s.config.Tally != TallyOff {
		c.Plans = plansDir()
		if s.attached == nil {
			c.Eager = *s.config.Eager
		}
	}
	_, asked := s.observer.(LoadObserver)
	c.Loads = asked && c.Stops && p == s.main
	c.RedactValues = s.attached != nil
	if s.config.RedactValues != nil {
		c.RedactValues = *s.config.RedactValues
	}
	if s.attached != nil {
		c.WaitWhenFull = false
	}
	if captured := s.captured(); captured != nil {
		c.Output = captured.Files()
	}
	return c
}

// send is for commands whose failure needs no other answer than the Lost that
// follows it.
func (s *Session) send(p *process, c link.Command) {
	if err := p.conn.Send(c); err != nil && err != link.ErrClosed {
		s.observer.Notice(fmt.Sprintf("Tallyho could not reach process %d: %v", p.hello.PID, err))
	}
}

// receive is everything a process says.
func (s *Session) receive(p *process, m link.Message) {
	switch m := m.(type) {
	case link.Batch:
		for _, r := range m {
			s.record(p, r)
		}
		if o, ok := s.observer.(interface{ Settle() }); ok && s.config.InStep {
			o.Settle()
		}
	case link.Armed:
		p.revision = m.Revision
		s.reported(p, m.Tracepoints)
		s.settleArmed()
	case link.StatusReport:
		s.reported(p, m.Tracepoints)
	case link.Started:
		if p == s.main && !s.announced {
			s.announced = true
			s.observer.Started(p.hello.PID)
			if p.hello.FreeThreaded {
				s.observer.Notice(noGIL)
			}
		}
	case link.Doubt:
		s.tallies.Doubt(p.number)
		s.observer.Notice(m.Text)
	case link.Notice:
		s.observer.Notice(m.Text)
	case link.Exception:
		s.tallies.AddException(exceptionOf(m))
	case link.Bye:
		p.bye = &m
	case link.Stopped:
		s.showAllOutput()
		s.threadStopped(p, m)
	case link.Continued:
		s.threadContinued(p, m)
	case link.Loaded:
		s.loaded(p, m)
	case link.Reply:
		s.answered(m)
	case link.Lost:
		s.lose(p, m)
	}
}

// reported notes what became of tracepoints in a process.
func (s *Session) reported(p *process, statuses []link.Status) {
	for _, st := range statuses {
		after, changed := s.set.Update(p.number, tracepoint.Report{
			ID: st.ID, State: stateOf(st.State), Line: st.Line, Column: st.Column, Places: st.Places,
			Hits: st.Hits, Errors: st.Errors, Message: st.Message, Names: st.Names, There: st.There, Unbound: st.Unbound,
			Limited: st.Limited, Dropped: st.Dropped, Nanos: st.Nanos,
		})
		if changed {
			s.observer.Status(after)
			s.restated = true
		}
	}
}

func stateOf(text string) tracepoint.State {
	switch st := tracepoint.State(text); st {
	case tracepoint.Pending, tracepoint.Armed, tracepoint.Disarmed, tracepoint.Failed:
		return st
	}
	return tracepoint.Pending
}

// lose takes leave of a process: its threads have ended, and its counters are read
// a last time once it is known what they mean.
func (s *Session) lose(p *process, lost link.Lost) {
	p.lost = true
	s.lookForRaw(p)
	p.damaged += uint64(len(p.raw.early))
	for a, n := range p.fired {
		if p.bye != nil {
			break // it has reported to the end
		}
		if st, changed := s.set.AtLeast(p.number, a.tracepoint, n); changed {
			s.observer.Status(st)
		}
	}
	s.set.Forget(p.number)
	s.sayLosses(p, lost)
	for id := range maps.Keys(p.thread) {
		s.endThread(p, id)
	}
	delete(s.processes, p.number)
	s.leaving[p.number] = p
	s.leaveIfSettled(p)
	s.refs.forget(p.number, 0)
	s.targets.forget(p.number, 0)
	s.answerAll(p.number)
	s.settleArmed()
	if p == s.main {
		s.mainLost(lost)
	} else if s.succeeds(p) {
		s.successorLost(p)
	}
	s.finishIfDone()
}

// sayLosses makes sure that nothing is lost in silence.
func (s *Session) sayLosses(p *process, lost link.Lost) {
	dropped := uint64(0)
	if m := p.conn.Memory(); m != nil {
		dropped = m.Dropped()
	}
	for _, loss := range []struct {
		n    uint64
		what string
	}{
		{dropped, "were dropped because trace memory was full"},
		{lost.Gaps, "were being written when it ended and are lost"},
		{p.damaged, "could not be read"},
	} {
		if loss.n > 0 {
			s.observer.Notice(fmt.Sprintf("Process %d: %d records %s.", p.hello.PID, loss.n, loss.what))
		}
	}
	if lost.Err != nil {
		s.observer.Notice(fmt.Sprintf("The link to process %d broke: %v.", p.hello.PID, lost.Err))
	}
}

// count reads a process's counters and reports whether they all could be read.
func (s *Session) count(p *process) bool {
	m := p.conn.Memory()
	if m == nil {
		return true
	}
	return m.Counters(func(counter func(uint64) uint64) { s.tallies.Update(p.number, counter) }) == nil
}

// runState is Paused while a thread of any process waits to be looked at.
func (s *Session) runState() tally.State {
	for _, p := range s.processes {
		if len(p.parked) > 0 {
			return tally.Paused
		}
	}
	return tally.Running
}

// publish makes a Snapshot of what the counters say now and shows it if it is
// news.
func (s *Session) publish() {
	if s.joined == 0 {
		return
	}
	if len(s.processes) > 0 {
		s.tallies.SetState(s.runState())
	}
	for _, p := range s.processes {
		s.lookForRaw(p)
		s.count(p)
	}
	for _, p := range s.leaving {
		s.count(p)
	}
	if s.restated && s.hub != nil {
		s.restated = false
		s.hub.SetStatuses(s.set.Statuses())
	}
	if next := s.tallies.Snapshot(); next != s.snapshot {
		s.snapshot = next
		s.observer.Tally(next)
		if s.hub != nil {
			s.hub.Publish(next)
		}
	}
}

func exceptionOf(m link.Exception) tally.Exception {
	e := tally.Exception{Type: m.Type, Message: m.Message, Thread: m.Thread, Frames: []tally.Frame{}, Text: m.Text}
	for _, f := range m.Frames {
		e.Frames = append(e.Frames, tally.Frame{Path: f.Path, Line: f.Line, Function: f.Function})
	}
	return e
}
