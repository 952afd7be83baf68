package engine

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/planner"
)

// crew is the planners of one interpreter: a planner has to run the same as the
// program, for it to compile to the same code.
type crew struct {
	argv    []string
	members []*member
	most    int  // members
	broken  bool // none could be started, or one has ended: nothing is asked any more
}

// member is one planner, and how many Requests it has not answered.
type member struct {
	*planner.Planner
	asked int
}

// question is a Request that is not answered.
type question struct {
	file   *rawFile
	crew   *crew
	member *member
}

const (
	mostPlanners = 4  // of one interpreter: each takes some 30 MB
	manyFiles    = 64 // have to wait for another one to be worth its start
)

// room is how many planners may work at a time: the program, while it runs, is not
// to notice.
func (s *Session) room() int {
	n := runtime.NumCPU()
	if !s.exited {
		n--
	}
	return max(n, 1)
}

// crew returns the planners for a process, none at first.
func (s *Session) crew(p *process) *crew {
	argv := []string{p.hello.Executable}
	if p.hello.Executable == "" {
		argv = s.python.Argv
	}
	c := s.planning.crews[argv[0]]
	if c == nil {
		c = &crew{argv: argv, most: mostPlanners}
		s.planning.crews[argv[0]] = c
	}
	c.broken = c.broken || s.planning.over || s.attached != nil
	return c
}

// free returns a planner that may be asked, started where that is of use; nil where
// there is none.
func (s *Session) free(c *crew) *member {
	if c.broken {
		return nil
	}
	var best *member
	for _, m := range c.members {
		if best == nil || m.asked < best.asked {
			best = m
		}
	}
	switch {
	case best == nil:
	case best.asked < planner.InFlight:
		return best
	case len(c.members) >= min(c.most, s.room()), len(s.planning.queue) < manyFiles:
		return nil
	}
	return s.enlist(c)
}

// enlist starts a planner; another one that cannot be started is done without.
func (s *Session) enlist(c *crew) *member {
	one, err := planner.Start(s.planning.ctx, planner.Options{
		Argv: c.argv, Stage: s.stage, Plans: plansDir(), Env: launch.Environ(os.Environ(), s.environment())},
		func(a planner.Answer) { s.post(func() { s.workedOut(a) }) },
		func(err error) { s.post(func() { s.crewBroke(c, err) }) })
	if err != nil {
		if c.most = len(c.members); c.most == 0 {
			s.sayBroken(c, err)
		}
		return nil
	}
	m := &member{Planner: one}
	c.members = append(c.members, m)
	return m
}

func (s *Session) sayBroken(c *crew, err error) {
	c.broken = true
	s.observer.Notice(fmt.Sprintf("What some files counted cannot be worked out and is not shown: %v.", err))
}

// crewBroke gives up what one interpreter's planners were asked.
func (s *Session) crewBroke(c *crew, err error) {
	if c.broken || s.planning.over {
		return
	}
	s.sayBroken(c, err)
	for id, q := range s.planning.asked {
		if q.crew == c {
			delete(s.planning.asked, id)
			q.file.failed = true
			s.settleRaw(q.file)
		}
	}
	s.askPlanners()
	s.finishIfDone()
}

// keepingTime is how long a planner may write what it is to keep for the next run.
const keepingTime = time.Second

// endPlanners lets the planners go; the channel is closed when they are gone. It
// is called when post takes no more: a planner may wait in one.
func (s *Session) endPlanners() <-chan struct{} {
	var all sync.WaitGroup
	for _, c := range s.planning.crews {
		for _, m := range c.members {
			moment := keepingTime
			if c.broken {
				moment = 0
			}
			all.Go(func() { m.Close(moment) })
		}
	}
	for _, t := range s.planning.timers {
		t.Stop()
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		s.planning.cancel()
		close(done)
	}()
	return done
}
