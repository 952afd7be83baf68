package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Bus carries messages to whoever has subscribed to their subject: at most once,
// perhaps late, perhaps not at all. Both functions may be called from any goroutine,
// and a subscriber is called for one message after the other.
type Bus interface {
	Publish(subject string, data []byte) error
	Subscribe(subject string, f func(data []byte)) (stop func(), err error)
}

// RunningProgram is one process of this host that can be asked. None of its methods waits
// for the process.
type RunningProgram interface {
	Identity() Identity
	// Want makes queries all that owner asks; records go to the sink. With none it
	// asks nothing any more, and the program is left as it was once nobody does.
	Want(owner string, revision uint64, queries []Query, budget Budget)
	// Standings are what became of what owner asked, one for each stay in the process, in
	// their order: the last is that of now. Their counts are right up to this moment, or,
	// where they are Final, for good.
	Standings(owner string) []Standing
	// Heard says that owner needs no more words on it.
	Heard(owner string)
}

// Standing is how one asker's queries stand in one program. The numbers of the
// QueryStates that are the agent's own (Emitted) are 0.
type Standing struct {
	Epoch    string
	Stay     int // which of the stays in the process it is, from 1; 0: none
	Revision uint64
	Queries  []QueryState
	Problem  string
	Files    map[string]string
	Final    bool // nothing more is counted
	Unsure   bool // and the process did not say the last word: more may have been counted
	Ended    bool // the process is gone
}

// Finder knows the programs of this host. A program that is gone is listed until it
// is forgotten.
type Finder interface {
	Programs() []RunningProgram
	Forget(RunningProgram)
}

// Sink takes the records of programs; any goroutine may call it, and it never waits.
type Sink func(p RunningProgram, epoch, owner string, r Record)

// AgentOptions is what an Agent needs.
type AgentOptions struct {
	Bus   Bus
	Fleet string // "" is "default"
	Name  string // of the agent, unique
	Host  string
	// Find makes the Finder, whose programs give their records to the Sink.
	Find func(Sink) Finder
	// Policy says what may be asked at all.
	Policy *Policy
	// Audit is told of each set of queries that is armed, changed or taken away.
	Audit func(Entry)
	// Say is told a sentence for the person who runs the agent.
	Say func(string)
	// Now is a clock that no one sets; nil: the system's.
	Now func() time.Time
	// Verify reports whether a signature of some data is that of a public nkey; nil:
	// nothing that is signed can be asked.
	Verify func(key string, data, signature []byte) bool
	// Clock is what reports are dated by; nil: the system's.
	Clock func() time.Time
	// Talk says how patient whoever looks at one process is.
	Talk TalkTimes
}

// How often an agent looks and tells.
const (
	turn      = 100 * time.Millisecond
	tellPause = 250 * time.Millisecond
	restate   = 2 * time.Second  // what has not changed is told all the same
	farewell  = 30 * time.Second // and so long after the end
	mostOwner = 100
)

// Agent has the programs of one host converge to what is wanted.
//
// Goroutines: Run's, which owns all but the outbox and the switchboard, the outbox's,
// which sends records, and those of Talks. The Bus and the programs only hand over to them.
type Agent struct {
	o       AgentOptions
	topics  topics
	now     func() time.Time
	finder  Finder
	out     *outbox
	board   *switchboard
	wants   chan heard
	strange chan otherVersion

	owners map[string]*wanted
	told   map[[2]string]*telling // by ID of the Identity and owner
	number uint64
}

// telling is what was last said of a program to an asker, by epoch.
type telling struct {
	program  RunningProgram
	revision uint64 // that was passed on to the program
	said     map[string]*said
	released bool // it is asked nothing any more
}

// said is what was last said of one stay in a program.
type said struct {
	last  Report
	at    time.Time
	final time.Time // when its last word was first said
}

// over reports whether the last word was said often enough.
func (s *said) over(at time.Time) bool { return s.last.Final && at.Sub(s.final) >= farewell }

