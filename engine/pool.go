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

// pool is the planners of one interpreter: a planner has to run the same interpreter as
// the program, for it to compile to the same code.
type pool struct {
	argv    []string
	workers []*worker
	most    int  // workers that it may have
	broken  bool // none could be started, or one has ended: nothing is asked any more
}

// worker is one planner, and how many Requests it has not answered.
type worker struct {
	*planner.Planner
	asked int
}

// question is a Request that is not answered.
type question struct {
	file   *rawFile
	pool   *pool
	worker *worker
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

// pool returns the planners for a process, none at first.
func (s *Session) pool(p *process) *pool {
	argv := []string{p.hello.Executable}
	if p.hello.Executable == "" {
		argv = s.python.Argv
	}
	c := s.planning.pools[argv[0]]
	if c == nil {
		c = &pool{argv: argv, most: mostPlanners}
		s.planning.pools[argv[0]] = c
	}
	c.broken = c.broken || s.planning.over || s.attached != nil
	return c
}

// free returns a planner that may be asked, started where that is of use; nil where
// there is none.
func (s *Session) free(c *pool) *worker {
	if c.broken {
		return nil
	}
	var best *worker
	for _, m := range c.workers {
		if best == nil || m.asked < best.asked {
			best = m
		}
	}
	switch {
	case best == nil:
	case best.asked < planner.InFlight:
		return best
	case len(c.workers) >= min(c.most, s.room()), len(s.planning.queue) < manyFiles:
		return nil
	}
	return s.startWorker(c)
}

// startWorker starts a planner; another one that cannot be started is done without.
func (s *Session) startWorker(c *pool) *worker {
	one, err := planner.Start(s.planning.ctx, planner.Options{
		Argv: c.argv, Stage: s.stage, Plans: plansDir(), Env: launch.Environ(os.Environ(), s.environment())},
		func(a planner.Answer) { s.post(func() { s.workedOut(a) }) },
		func(err error) { s.post(func() { s.poolBroke(c, err) }) })
	if err != nil {
		if c.most = len(c.workers); c.most == 0 {
			s.sayBroken(c, err)
		}
		return nil
	}
	m := &worker{Planner: one}
	c.workers = append(c.workers, m)
	return m
}

func (s *Session) sayBroken(c *pool, err error) {
	c.broken = true
	s.observer.Notice(fmt.Sprintf("What some files counted cannot be worked out and is not shown: %v.", err))
}

// poolBroke gives up what one interpreter's planners were asked.
func (s *Session) poolBroke(c *pool, err error) {
	if c.broken || s.planning.over {
		return
	}
	s.sayBroken(c, err)
	for id, q := range s.planning.asked {
		if q.pool == c {
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
	for _, c := range s.planning.pools {
		for _, m := range c.workers {
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
