package engine

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/planner"
)

// planning has raw counts worked out. The Session's goroutine owns it.
type planning struct {
	ctx      context.Context // of the planners' processes
	cancel   context.CancelFunc
	planners map[string]*planner.Planner // by interpreter; nil: it could not be started, or has broken
	queue    []*rawFile
	asked    map[int]*rawFile // by Request
	last     int              // Request
	hurried  bool             // the end waits for nothing
	over     bool             // nobody waits any more
	timers   []*time.Timer    // of the wait at the end, nil before

	changed map[string]struct{} // paths of files that changed since they were loaded
	failed  map[string]struct{} // paths of others that cannot be worked out
	reason  string              // of the first of them
	unknown int                 // code objects that are not in their files
}

func newPlanning() planning {
	ctx, cancel := context.WithCancel(context.Background())
	return planning{ctx: ctx, cancel: cancel, planners: map[string]*planner.Planner{}, asked: map[int]*rawFile{},
		changed: map[string]struct{}{}, failed: map[string]struct{}{}}
}

// lookForRaw finds what a process has counted raw since last time, and has it
// worked out.
func (s *Session) lookForRaw(p *process) {
	s.planning.queue = append(s.planning.queue, p.findRaw()...)
	s.askPlanners()
}

// askPlanners asks as much as may be asked at once.
func (s *Session) askPlanners() {
	for len(s.planning.queue) > 0 && len(s.planning.asked) < planner.InFlight {
		f := s.planning.queue[0]
		s.planning.queue = s.planning.queue[1:]
		one := s.planner(f.process)
		if one == nil {
			f.failed = true
			s.settleRaw(f)
			continue
		}
		s.planning.last++
		s.planning.asked[s.planning.last] = f
		one.Ask(f.request(s.planning.last))
	}
}

// interpreter is what a process runs: a planner has to run the same.
func (s *Session) interpreter(p *process) []string {
	if p.hello.Executable == "" {
		return s.python.Argv
	}
	return []string{p.hello.Executable}
}

// planner returns the planner for a process, started when it is first needed; nil
// where there is none to be had.
func (s *Session) planner(p *process) *planner.Planner {
	if s.planning.over || s.attached != nil {
		return nil
	}
	argv := s.interpreter(p)
	key := argv[0]
	if one, known := s.planning.planners[key]; known {
		return one
	}
	one, err := planner.Start(s.planning.ctx,
		planner.Options{Argv: argv, Stage: s.stage, Plans: plansDir(), Env: launch.Environ(os.Environ(), s.environment())},
		func(a planner.Answer) { s.post(func() { s.workedOut(a) }) },
		func(err error) { s.post(func() { s.plannerBroke(key, err) }) })
	s.planning.planners[key] = one
	if err != nil {
		s.sayPlannerBroke(err)
	}
	return one
}

func (s *Session) sayPlannerBroke(err error) {
	s.observer.Notice(fmt.Sprintf("What some files counted cannot be worked out and is not shown: %v.", err))
}

// plannerBroke gives up what one interpreter's planner was asked.
func (s *Session) plannerBroke(key string, err error) {
	if s.planning.over {
		return
	}
	s.planning.planners[key] = nil
	s.sayPlannerBroke(err)
	for id, f := range s.planning.asked {
		if s.interpreter(f.process)[0] == key {
			delete(s.planning.asked, id)
			f.failed = true
			s.settleRaw(f)
		}
	}
	s.askPlanners()
	s.finishIfDone()
}

// workedOut takes an answer in.
func (s *Session) workedOut(a planner.Answer) {
	f := s.planning.asked[a.ID]
	if f == nil {
		return // given up
	}
	delete(s.planning.asked, a.ID)
	switch {
	case a.Changed, a.File != nil && f.known != "" && a.File.SHA256 != f.known:
		f.failed = true
		s.planning.changed[f.Path] = struct{}{}
	case a.Error != "":
		f.failed = true
		s.planning.failed[f.Path] = struct{}{}
		if s.planning.reason == "" {
			s.planning.reason = a.Error
		}
	default:
		s.addRaw(f, a)
	}
	s.settleRaw(f)
	s.askPlanners()
	s.finishIfDone()
}

