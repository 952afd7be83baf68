package session

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Config is what a Session needs.
type Config struct {
	Select      string                       // as fleet.ParseSelector reads it; "": all
	By          string                       // who asks, for the audits
	Cwd         string                       // of the person, whose files Tracepoints name
	Budget      fleet.Budget                 // of each query in each process
	Tracepoints map[string][]tracepoint.Spec // by owner, from the start
	// Local is the person's name of a file of the fleet's; nil: the same.
	Local func(path string) string
}

// Session asks a fleet. Its methods may be called from any goroutine.
//
// Goroutines: run's, which owns all but the Asker and calls the Observer, until the
// Session has ended.
type Session struct {
	config   Config
	observer engine.Observer
	asker    *fleet.Asker
	leave    func() // lets go of the bus
	jobs     chan func()
	ended    chan struct{}
	release  sync.Once
	late     sync.Mutex // held by who reads after the end

	// run's own, and nobody's once ended is closed.
	set       *tracepoint.Set
	code      *code
	written   map[int]tracepoint.Spec   // as the person wrote them, by ID
	shown     map[int]tracepoint.Status // as they were told last
	processes map[string]*process       // by Identity.ID
	told      map[string]bool           // sentences
	began     time.Time
	going     bool // the first records may come
	looked    []fleet.ProgramState
	hub       *hub.Server // nil: editors do not know of it
	snapshot  *tally.Snapshot
	published []tracepoint.Status
}

// process is one of the fleet, which a client sees as a thread.
type process struct {
	number int
	name   string
	ended  bool
}

// Open begins to ask over a bus, of which leave lets go. It asks nothing until Go.
func Open(b fleet.Bus, leave func(), c Config, o engine.Observer) (*Session, error) {
	if c.Local == nil {
		c.Local = func(path string) string { return path }
	}
	s := &Session{config: c, observer: o, leave: leave, jobs: make(chan func(), 64), ended: make(chan struct{}),
		set: tracepoint.NewSet(tracepoint.Options{Careful: true}), written: map[int]tracepoint.Spec{}, shown: map[int]tracepoint.Status{},
		processes: map[string]*process{}, told: map[string]bool{}, began: time.Now()}
	asker, err := fleet.NewAsker(fleet.AskerOptions{Bus: b, By: c.By, Select: c.Select, Budget: c.Budget,
		Record: func(id fleet.Identity, r fleet.Record) { s.post(func() { s.record(id, r) }) }})
	if err != nil {
		return nil, err
	}
	s.asker = asker
	s.code = &code{local: c.Local, files: map[string]*codeFile{}, beside: func(f func()) { go f() }, after: func(f func()) { s.post(f) }, again: s.want}
	for owner, specs := range c.Tracepoints {
		s.replace(owner, specs)
	}
	go s.run()
	return s, nil
}

// lookPause is how often the answers are looked at.
const lookPause = 250 * time.Millisecond

func (s *Session) run() {
	tick := time.NewTicker(lookPause)
	defer tick.Stop()
	for {
		select {
		case job := <-s.jobs:
			job()
		case <-tick.C:
			s.look()
		case <-s.ended:
			return
		}
	}
}

// post has run do something; false once it has ended.
func (s *Session) post(f func()) bool {
	select {
	case s.jobs <- f:
		return true
	case <-s.ended:
		return false
	}
}

// call is post that waits until it is done.
func (s *Session) call(f func()) bool {
	done := make(chan struct{})
	if !s.post(func() { defer close(done); f() }) {
		return false
	}
	select {
	case <-done:
		return true
	case <-s.ended:
		return false
	}
}

// read is call that works after the end, too.
func (s *Session) read(f func()) {
	if s.call(f) {
		return
	}
	s.late.Lock()
	defer s.late.Unlock()
	f()
}

// Say shows a sentence from the bus; any goroutine may call it.
func (s *Session) Say(text string) { s.post(func() { s.observer.Notice(text) }) }

// Again is told that the bus was lost and is there once more.
func (s *Session) Again() { s.asker.Renew() }

// Go lets what is asked be asked.
func (s *Session) Go() error {
	s.call(func() {
		s.going = true
		s.observer.Started(os.Getpid())
		s.advertise()
		s.want()
	})
	return nil
}

// Replace makes specs all that owner asks for, and returns what became of them so far.
func (s *Session) Replace(owner string, specs []tracepoint.Spec) (out []tracepoint.Status, err error) {
	if !s.call(func() {
		out = s.replace(owner, specs)
		if s.going {
			s.want()
		}
	}) {
		return nil, errEnded
	}
	return out, nil
}

func (s *Session) replace(owner string, specs []tracepoint.Spec) []tracepoint.Status {
	asked := make([]tracepoint.Spec, len(specs))
	for i, spec := range specs {
		asked[i] = counting(spec)
	}
	change := s.set.Replace(owner, asked)
	for _, id := range change.Remove {
		delete(s.written, id)
		delete(s.shown, id)
	}
	for i := range change.Statuses {
		id := change.Statuses[i].ID
		s.written[id] = specs[i]
		change.Statuses[i] = s.inWords(change.Statuses[i])
	}
	return change.Statuses
}

// counting is what is asked in place of a breakpoint: a fleet does not stop.
func counting(spec tracepoint.Spec) tracepoint.Spec {
	if spec.Stop {
		spec.Stop = false
		spec.Count = spec.LogMessage == ""
	}
	return spec
}

