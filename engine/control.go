package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// armPatience is how long Replace waits for the program's word. A program in a
// long call of C code that keeps the interpreter to itself gives it later, by
// Observer.Status.
const armPatience = 500 * time.Millisecond

// readyPatience is the same before the program's first line: nothing of its own keeps the
// bridge from answering then, whatever else the machine has to do.
const readyPatience = 10 * time.Second

// ID names the Session.
func (s *Session) ID() string { return s.id }

// ProgramInfo is what is known of the interpreter inside the Session.
type ProgramInfo struct {
	PID            int
	Python         string // "3.12.1"
	Implementation string
	Executable     string
	Cwd            string // when it was joined
	Backend        string // "monitoring", "settrace"
	BackendNote    string
	Native         bool
	NativeNote     string
	Comeback       Comeback // how a program that was attached to is known when it starts again
}

// Program returns what the program's process said of itself.
func (s *Session) Program() (p ProgramInfo) {
	s.read(func() {
		if s.main == nil {
			return
		}
		h := s.main.hello
		p = ProgramInfo{h.PID, h.Python, h.Implementation, h.Executable, h.Cwd, h.Backend, h.BackendNote, h.Native, h.NativeNote,
			Comeback{s.door.Program, s.door.Cwd, h.PID}}
	})
	return p
}

// Go lets the program's first line run; called again it does nothing.
func (s *Session) Go() (err error) {
	ok := s.call(func() {
		if s.main == nil || s.main.lost {
			err = ErrEnded
			return
		}
		if !s.running {
			s.running = true
			err = s.main.conn.Send(link.Go{})
		}
	})
	if !ok {
		return ErrEnded
	}
	return err
}

// Replace makes specs all that owner asks for and returns what became of them,
// in their order. A Spec that was there keeps its ID and its hits. It waits a
// moment for the program's word on them.
func (s *Session) Replace(owner string, specs []tracepoint.Spec) (statuses []tracepoint.Status, err error) {
	armed, patience := make(chan struct{}), armPatience
	ok := s.call(func() {
		if !s.running && s.attached == nil {
			patience = readyPatience
		}
		change := s.set.Replace(owner, specs)
		statuses, s.restated = change.Statuses, true
		if len(change.Add)+len(change.Remove) > 0 {
			for _, p := range s.processes {
				s.send(p, s.arm(p, change.Revision, change.Add, change.Remove))
			}
		}
		s.onArmed(change.Revision, func() { close(armed) })
	})
	if !ok {
		return nil, ErrEnded
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-armed:
	case <-timer.C:
	case <-s.ending:
	}
	s.read(func() {
		for i, st := range statuses {
			if t := s.set.Get(st.ID); t != nil {
				statuses[i] = t.Status()
			}
		}
	})
	return statuses, nil
}

// retireTime is how long the last word on what is asked no more is waited for: the
// program may be busy in C, and the machine with others.
const retireTime = 10 * time.Second

// Retire takes all that owner asks for away, and returns what became of it: all that
// it recorded has been delivered then. Where the program does not answer in time that is
// as far as was heard, and not whole.
func (s *Session) Retire(owner string) (last []tracepoint.Status, whole bool) {
	armed := make(chan struct{})
	var ids []int
	if !s.call(func() {
		var change tracepoint.Change
		change, ids = s.set.Retire(owner)
		s.restated = true
		if len(change.Remove) > 0 {
			for _, p := range s.processes {
				s.send(p, s.arm(p, change.Revision, nil, change.Remove))
			}
		}
		s.onArmed(change.Revision, func() { close(armed) })
	}) {
		s.read(func() {
			for _, st := range s.set.Statuses() {
				if st.Owner == owner {
					last = append(last, st)
				}
			}
		})
		return last, true
	}
	timer := time.NewTimer(retireTime)
	defer timer.Stop()
	whole = true
	select {
	case <-armed:
		s.catchUp()
	case <-timer.C:
		whole = false
	case <-s.ending:
	}
	s.read(func() { last = s.set.Retired(ids) })
	return last, whole
}

// arm is the command that tells a process of a change.
func (s *Session) arm(p *process, revision int, add []*tracepoint.Tracepoint, remove []int) link.Arm {
	arm := link.Arm{Revision: revision, Add: []link.Tracepoint{}, Remove: []int{}}
	arm.Remove = append(arm.Remove, remove...)
	for _, t := range add {
		if concerns(p, t) {
			arm.Add = append(arm.Add, wire(t, s.mayFail(t)))
		}
	}
	return arm
}

// evaluationErrors is how often the expressions of a query may raise in a
// program that somebody uses, before it is disarmed there.
const evaluationErrors = 5

// mayFail is how often the expressions of a tracepoint may raise; 0: for ever.
// In a program that was started to be looked at they are counted and told of: a
// condition may meet None first, and the object later. A breakpoint is asked at
// one line, also where somebody attached.
func (s *Session) mayFail(t *tracepoint.Tracepoint) int {
	if s.attached == nil || t.Spec.Query == "" {
		return 0
	}
	return evaluationErrors
}