func (s *Session) addRaw(f *rawFile, a planner.Answer) {
	if a.File != nil {
		info := fileOf(*a.File)
		info.ID = rawID | f.ID
		s.tallies.AddFile(f.process.number, info)
		f.known = info.SHA256
	}
	sums, unknown := f.sums(a.Codes)
	s.tallies.AddSums(f.process.number, sums)
	s.planning.unknown += unknown
}

// settleRaw ends a file's wait, unless more of its code has run meanwhile.
func (s *Session) settleRaw(f *rawFile) {
	f.asked = nil
	if f.failed {
		f.found = nil
	}
	if len(f.found) > 0 {
		s.planning.queue = append(s.planning.queue, f)
		return
	}
	f.waits = false
	f.process.raw.waiting--
	s.leaveIfSettled(f.process)
}

// leaveIfSettled reads a lost process's counters a last time and lets its memory
// go, once all that it counted raw is worked out.
func (s *Session) leaveIfSettled(p *process) {
	if s.leaving[p.number] != p || p.raw.waiting > 0 {
		return
	}
	delete(s.leaving, p.number)
	s.tallies.Close(p.number, s.count(p))
	if m := p.conn.Memory(); m != nil {
		_ = m.Close()
	}
}

// sayingTime is after what time the person is told what the end waits for.
const sayingTime = time.Second

// awaitPlanners begins the wait for what is still to be worked out when the program
// has ended.
func (s *Session) awaitPlanners() {
	switch {
	case s.planning.hurried:
		s.giveUpPlanning("%s that ran were not worked out and %s not shown.")
		return
	case s.planning.timers != nil:
		return
	}
	s.planning.timers = []*time.Timer{
		time.AfterFunc(sayingTime, func() {
			s.post(func() {
				if n := s.waiting(); n > 0 {
					s.observer.Notice(fmt.Sprintf("Working out what %s counted …", files(n)))
				}
			})
		}),
		time.AfterFunc(s.config.RawPatience, func() {
			s.post(func() { s.giveUpPlanning("%s that ran could not be worked out in time and %s not shown.") })
		}),
	}
}

// waiting is how many files are still to be worked out.
func (s *Session) waiting() int { return len(s.planning.queue) + len(s.planning.asked) }

// Hurry ends the wait for what the program's many files counted; without it the
// Session goes on for up to Config.RawPatience after the program. What is not
// worked out is not shown.
func (s *Session) Hurry() {
	s.post(s.hurry)
}

func (s *Session) hurry() {
	s.planning.hurried = true
	s.finishIfDone()
}

// giveUpPlanning waits for no planner any more. format says of how many files
// nothing is known, and "is" or "are".
func (s *Session) giveUpPlanning(format string) {
	if s.planning.over {
		return
	}
	s.planning.over = true
	s.planning.cancel()
	all := s.planning.queue
	for _, f := range s.planning.asked {
		all = append(all, f)
	}
	s.planning.queue = nil
	clear(s.planning.asked)
	for _, f := range all {
		f.failed = true
		s.settleRaw(f)
	}
	if n := len(all); n > 0 {
		s.observer.Notice(fmt.Sprintf(format, files(n), areOf(n)))
	}
	s.finishIfDone()
}

// sayUnplanned makes sure that nothing is lost in silence.
func (s *Session) sayUnplanned() {
	if n := len(s.planning.changed); n > 0 {
		s.observer.Notice(fmt.Sprintf("What %s counted is not shown: the source has changed since it was loaded.", files(n)))
	}
	if n := len(s.planning.failed); n > 0 {
		s.observer.Notice(fmt.Sprintf("%s that ran could not be worked out and %s not shown: %s.", files(n), areOf(n), s.planning.reason))
	}
	if n := s.planning.unknown; n > 0 {
		s.observer.Notice(fmt.Sprintf("What was counted in %s is not shown: nothing like it is in the source.", many(n, "code object")))
	}
}

// endPlanners lets the planners go; the channel is closed when they are gone. It
// is called when post takes no more: a planner may wait in one.
func (s *Session) endPlanners() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, one := range s.planning.planners {
			if one != nil {
				one.Close(keepingTime)
			}
		}
		s.planning.cancel()
	}()
	for _, t := range s.planning.timers {
		t.Stop()
	}
	return done
}

// keepingTime is how long a planner may write what it is to keep for the next run.
const keepingTime = time.Second

func files(n int) string { return many(n, "file") }

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func areOf(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
