package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/fleet/remote"
)

// SingleConfig is what a Single needs.
type SingleConfig struct {
	Process string // as fleet.Identity.Named understands it
	Select  string // and among which
	By      string // who asks, for the audits
	Setup   remote.Setup
	// Tracepoints by owner, from the start.
	Tracepoints map[string][]tracepoint.Spec
	// Local is the person's name of a file of the process's; nil: the same.
	Local func(path string) string
	// Pause stops the process as soon as it is reached.
	Pause bool
}

// Single is one process of a fleet, which can be stopped and looked at as a program of
// this machine. Its methods may be called from any goroutine.
//
// Goroutines: the Caller's, which tells the Observer.
type Single struct {
	config   SingleConfig
	observer engine.Observer
	id       fleet.Identity
	talk     *fleet.Talk
	caller   *remote.Caller
	leave    func() // lets go of the bus
	release  sync.Once
	opened   chan struct{}
	program  engine.ProgramInfo // once opened is closed

	telling sync.Mutex // held while the Observer is told; guards what follows
	over    bool       // it is told nothing any more
	going   bool       // it hears what happens
	held    []func()   // what happened before Go: the process does not wait for that

	places *places
}

// OpenSingle finds a process and attaches to it over a bus, of which leave lets go. The
// process is asked as soon as it is reached. An error says in one sentence why not.
func OpenSingle(ctx context.Context, b fleet.Bus, leave func(), c SingleConfig, o engine.Observer) (*Single, error) {
	if c.Local == nil {
		c.Local = func(path string) string { return path }
	}
	with, err := json.Marshal(c.Setup)
	if err != nil {
		return nil, err
	}
	talk, id, err := fleet.Reach(ctx, fleet.ReachOptions{Bus: b, By: c.By, Process: c.Process, Select: c.Select, With: with})
	if err != nil {
		return nil, err
	}
	s := &Single{config: c, observer: o, id: id, talk: talk, leave: leave, opened: make(chan struct{})}
	s.places = newPlaces(c.Local)
	s.caller = remote.NewCaller(talk, &hearing{s})
	select {
	case <-s.opened:
	case <-talk.Over():
		return nil, errors.New(talk.Why())
	case <-ctx.Done():
		talk.Close("it was given up")
		return nil, ctx.Err()
	}
	for owner, specs := range c.Tracepoints {
		if _, err := s.Replace(owner, specs); err != nil {
			talk.Close("it was given up")
			return nil, err
		}
	}
	return s, nil
}

// Identity says which process it is.
func (s *Single) Identity() fleet.Identity { return s.id }

// askTime is how long an answer may take that does not wait for the program.
const askTime = 20 * time.Second

func (s *Single) ask(what string, with, out any) error {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	return s.caller.Ask(ctx, what, with, out)
}

// mostHeld is how much may happen before Go.
const mostHeld = 10_000

// tell has the Observer told something, unless it has heard the end.
func (s *Single) tell(f func()) {
	s.telling.Lock()
	defer s.telling.Unlock()
	switch {
	case s.over:
	case s.going:
		f()
	case len(s.held) < mostHeld:
		s.held = append(s.held, f)
	}
}

// Go tells what has happened since the process was reached: it runs already.
func (s *Single) Go() error {
	s.telling.Lock()
	if !s.going && !s.over {
		s.observer.Started(s.program.PID)
		for _, f := range s.held {
			f()
		}
		s.going, s.held = true, nil
	}
	s.telling.Unlock()
	if !s.config.Pause {
		return nil
	}
	var threads []engine.ThreadInfo
	if err := s.ask("threads", struct{}{}, &threads); err != nil || len(threads) == 0 {
		return err
	}
	return s.Pause(context.Background(), threads[0].ID)
}

// Program is what its interpreter says of itself.
func (s *Single) Program() engine.ProgramInfo { return s.program }

// Snapshot is nil: statements are counted in shared memory, which there is none of.
func (s *Single) Snapshot() *tally.Snapshot { return nil }

// leaveTime is how long the process may take to go on.
const leaveTime = 3 * time.Second

// Detach has the process go on as it was.
func (s *Single) Detach() error {
	s.release.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
		defer cancel()
		_ = s.caller.Ask(ctx, "leave", struct{}{}, nil)
		s.talk.Close("the editor has left")
		s.end(engine.Exit{})
		s.leave()
	})
	return nil
}

