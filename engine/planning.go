package engine

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/planner"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// planning has raw counts worked out. The Session's goroutine owns it.
type planning struct {
	ctx     context.Context // of the planners' processes
	cancel  context.CancelFunc
	pools   map[string]*pool // by interpreter
	queue   []*rawFile
	asked   map[int]question // by Request
	last    int              // Request
	hurried bool             // the end waits for nothing
	over    bool             // nobody waits any more
	said    int              // files that the person was told are being worked out
	timers  []*time.Timer    // of the wait at the end, nil before

	changed map[string]struct{} // paths of files that changed since they were loaded
	failed  map[string]struct{} // paths of others that cannot be worked out
	reason  string              // of the first of them
	newer   map[string]struct{} // paths of files that changed and were loaded again
	foreign map[string]bool     // paths under which other code ran; true: it was counted as far as it is the file's own
}

func newPlanning() planning {
	ctx, cancel := context.WithCancel(context.Background())
	return planning{ctx: ctx, cancel: cancel, pools: map[string]*pool{}, asked: map[int]question{},
		changed: map[string]struct{}{}, failed: map[string]struct{}{}, newer: map[string]struct{}{}, foreign: map[string]bool{}}
}

// lookForRaw finds what a process has counted raw since last time, and has it
// worked out.
func (s *Session) lookForRaw(p *process) {
	s.planning.queue = append(s.planning.queue, p.findRaw()...)
	s.askPlanners()
}

// askPlanners asks as much as may be asked at once.
func (s *Session) askPlanners() {
	for len(s.planning.queue) > 0 {
		f := s.planning.queue[0]
		c := s.pool(f.process)
		m := s.free(c)
		switch {
		case m != nil:
			s.planning.last++
			s.planning.asked[s.planning.last] = question{f, c, m}
			m.asked++
			m.Ask(f.request(s.planning.last))
		case !c.broken:
			return // all are busy
		default:
			s.failRaw(f, "What it counted could not be worked out.")
			s.settleRaw(f)
		}
		s.planning.queue = s.planning.queue[1:]
	}
}

// workedOut takes an answer in.
func (s *Session) workedOut(a planner.Answer) {
	q, known := s.planning.asked[a.ID]
	if !known {
		return // given up
	}
	delete(s.planning.asked, a.ID)
	q.worker.asked--
	f := q.file
	switch {
	case a.Changed, a.File != nil && f.known != "" && a.File.SHA256 != f.known:
		s.failRaw(f, "Not all that it counted is known: the source has changed since it was loaded.")
		s.planning.changed[f.Path] = struct{}{}
	case a.Error != "":
		s.failRaw(f, "Not all that it counted is known: "+a.Error+".")
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
		info.ID, info.Raw = rawID|f.ID, true
		s.addFile(f.process, info)
		f.known = info.SHA256
	}
	sums, unknown := f.sums(a.Codes)
	s.tallies.AddSums(f.process.number, sums)
	if unknown > 0 {
		s.planning.addForeign(link.Foreign{Path: f.Path})
		s.tallies.Lacks(f.Path, "Not all that it counted is known: some of the code that ran is not in the source.")
	}
}

// failRaw gives a file up: what is not known of it is not to be taken for 0.
func (s *Session) failRaw(f *rawFile, reason string) {
	f.failed = true
	s.tallies.Lacks(f.Path, reason)
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
		s.giveUpPlanning("%s: what ran was not worked out and is not shown.")
		return
	case s.planning.timers != nil:
		return
	}
	s.awaiting.Store(true)
	s.planning.timers = []*time.Timer{
		time.AfterFunc(sayingTime, func() {
			s.post(func() {
				if n := s.waiting(); n > 0 {
					s.planning.said = n
					s.observer.Notice(fmt.Sprintf("Working out what %s counted …", files(n)))
				}
			})
		}),
		time.AfterFunc(s.config.RawPatience, func() {
			s.post(func() { s.giveUpPlanning("%s: what ran could not be worked out in time and is not shown.") })
		}),
	}
}

