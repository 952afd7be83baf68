package local

import (
	"slices"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/fleet"
)

// Finder has the programs of this host. It makes the fleet.Finder of an Agent.
type Finder struct {
	host Host
	dir  string // of what can be attached to
	sink fleet.Sink
	bug  func(p any, stack []byte)

	mu       sync.Mutex // guards what follows
	looked   time.Time
	programs map[string]*program // by Identity.ID
}

// lookPause is how often the directory is read.
const lookPause = 500 * time.Millisecond

// NewFinder returns a Finder of what is advertised in dir (hub.Dir()).
func NewFinder(h Host, dir string, sink fleet.Sink, bug func(any, []byte)) *Finder {
	return &Finder{host: h, dir: dir, sink: sink, bug: bug, programs: map[string]*program{}}
}

// Programs are those that are there, and those that are gone and not forgotten.
func (f *Finder) Programs() []fleet.Program {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) >= lookPause {
		f.look()
		f.looked = time.Now()
	}
	out := make([]fleet.Program, 0, len(f.programs))
	for _, p := range f.programs {
		out = append(out, p)
	}
	return out
}

// look reads the directory; f.mu is held.
func (f *Finder) look() {
	all, err := hub.Attachables(f.dir)
	if err != nil {
		return // it is looked at again
	}
	var there []string
	for _, a := range all {
		id := f.host.identity(a)
		there = append(there, id.ID)
		if f.programs[id.ID] == nil {
			f.programs[id.ID] = newProgram(f, id, a)
		}
	}
	for id, p := range f.programs {
		if !slices.Contains(there, id) && p.gone() {
			delete(f.programs, id)
		}
	}
}

// Forget lets go of a program that is gone.
func (f *Finder) Forget(p fleet.Program) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.programs, p.Identity().ID)
}