// Terminate is Detach: a fleet's programs are not ours to end.
func (s *Single) Terminate() error { return s.Detach() }

// Kill is Detach.
func (s *Single) Kill() error { return s.Detach() }

// end is last, though nobody may have said Go.
func (s *Single) end(e engine.Exit) {
	s.telling.Lock()
	defer s.telling.Unlock()
	if !s.over {
		s.over = true
		s.observer.Ended(e)
	}
}

// Say shows a sentence from the bus.
func (s *Single) Say(text string) { s.tell(func() { s.observer.Notice(text) }) }

// Again is told that the bus was lost and is there once more: what was not heard is said
// again by itself.
func (*Single) Again() {}

// Replace makes specs all that owner asks for, at the lines where they are in the code
// that runs there.
func (s *Single) Replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, error) {
	if err := s.learn(specs); err != nil {
		return nil, err
	}
	there, which, refused := s.places.translate(owner, specs)
	var answered []tracepoint.Status
	with := struct {
		Owner string            `json:"owner"`
		Specs []tracepoint.Spec `json:"specs"`
	}{owner, there}
	if err := s.ask("replace", with, &answered); err != nil {
		return nil, err
	}
	if len(answered) != len(there) {
		return nil, errors.New("the agent answered something else than it was asked")
	}
	out := make([]tracepoint.Status, len(specs))
	for i, st := range refused {
		out[i] = st
	}
	for i, st := range answered {
		s.places.written(st.ID, specs[which[i]])
		out[which[i]] = s.places.status(st)
	}
	return out, nil
}

// learn asks which code of files runs there.
func (s *Single) learn(specs []tracepoint.Spec) error {
	paths := s.places.unknown(specs)
	if len(paths) == 0 {
		return nil
	}
	sums := map[string]string{}
	if err := s.ask("sums", struct {
		Paths []string `json:"paths"`
	}{paths}, &sums); err != nil {
		return err
	}
	s.places.learn(sums)
	return nil
}

// Statuses returns what became of everything that is asked.
func (s *Single) Statuses() []tracepoint.Status {
	var all []tracepoint.Status
	if s.ask("statuses", struct{}{}, &all) != nil {
		return nil
	}
	for i := range all {
		all[i] = s.places.status(all[i])
	}
	return append(all, s.places.refusals()...)
}

// hearing is a Single's ear at its process.
type hearing struct{ s *Single }

func (h *hearing) Opened(p engine.ProgramInfo) {
	select {
	case <-h.s.opened:
	default:
		h.s.program = p
		close(h.s.opened)
	}
}

func (h *hearing) Asked(a remote.Asked) { h.s.places.acts(a) }

func (h *hearing) Record(r remote.Recorded) {
	h.s.tell(func() {
		if out, ok := h.s.places.record(r); ok {
			h.s.observer.Record(out)
		}
	})
}

func (h *hearing) Status(st tracepoint.Status) {
	h.s.tell(func() { h.s.observer.Status(h.s.places.status(st)) })
}

func (h *hearing) Thread(id int, name string, started bool) {
	h.s.tell(func() { h.s.observer.Thread(id, name, started) })
}

func (h *hearing) Stopped(stop engine.Stop)   { h.s.tell(func() { h.s.observer.Stopped(stop) }) }
func (h *hearing) Continued(r engine.Resumed) { h.s.tell(func() { h.s.observer.Continued(r) }) }
func (h *hearing) Notice(text string)         { h.s.Say(text) }
func (h *hearing) Ended(e engine.Exit)        { h.s.end(e); h.s.letGo() }

func (h *hearing) Loaded(l engine.Loaded) {
	if o, ok := h.s.observer.(engine.LoadObserver); ok {
		h.s.tell(func() { o.Loaded(l) })
	}
}

// Lost is told where the Talk is over though nobody said that the process has ended.
func (h *hearing) Lost(why string) {
	h.s.end(engine.Exit{Error: fmt.Sprintf("%s is not looked at any more: %s. It goes on.", h.s.id, why)})
	h.s.letGo()
}

// letGo leaves the bus, where nobody did.
func (s *Single) letGo() { go s.release.Do(s.leave) }