// waiting is how many files are still to be worked out.
func (s *Session) waiting() int { return len(s.planning.queue) + len(s.planning.asked) }

// Hurry ends the wait for what the program's many files counted, and reports
// whether there was one; without it the Session goes on for up to Config.RawPatience
// after the program. What is not worked out is not shown. It never blocks, and may be
// called by whom the Observer waits for.
func (s *Session) Hurry() bool {
	if !s.awaiting.CompareAndSwap(true, false) {
		return false
	}
	go s.post(s.hurry)
	return true
}

func (s *Session) hurry() {
	s.planning.hurried = true
	s.finishIfDone()
}

// giveUpPlanning waits for no planner any more. format says of which files nothing
// is known.
func (s *Session) giveUpPlanning(format string) {
	if s.planning.over {
		return
	}
	s.planning.over = true
	s.planning.cancel()
	all := s.planning.queue
	for _, q := range s.planning.asked {
		all = append(all, q.file)
	}
	s.planning.queue = nil
	clear(s.planning.asked)
	for _, f := range all {
		s.failRaw(f, "Not all that it counted was worked out in time.")
		s.settleRaw(f)
	}
	if len(all) > 0 {
		unknown := map[string]struct{}{}
		for _, f := range all {
			unknown[f.Path] = struct{}{}
		}
		s.observer.Notice(fmt.Sprintf(format, s.named(unknown)))
	}
	s.finishIfDone()
}

// addForeign notes that a file's name was used by code that is not its text's.
func (p *planning) addForeign(f link.Foreign) {
	counted, known := p.foreign[f.Path]
	p.foreign[f.Path] = f.Counted && (counted || !known)
}

// sayUnplanned makes sure that nothing is lost in silence, and that what was begun
// before the person's eyes ends there.
func (s *Session) sayUnplanned() {
	if n := s.planning.said; n > 0 && !s.planning.over {
		s.observer.Notice(fmt.Sprintf("Worked out what %s counted.", files(n)))
	}
	if n := s.tallies.Unsampled(); n > 0 && s.config.Tally == TallyValues {
		s.observer.Notice(fmt.Sprintf("In %s what ran too little to be looked into has no values: the program has very much code (eager -1 looks into all of it).", files(n)))
	}
	if len(s.planning.changed) > 0 {
		s.observer.Notice(fmt.Sprintf("What %s counted is not shown: the source has changed since it was loaded.", s.named(s.planning.changed)))
	}
	if len(s.planning.failed) > 0 {
		s.observer.Notice(fmt.Sprintf("%s: what ran could not be worked out and is not shown: %s.", s.named(s.planning.failed), s.planning.reason))
	}
	other, rewritten := map[string]struct{}{}, map[string]struct{}{}
	for path, counted := range s.planning.foreign {
		if counted {
			rewritten[path] = struct{}{}
		} else {
			other[path] = struct{}{}
		}
	}
	if len(other) > 0 {
		s.observer.Notice(fmt.Sprintf("Code that is not compiled from the text of %s ran under that name, and is not counted.", s.named(other)))
	}
	if len(rewritten) > 0 {
		s.observer.Notice(fmt.Sprintf("%s was rewritten when it was imported: statements that were changed are not counted.", s.named(rewritten)))
	}
}

// mostNamed bounds the files that a notice names.
const mostNamed = 5

// named names files as they lie below the program's directory, and counts those
// beyond mostNamed.
func (s *Session) named(paths map[string]struct{}) string {
	var names []string
	for path := range paths {
		if near, err := filepath.Rel(cmp.Or(s.config.Cwd, s.config.Workspace), path); err == nil && filepath.IsLocal(near) {
			path = near
		}
		names = append(names, path)
	}
	slices.Sort(names)
	last := ""
	if n := len(names); n > mostNamed {
		names, last = names[:mostNamed], wording.Count(n-mostNamed, "more file")
	} else if n > 1 {
		names, last = names[:n-1], names[n-1]
	}
	if last == "" {
		return names[0]
	}
	return strings.Join(names, ", ") + " and " + last
}

func files(n int) string { return wording.Count(n, "file") }