// want asks all that there is.
func (s *Session) want() {
	var queries []fleet.Query
	for _, t := range s.set.Armable() {
		queries = append(queries, s.code.query(fleet.Query{ID: t.ID, Spec: t.Spec}))
	}
	s.asker.Want(queries)
}

// Statuses returns what became of everything that is asked, by ID.
func (s *Session) Statuses() (out []tracepoint.Status) {
	s.read(func() {
		for _, st := range s.set.Statuses() {
			out = append(out, s.inWords(st))
		}
	})
	return out
}

// Snapshot is nil: a fleet counts what is asked for and no statements.
func (s *Session) Snapshot() *tally.Snapshot { return nil }

// Program is nobody's interpreter.
func (s *Session) Program() engine.ProgramInfo {
	return engine.ProgramInfo{PID: os.Getpid(), Cwd: s.config.Cwd}
}

// Detach takes everything back, and waits for the last words. No program notices.
func (s *Session) Detach() error {
	s.release.Do(func() {
		s.asker.Release()
		s.call(func() {
			s.look()
			s.observer.Ended(engine.Exit{})
			close(s.ended)
		})
		s.withdraw()
		s.leave()
	})
	return nil
}

// Terminate is Detach: a fleet's programs are not ours to end.
func (s *Session) Terminate() error { return s.Detach() }

// Kill is Detach.
func (s *Session) Kill() error { return s.Detach() }

// record passes a record on, as one of a thread that is its process.
func (s *Session) record(id fleet.Identity, r fleet.Record) {
	t := s.set.Get(r.Query)
	if t == nil || t.Compiled == nil {
		return // it was taken away meanwhile
	}
	action := t.Compiled.Action(r.Action)
	if action == nil {
		return
	}
	p := s.process(id)
	out := r.Render(action)
	out.ThreadID, out.Thread = p.number, p.name
	if !out.MainThread && r.Thread != "" {
		out.Thread += " " + r.Thread
	}
	s.observer.Record(out)
}

func (s *Session) process(id fleet.Identity) *process {
	p := s.processes[id.ID]
	if p == nil {
		p = &process{number: len(s.processes) + 1, name: id.String()}
		s.processes[id.ID] = p
		s.observer.Thread(p.number, p.name, true)
	}
	return p
}

// look tells what has changed.
func (s *Session) look() {
	s.looked = s.asker.Programs()
	s.code.learn(s.looked)
	for _, state := range s.looked {
		p := s.process(state.Identity)
		if state.Ended && !p.ended {
			p.ended = true
			s.observer.Thread(p.number, p.name, false)
		}
		for _, q := range state.Queries {
			s.set.Update(p.number, reportOf(q))
		}
	}
	for _, st := range s.set.Statuses() {
		now := s.inWords(st)
		if before, known := s.shown[st.ID]; !known || !before.Equal(now) {
			s.shown[st.ID] = now
			s.observer.Status(now)
		}
	}
	s.publish()
	s.tellProblems()
}

// tellProblems says each thing once that a person would otherwise wait for in vain.
func (s *Session) tellProblems() {
	for _, text := range fleet.Problems(s.looked) {
		s.once(text)
	}
	if s.going && len(s.looked) == 0 && time.Since(s.began) > fleet.Patience {
		s.once(s.asker.Nobody())
	}
}

func (s *Session) once(text string) {
	if !s.told[text] {
		s.told[text] = true
		s.observer.Notice(text)
	}
}

// reportOf is what one process says of a query, in a Set's words.
func reportOf(q fleet.QueryCount) tracepoint.Report {
	r := tracepoint.Report{ID: q.ID, Line: q.Line, Column: q.Column, Hits: q.Hits, Errors: q.Errors, Dropped: q.Dropped, Nanos: q.Nanos, Message: q.Message}
	switch q.State {
	case fleet.Armed:
		r.State, r.Places = tracepoint.Armed, 1
	case fleet.Limited:
		r.State, r.Places, r.Limited, r.Message = tracepoint.Armed, 1, q.Message, ""
	case fleet.Off:
		r.State = tracepoint.Disarmed
	case fleet.Failed, fleet.OtherCode:
		r.State = tracepoint.Failed
	default:
		r.State = tracepoint.Pending
	}
	return r
}

// inWords is a Status as the person sees it: of what they wrote, and in how many
// processes it stands so.
func (s *Session) inWords(st tracepoint.Status) tracepoint.Status {
	if spec, ok := s.written[st.ID]; ok {
		st.Spec = spec
	}
	if st.State == tracepoint.Failed && st.Diags.HasErrors() {
		return st
	}
	why := ""
	for _, p := range s.looked {
		for _, q := range p.Queries {
			if q.ID != st.ID {
				continue
			}
			r := reportOf(q)
			st.Instances = append(st.Instances, tracepoint.Instance{Name: p.Identity.String(), State: r.State, Hits: q.Hits})
			if r.State != tracepoint.Armed && why == "" {
				why = q.Message
			}
		}
	}
	switch armed, of := st.ArmedIn(), len(st.Instances); {
	case of == 0:
		st.Message = "no process has answered so far"
	case armed > 0 && armed < of:
		st.Message = fmt.Sprintf("armed in %d of %s", armed, wording.Count(of, "process"))
		if why != "" {
			st.Message += ": " + why
		}
	}
	return st
}