// NewAgent returns an Agent; Run lets it work.
func NewAgent(o AgentOptions) (*Agent, error) {
	t, err := topicsOf(o.Fleet)
	if err != nil {
		return nil, err
	}
	if !isToken(o.Name) {
		return nil, errors.New("an agent's name is made of letters, digits, - and _")
	}
	a := &Agent{o: o, topics: t, now: o.Now, wants: make(chan heard, 64), strange: make(chan otherVersion, 1),
		owners: map[string]*wanted{}, told: map[[2]string]*telling{}}
	if a.now == nil {
		a.now, a.o.Now = time.Now, time.Now
	}
	if a.o.Clock == nil {
		a.o.Clock = time.Now
	}
	if a.o.Audit == nil {
		a.o.Audit = func(Entry) {}
	}
	if a.o.Say == nil {
		a.o.Say = func(string) {}
	}
	a.number = uint64(time.Now().UnixNano()) // beyond those of the agent that was here before
	a.out = newOutbox(o.Bus, t, o.Name)
	a.finder = o.Find(a.out.take)
	a.board = newSwitchboard(&a.o, t, a.finder)
	return a, nil
}

// Run works until ctx ends; then no program is asked anything any more.
func (a *Agent) Run(ctx context.Context) error {
	stop, err := a.o.Bus.Subscribe(a.topics.wants(), a.hear)
	if err != nil {
		return fmt.Errorf("listen for what is wanted: %w", err)
	}
	defer stop()
	hangUp, err := a.board.listen()
	if err != nil {
		return fmt.Errorf("listen for who wants to look: %w", err)
	}
	defer hangUp()
	sending := sync.WaitGroup{}
	done := make(chan struct{})
	sending.Go(func() { a.out.run(done) })
	defer func() { close(done); sending.Wait() }()
	a.Hello()
	tick := time.NewTicker(turn)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			a.leave()
			return nil
		case w := <-a.wants:
			a.take(w)
		case v := <-a.strange:
			a.o.Say("an asker " + v.Error())
		case <-tick.C:
		}
		a.expire()
		a.converge()
		a.tell(false)
	}
}

// Hello asks whoever wants something to say it again. It may be called from any
// goroutine; a Bus that was lost and found is a reason to.
func (a *Agent) Hello() { _ = a.o.Bus.Publish(a.topics.hello(a.o.Name), []byte("{}")) }

// converge passes on what each program has not been told.
func (a *Agent) converge() {
	if len(a.owners) == 0 {
		return
	}
	for _, p := range a.finder.Programs() {
		id := p.Identity()
		for owner, w := range a.owners {
			key := [2]string{id.ID, owner}
			t := a.told[key]
			chosen := w.refused == "" && len(w.Queries)+len(w.refusals) > 0 && w.selector.Matches(id)
			switch {
			case chosen && (t == nil || t.released || t.revision < w.Revision):
				if t == nil || t.released {
					t = &telling{program: p, said: map[string]*said{}}
					a.told[key] = t
				}
				t.revision = w.Revision
				p.Want(owner, w.Revision, w.Queries, a.o.Policy.within(w.Budget))
			case !chosen && t != nil && !t.released:
				t.released = true
				p.Want(owner, w.Revision, nil, w.Budget)
			}
		}
	}
}

// tell says how the queries stand, where that is news or was not said for a while.
func (a *Agent) tell(now bool) {
	at := a.now()
	for key, t := range a.told {
		reports := a.reports(t.program, key[1])
		news := false
		for i, r := range reports {
			current := i == len(reports)-1
			// What is current is said after what is not.
			news = a.tellOne(t, r, at, now || current && news) || news
		}
		a.retire(key, t, reports[len(reports)-1], at)
	}
}

