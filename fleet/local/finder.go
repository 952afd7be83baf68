package local

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/fleet"
)

// Finder has the programs of this host. It makes the fleet.Finder of an Agent.
type Finder struct {
	host Host
	dir  string // of what can be attached to
	sink fleet.Sink
	bug  func(p any, stack []byte) // told of panics that a barrier caught

	mu       sync.Mutex          // guards what follows
	looked   time.Time           // when the directory was read last
	programs map[string]*program // by Identity.ID
}

// lookPause is how often the directory is read.
const lookPause = 500 * time.Millisecond

// NewFinder returns a Finder of what is advertised in dir (hub.Dir()).
func NewFinder(h Host, dir string, sink fleet.Sink, bug func(any, []byte)) *Finder {
	return &Finder{host: h, dir: dir, sink: sink, bug: bug, programs: map[string]*program{}}
}

// Programs are those that are there, and those that are gone and not forgotten.
// The agent calls it at each of its turns; the directory is read no more often than
// lookPause.
func (f *Finder) Programs() []fleet.RunningProgram {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) >= lookPause {
		f.look()
		f.looked = time.Now()
	}
	out := make([]fleet.RunningProgram, 0, len(f.programs))
	for _, p := range f.programs {
		out = append(out, p)
	}
	return out
}

// found is a program that can be asked, in one way or the other.
type found struct {
	id      fleet.Identity
	door    hub.Attachable // where it listens; without a Socket and a Port there is no such place
	session hub.Info       // of whoever runs it; the zero Info where nobody does
}

// find lists the programs that can be asked, by the ID of their Identity. One that
// somebody runs or debugs is asked there: it takes one client at a time.
func (f *Finder) find() (map[string]*found, error) {
	doors, err := hub.Attachables(f.dir)
	if err != nil {
		return nil, err
	}
	sessions, err := hub.List(context.Background(), f.dir)
	if err != nil {
		return nil, err
	}
	all := map[string]*found{}
	for _, a := range doors {
		one := &found{id: f.host.identity(a), door: a}
		all[one.id.ID] = one
	}
	for _, info := range sessions {
		// A Session that this process serves itself is no way in, and one that has ended has nobody
		// to ask.
		if info.PID == os.Getpid() || info.Process == 0 || info.State == tally.Ended {
			continue
		}
		a := hub.Attachable{PID: info.Process, Program: info.Program, Cwd: info.Workspace, Started: info.Started}
		one := &found{id: f.host.identity(a), door: a, session: info}
		if at := all[one.id.ID]; at != nil {
			one.id, one.door = at.id, at.door
		}
		all[one.id.ID] = one
	}
	return all, nil
}

// look reads the directory; f.mu is held.
// A program that has gone is kept until nobody waits for a word on it.
func (f *Finder) look() {
	there, err := f.find()
	if err != nil {
		return // it is looked at again
	}
	for id, one := range there {
		if f.programs[id] == nil {
			f.programs[id] = newProgram(f, *one)
		} else {
			f.programs[id].seen(*one)
		}
	}
	for id, p := range f.programs {
		if there[id] == nil && p.idle() {
			delete(f.programs, id)
		}
	}
}

// Forget lets go of a program that is gone.
func (f *Finder) Forget(p fleet.RunningProgram) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.programs, p.Identity().ID)
}
