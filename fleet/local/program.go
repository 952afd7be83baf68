package local

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/fleet"
)

// program is one program that listens. It is attached to while somebody asks it
// something.
//
// Goroutines: one at a time (work), while there is something to do; it alone attaches,
// arms and detaches.
type program struct {
	finder *Finder
	id     fleet.Identity
	door   hub.Attachable

	session hub.Info // of whoever runs it; without a Session it is attached to at the door

	mu      sync.Mutex // guards what follows
	wanted  map[string]want
	kept    map[string]fleet.Standing // last words, by owner
	problem string
	stay    *stay // nil while nobody is there
	working bool
	changed bool // since the worker looked
	ended   bool // the process is gone
	tried   time.Time
}

// want is what one asker wants of the program.
type want struct {
	revision uint64
	queries  []fleet.Query
	budget   fleet.Budget
}

func newProgram(f *Finder, one found) *program {
	return &program{finder: f, id: one.id, door: one.door, session: one.session, wanted: map[string]want{}, kept: map[string]fleet.Standing{}}
}

func (p *program) Identity() fleet.Identity { return p.id }

// Want notes what is wanted, and has the worker see to it.
func (p *program) Want(owner string, revision uint64, queries []fleet.Query, budget fleet.Budget) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(queries) == 0 {
		delete(p.wanted, owner)
	} else {
		delete(p.kept, owner)
		p.wanted[owner] = want{revision, queries, budget}
	}
	p.wake()
}

// wake has the worker look; p.mu is held.
func (p *program) wake() {
	p.changed = true
	if !p.working {
		p.working = true
		go p.work()
	}
}

// Standing is what became of what owner asked.
func (p *program) Standing(owner string) fleet.Standing {
	p.mu.Lock()
	stay, problem := p.stay, p.problem
	kept, isKept := p.kept[owner]
	_, wanted := p.wanted[owner]
	ended, working := p.ended, p.working
	if wanted && stay == nil && !ended && p.problem != "" && time.Since(p.tried) > retryPause {
		p.wake()
	}
	p.mu.Unlock()
	if isKept {
		kept.Ended = ended
		return kept
	}
	if stay != nil {
		if s, ok := stay.standing(owner); ok {
			return s
		}
	}
	// Nothing has been counted: what is not asked any more has said its last word.
	return fleet.Standing{Problem: problem, Final: !wanted && !working || ended, Ended: ended}
}

// retryPause is how long a program that could not be attached to is left alone.
const retryPause = 2 * time.Second

// work does what is to be done until nothing is.
func (p *program) work() {
	for {
		p.mu.Lock()
		if !p.changed {
			p.working = false
			p.mu.Unlock()
			return
		}
		p.changed = false
		wanted, stay := maps.Clone(p.wanted), p.stay
		p.mu.Unlock()
		switch {
		case len(wanted) > 0 && stay == nil:
			p.arrive(wanted)
		case len(wanted) == 0 && stay != nil:
			stay.leave()
			p.departed(stay, false)
		case stay != nil:
			p.keep(stay.settle(wanted))
		}
	}
}

// attachTime is how long a program may take to let us in.
const attachTime = 15 * time.Second

func (p *program) arrive(wanted map[string]want) {
	ctx, cancel := context.WithTimeout(context.Background(), attachTime)
	defer cancel()
	stay, err := begin(ctx, p, wanted)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried = time.Now()
	if err != nil {
		p.problem = err.Error()
		return
	}
	p.problem, p.stay, p.changed = "", stay, true // what was wanted may have changed meanwhile
	go func() {
		<-stay.done()
		p.departed(stay, true)
	}()
}

// departed keeps the last words of a stay that is over. lost: it ended by itself.
func (p *program) departed(s *stay, lost bool) {
	last := s.lastWords()
	gone := lost && p.gone()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stay != s {
		return
	}
	p.stay, p.ended = nil, gone
	for owner, words := range last {
		p.kept[owner] = words
	}
	if lost && !gone && len(p.wanted) > 0 {
		p.problem = "the connection to the program was lost; it is tried again"
	}
}

func (p *program) keep(last map[string]fleet.Standing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.kept, last)
}

// seen notes how the program can be asked now: somebody may have begun to debug it, or
// may be done.
func (p *program) seen(one found) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stay == nil && !p.working {
		p.door, p.session = one.door, one.session
	}
}

// idle reports whether nobody waits for a word on it.
func (p *program) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stay == nil && !p.working && len(p.wanted)+len(p.kept) == 0
}

// gone reports whether the process can be asked no more.
func (p *program) gone() bool {
	there, err := p.finder.find()
	return err == nil && there[p.id.ID] == nil
}