// tellOne says how the queries stand, or stood, in one stay, and reports whether it did.
func (a *Agent) tellOne(t *telling, r Report, at time.Time, now bool) bool {
	s := t.said[r.Epoch]
	if s == nil {
		s = &said{}
		t.said[r.Epoch] = s
	}
	if !now && (at.Sub(s.at) < tellPause || same(&r, &s.last) && (at.Sub(s.at) < restate || s.over(at))) {
		return false
	}
	a.number++
	r.Number = a.number
	s.last, s.at = r, at
	if r.Final && s.final.IsZero() {
		s.final = at
	}
	_ = a.o.Bus.Publish(a.topics.status(r.Owner, a.o.Name), encode(r))
	return true
}

// retire forgets a program, for an asker, some time after the last word on it.
func (a *Agent) retire(key [2]string, t *telling, current Report, at time.Time) {
	if s := t.said[current.Epoch]; s == nil || !s.over(at) {
		return
	}
	delete(a.told, key)
	for epoch := range t.said {
		a.out.forget(key[0], epoch, key[1])
	}
	t.program.Heard(key[1])
	for _, other := range a.told {
		if other.program == t.program {
			return
		}
	}
	if current.Ended {
		a.finder.Forget(t.program)
	}
}

// reports are what is known of a program, for one asker: of each stay there, the last of
// now.
func (a *Agent) reports(p RunningProgram, owner string) []Report {
	standings := p.Standings(owner)
	if len(standings) == 0 {
		standings = []Standing{{}}
	}
	out := make([]Report, len(standings))
	for i, s := range standings {
		out[i] = a.report(p, owner, s)
	}
	a.addRefusals(&out[len(out)-1])
	return out
}

func (a *Agent) report(p RunningProgram, owner string, s Standing) Report {
	r := Report{V: Version, Agent: a.o.Name, Owner: owner, Identity: p.Identity(), Epoch: s.Epoch, Stay: s.Stay, Revision: s.Revision,
		Queries: slices.Clone(s.Queries), Problem: s.Problem, Files: s.Files, Final: s.Final, Unsure: s.Unsure, Ended: s.Ended, Clock: a.o.Clock()}
	if r.Epoch == "" {
		r.Epoch = "none"
	}
	for i := range r.Queries {
		q := &r.Queries[i]
		emitted, unsent := a.out.counts(r.Identity.ID, r.Epoch, owner, q.ID)
		q.Emitted, q.Dropped = emitted, q.Dropped+unsent
	}
	return r
}

// addRefusals tells of the queries that may not be asked here.
func (a *Agent) addRefusals(r *Report) {
	w := a.owners[r.Owner]
	if w == nil {
		return
	}
	for id, why := range w.refusals {
		r.Queries = append(r.Queries, QueryState{ID: id, State: Failed, Message: why})
	}
	slices.SortFunc(r.Queries, func(a, b QueryState) int { return a.ID - b.ID })
}

// same reports whether a Report says nothing new.
func same(a, b *Report) bool {
	return a.Epoch == b.Epoch && a.Revision == b.Revision && a.Problem == b.Problem && a.Final == b.Final && a.Unsure == b.Unsure && a.Ended == b.Ended &&
		slices.Equal(a.Queries, b.Queries) && maps.Equal(a.Files, b.Files)
}

// leave takes everything away, and says the last word.
func (a *Agent) leave() {
	for _, w := range a.owners {
		a.o.Audit(entryOf(a.now(), w, "left"))
		w.forsake()
	}
	a.board.close()
	a.converge()
	deadline := time.Now().Add(leaveTime)
	for time.Now().Before(deadline) && !a.allFinal() {
		time.Sleep(turn / 10)
	}
	a.tell(true)
	a.out.flush()
}

// leaveTime is how long the end of an agent waits for the programs' last words.
const leaveTime = 2 * time.Second

func (a *Agent) allFinal() bool {
	for key, t := range a.told {
		if all := t.program.Standings(key[1]); len(all) > 0 && !all[len(all)-1].Final {
			return false
		}
	}
	return true
}