func wire(t *tracepoint.Tracepoint, mayFail int) link.Tracepoint {
	w := link.Tracepoint{ID: t.ID, Program: link.ProgramOf(t.Compiled.Program),
		Limits: link.Limits{Errors: mayFail, Records: t.Spec.Budget.Records, Share: t.Spec.Budget.Share}, Stop: t.Spec.Stop}
	if recording := t.Compiled.Recording(); recording != nil {
		w.Record(recording)
	}
	w.Entry = t.Spec.NamesFunction()
	if t.Spec.Exceptions != "" {
		w.Exceptions = &link.Exceptions{When: t.Spec.Exceptions, Classes: list(t.Compiled.Classes)}
	}
	if t.Spec.Data != "" {
		_, id := dataOf(t.Spec.Data)
		w.Data = link.DataOf(id)
	}
	switch {
	case t.Spec.Time != "":
		w.InFile(realPath(t.Spec.Path))
	case t.Spec.Line > 0:
		w.Locate = &link.Locate{Path: realPath(t.Spec.Path), Line: t.Spec.Line, Column: t.Spec.Column}
	}
	return w
}

// realPath resolves symlinks, as the bridge does with the files of code.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// ack is called when every process has armed a revision.
type ack struct {
	revision int
	done     func()
}

func (s *Session) onArmed(revision int, done func()) {
	s.acks = append(s.acks, &ack{revision, done})
	s.settleArmed()
}

func (s *Session) settleArmed() {
	least := s.set.Revision()
	for _, p := range s.processes {
		least = min(least, p.revision)
	}
	waiting := s.acks[:0]
	for _, a := range s.acks {
		if a.revision <= least && s.joined > 0 {
			a.done()
		} else {
			waiting = append(waiting, a)
		}
	}
	s.acks = waiting
}

// Statuses returns what became of everything that is asked, by ID.
func (s *Session) Statuses() (all []tracepoint.Status) {
	s.read(func() { all = s.set.Statuses() })
	return all
}

// Snapshot returns the Tallies as they are now.
func (s *Session) Snapshot() (snapshot *tally.Snapshot) {
	s.read(func() {
		if !s.stopped {
			s.publish()
		}
		snapshot = s.snapshot
	})
	return snapshot
}

// Names asks the program which functions and modules it has loaded so far.
func (s *Session) Names(ctx context.Context) (Names, error) {
	var names Names
	err := s.askMain(ctx, link.AskNames{}, &names)
	return names, err
}

// Interrupt does what Ctrl-C in the program's terminal would.
func (s *Session) Interrupt() error { return s.signal(os.Interrupt) }

// signal sends one signal to the program; only os.Interrupt and os.Kill exist
// everywhere.
func (s *Session) signal(sig os.Signal) error {
	select {
	case <-s.over:
		return nil
	default:
	}
	if s.process != nil {
		switch sig {
		case os.Interrupt:
			return s.process.Interrupt()
		case os.Kill:
			return s.process.Kill()
		}
		return s.process.Signal(sig)
	}
	pid := s.Program().PID
	switch {
	case s.attached != nil && s.attached.Socket == "" && s.attached.PID == 0:
		return errors.New("a program that is attached to over TCP may run on another machine, and is ended there")
	case pid <= 0:
		return errors.New("the program's process is not known")
	case sig == os.Kill:
		return launch.KillPID(pid)
	}
	return launch.InterruptPID(pid)
}

// Signal passes a signal on to the program.
func (s *Session) Signal(sig os.Signal) error { return s.signal(sig) }

// Exited reports whether the program itself is gone, though what it left in
// trace memory may still be on its way.
func (s *Session) Exited() bool {
	select {
	case <-s.programDone(): // nil, where nobody would tell us
		return true
	default:
		return false
	}
}

// Terminate asks the program to end as Ctrl-C does, and kills it when it has
// not within a few seconds. It returns at once. A program that has stopped runs
// on, and stops no more.
func (s *Session) Terminate() error {
	s.post(func() {
		s.terminating = true
		if s.exited {
			s.hurry()
		}
		for _, p := range s.processes {
			s.letGo(p)
		}
	})
	if s.Interrupt() != nil {
		return s.Kill() // it can't be asked: a program without a console, on Windows
	}
	time.AfterFunc(s.config.Grace, func() {
		select {
		case <-s.over:
		default:
			_ = s.Kill()
		}
	})
	return nil
}

// Kill ends the program and everything in its process group at once, and waits for
// nothing that is still to be worked out.
func (s *Session) Kill() error {
	s.post(func() {
		s.hurry()
		for _, p := range s.processes {
			if p != s.main {
				_ = launch.KillPID(p.hello.PID)
			}
		}
	})
	return s.signal(os.Kill)
}

// Detach removes every probe and leaves the program running; the Session ends.
func (s *Session) Detach() error {
	ok := s.call(func() {
		for _, p := range s.processes {
			s.send(p, link.Detach{})
		}
		s.programEnded(Exit{})
	})
	if !ok {
		return ErrEnded
	}
	return nil
}

// Done is closed once Observer.Ended has been called.
func (s *Session) Done() <-chan struct{} { return s.over }

// Wait waits for the end and says how the program ended.
func (s *Session) Wait() Exit {
	<-s.over
	return s.exit
}
