package engine

import (
	"fmt"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// programEnded begins the end: what still lies in trace memory is delivered,
// and processes that outlive the program are listened to for a moment.
func (s *Session) programEnded(exit Exit) {
	if s.exited {
		return
	}
	s.exited, s.exit = true, exit
	if said := s.unseen.atEnd(time.Now()); said != "" {
		s.observer.Notice(said)
	}
	s.closing = time.AfterFunc(lingerTime, func() { s.post(s.release) })
	s.finishIfDone()
}

// mainLost is the end of a program that runs in the client's terminal, where the link
// is all we have of it. One that we, or a keeper of ours, started is waited for; should it live on
// without its link, it is unharmed and unseen.
func (s *Session) mainLost(lost link.Lost) {
	switch {
	case s.exited:
	case s.attached != nil && s.main.bye == nil:
		s.programEnded(Exit{Error: "the program has ended, or has closed the connection"})
	case s.programDone() == nil:
		exit := Exit{Code: 1, Error: "the program ended without saying how"}
		if s.main.bye != nil {
			exit = Exit{Code: s.main.bye.Status}
		}
		s.programEnded(exit)
	case s.main.bye == nil && !s.terminating:
		s.loseSight()
	}
}

// successorLost is the end of the link to what the program became by exec; it may have become something else once more.
func (s *Session) successorLost(p *process) {
	if !s.exited && !s.terminating && p.bye == nil && s.programDone() != nil {
		s.loseSight()
	}
}

// finishIfDone ends the Session once the program is gone and nothing is on its
// way any more.
func (s *Session) finishIfDone() {
	if !s.exited || len(s.processes) > 0 || s.stopped {
		return
	}
	s.closing.Stop()
	if len(s.leaving) > 0 {
		s.awaitPlanners()
		return
	}
	s.awaiting.Store(false)
	s.sayUnplanned()
	s.tallies.End(time.Now())
	s.publish()
	s.answerAll(0)
	s.listener.Close()
	if s.accepted != nil {
		s.accepted()
	}
	s.stopped = true
}

// sentence is how a program ended, for a person.
func (e Exit) sentence() string {
	switch {
	case e.Error != "":
		return e.Error
	case e.Signal != "":
		return "ended by " + e.Signal
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// mute is the Observer of a Session whose Start failed.
type mute struct{}

func (mute) Record(render.Record)     {}
func (mute) Output(string, []byte)    {}
func (mute) Status(tracepoint.Status) {}
func (mute) Thread(int, string, bool) {}
func (mute) Stopped(Stop)             {}
func (mute) Continued(Resumed)        {}
func (mute) Started(int)              {}
func (mute) Tally(*tally.Snapshot)    {}
func (mute) Notice(string)            {}
func (mute) Ended(Exit)               {}
