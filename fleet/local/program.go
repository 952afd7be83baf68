package local

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/fleet"
)

// program is one program that listens. It is attached to while somebody asks it
// something, or looks at it.
//
// Goroutines: one at a time (work), while there is something to do; it alone attaches,
// arms and detaches. One waits for a visitor to leave, one for a stay to end.
type program struct {
	finder *Finder
	id     fleet.Identity // who it is; never changes
	door   hub.Attachable // where it listens, as it was found last

	session hub.Info // of whoever runs it; without a Session it is attached to at the door

	mu      sync.Mutex                  // guards what follows
	wanted  map[string]want             // by owner; what nobody wants is not there
	kept    map[string][]fleet.Standing // last words on the stays that are over, by owner
	problem string                      // why it cannot be reached, as a sentence for the asker
	stay    *stay                       // nil while nobody is there
	stays   int                         // there were so many
	visitor *visitor                    // nil: nobody looks at it
	leaving []*visitor                  // whose stay is to end
	working bool                        // the worker runs
	changed bool                        // since the worker looked
	ended   bool                        // the process is gone
	tried   time.Time                   // when the worker came to it last, in vain or not
}

// want is what one asker wants of the program.
type want struct {
	revision uint64 // of the asker's question; a higher one replaces a lower one
	queries  []fleet.Query
	budget   fleet.Budget // of each query
}

// newProgram is one that nobody asks anything yet.
func newProgram(f *Finder, one found) *program {
	return &program{finder: f, id: one.id, door: one.door, session: one.session, wanted: map[string]want{}, kept: map[string][]fleet.Standing{}}
}

func (p *program) Identity() fleet.Identity { return p.id }

// Want notes what is wanted, and has the worker see to it.
// Without queries owner wants nothing any more, and the last words on what was asked are
// kept until Heard.
func (p *program) Want(owner string, revision uint64, queries []fleet.Query, budget fleet.Budget) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(queries) == 0 {
		delete(p.wanted, owner)
	} else {
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

// Standings are what became of what owner asked, stay by stay.
// While the program cannot be reached, the asker's own interest is what has the worker try
// again.
func (p *program) Standings(owner string) []fleet.Standing {
	p.mu.Lock()
	stay, problem := p.stay, p.problem
	all := slices.Clone(p.kept[owner])
	_, wanted := p.wanted[owner]
	ended, working := p.ended, p.working
	if wanted && stay == nil && !ended && p.problem != "" && time.Since(p.tried) > retryPause {
		p.wake()
	}
	p.mu.Unlock()
	if stay != nil {
		if s, ok := stay.standing(owner); ok {
			// Who asks again in the same stay has not said the last word on it.
			all = slices.DeleteFunc(all, func(k fleet.Standing) bool { return k.Epoch == s.Epoch })
			return append(all, s)
		}
	}
	if len(all) > 0 && (!wanted || ended) {
		all[len(all)-1].Ended = ended
		return all
	}
	// Nothing has been counted: what is not asked any more has said its last word.
	return append(all, fleet.Standing{Problem: problem, Final: !wanted && !working || ended, Ended: ended})
}

// Heard lets the last words for owner go.
func (p *program) Heard(owner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.kept, owner)
}

// retryPause is how long a program that could not be attached to is left alone.
const retryPause = 2 * time.Second

// work does what is to be done until nothing is.
func (p *program) work() {
	for {
		p.mu.Lock()
		p.release()
		if !p.changed {
			p.working = false
			p.mu.Unlock()
			return
		}
		p.changed = false
		wanted, stay, visitor, ended := maps.Clone(p.wanted), p.stay, p.visitor, p.ended
		if stay == nil && visitor != nil && visitor.came {
			visitor = nil // what they looked at is gone; they will notice
		}
		p.mu.Unlock()
		switch {
		case stay == nil && !ended && (len(wanted) > 0 || visitor != nil):
			p.arrive(wanted, visitor)
		case stay == nil:
		case stay.visitor != visitor, len(wanted) == 0 && visitor == nil:
			stay.leave()
			p.departed(stay, false)
			p.again() // somebody else may be to come
		default:
			p.keep(stay.settle(wanted))
		}
	}
}

// again has the worker look once more before it ends.
func (p *program) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed = true
}

// release tells visitors who wanted to leave that they have; p.mu is held.
func (p *program) release() {
	p.leaving = slices.DeleteFunc(p.leaving, func(v *visitor) bool {
		if p.stay != nil && p.stay.visitor == v {
			return false
		}
		close(v.left)
		return true
	})
}

// attachTime is how long a program may take to let us in.
const attachTime = 15 * time.Second

// arrive begins a stay. One that cannot begin leaves its reason in problem, or tells it to
// the visitor that it was for.
func (p *program) arrive(wanted map[string]want, v *visitor) {
	ctx, cancel := context.WithTimeout(context.Background(), attachTime)
	defer cancel()
	p.mu.Lock()
	p.stays++
	number := p.stays
	if v != nil {
		v.came = true
	}
	p.mu.Unlock()
	stay, err := begin(ctx, p, number, wanted, v)
	if err != nil && v != nil {
		v.talk.Close(err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried = time.Now()
	if err != nil {
		if p.problem = err.Error(); v != nil {
			p.problem, p.changed = "", len(wanted) > 0 // it is to be seen whether the others can come
		}
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
	p.keepAll(last)
	if lost && !gone && len(p.wanted) > 0 {
		p.problem = "the connection to the program was lost; it is tried again"
	}
}

// keep is keepAll for who does not hold p.mu.
func (p *program) keep(last map[string]fleet.Standing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keepAll(last)
}

// mostKept stays are told of.
const mostKept = 20

// keepAll notes last words; p.mu is held.
func (p *program) keepAll(last map[string]fleet.Standing) {
	for owner, words := range last {
		all := slices.DeleteFunc(p.kept[owner], func(k fleet.Standing) bool { return k.Epoch == words.Epoch })
		all = append(all, words)
		p.kept[owner] = all[max(0, len(all)-mostKept):]
	}
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
	return p.stay == nil && p.visitor == nil && !p.working && len(p.wanted)+len(p.kept) == 0
}

// gone reports whether the process can be asked no more.
func (p *program) gone() bool {
	there, err := p.finder.find()
	return err == nil && there[p.id.ID] == nil
}
