package fleet

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// AskerOptions is what an Asker needs.
type AskerOptions struct {
	Bus    Bus
	Fleet  string // "" is "default"
	Owner  string // "" is made up
	By     string // who asks, for the audits
	Select string
	Budget Budget
	Lease  time.Duration // default and most: Lease
	// Record is called for each record that came, each once, by one goroutine after
	// the other.
	Record func(Identity, Record)
	// News is called when something else has changed; it must not wait.
	News func()
	// Patience is how long Release waits for the last words, since anything was heard of
	// whoever owes one; default 3 s. It waits no longer than ten times that.
	Patience time.Duration
}

// renewals is how many times a lease is renewed while it lasts.
const renewals = 12

// Asker asks its queries of a fleet, and adds up what comes back. Its methods may
// be called from any goroutine.
//
// Goroutines: one that renews the lease, until Release.
type Asker struct {
	o      AskerOptions
	topics topics
	stops  []func()
	done   chan struct{}
	ended  sync.WaitGroup

	greeted chan struct{} // an agent has come

	mu       sync.Mutex // guards what follows
	want     Want
	agents   map[string]*heardAgent
	programs map[string]*program // by Identity.ID
	bad      uint64              // messages that could not be read
	closed   bool

	delivering sync.Mutex // held while Record runs
}

type heardAgent struct {
	answer Answer
	at     time.Time
}

// NewAsker begins to listen; Want asks.
func NewAsker(o AskerOptions) (*Asker, error) {
	if o.Owner == "" {
		var b [8]byte
		_, _ = rand.Read(b[:])
		o.Owner = hex.EncodeToString(b[:])
	}
	if !isToken(o.Owner) {
		return nil, errors.New("an asker's name is made of letters, digits, - and _")
	}
	if _, err := ParseSelector(o.Select); err != nil {
		return nil, err
	}
	t, err := topicsOf(o.Fleet)
	if err != nil {
		return nil, err
	}
	if o.Lease <= 0 || o.Lease > Lease {
		o.Lease = Lease
	}
	if o.Patience <= 0 {
		o.Patience = 3 * time.Second
	}
	if o.Record == nil {
		o.Record = func(Identity, Record) {}
	}
	if o.News == nil {
		o.News = func() {}
	}
	a := &Asker{o: o, topics: t, done: make(chan struct{}), greeted: make(chan struct{}, 1), agents: map[string]*heardAgent{}, programs: map[string]*program{},
		want: Want{V: Version, Owner: o.Owner, By: o.By, Lease: o.Lease, Select: o.Select, Budget: o.Budget.within(Budget{100_000, 1})}}
	for subject, f := range map[string]func([]byte){
		t.hellos(): func([]byte) { a.greet() }, t.answer(o.Owner, "*"): a.answered, t.status(o.Owner, "*"): a.reported, t.events(o.Owner, "*"): a.recorded,
	} {
		stop, err := o.Bus.Subscribe(subject, f)
		if err != nil {
			a.unsubscribe()
			return nil, fmt.Errorf("listen for answers: %w", err)
		}
		a.stops = append(a.stops, stop)
	}
	a.ended.Go(a.renewing)
	return a, nil
}

func (a *Asker) unsubscribe() {
	for _, stop := range a.stops {
		stop()
	}
}

// Want makes queries all that is asked. It returns at once.
func (a *Asker) Want(queries []Query) {
	a.mu.Lock()
	a.want.Revision++
	a.want.Queries = queries
	a.mu.Unlock()
	a.Renew()
}

// Renew says again what is wanted. It is done by itself often enough; a Bus that was
// lost and found is a reason to.
func (a *Asker) Renew() {
	a.mu.Lock()
	w, ok := a.want, a.want.Revision > 0 && !a.closed
	a.mu.Unlock()
	if ok {
		_ = a.o.Bus.Publish(a.topics.want(w.Owner), seal(a.o.Bus, &w))
	}
}

// greet has what is wanted said again soon: many agents may come at once.
func (a *Asker) greet() {
	select {
	case a.greeted <- struct{}{}:
	default:
	}
}

// greetPause gathers those who come at once.
const greetPause = 50 * time.Millisecond

func (a *Asker) renewing() {
	tick := time.NewTicker(a.o.Lease / renewals)
	defer tick.Stop()
	var soon <-chan time.Time
	for {
		select {
		case <-tick.C:
			a.Renew()
		case <-a.greeted:
			if soon == nil {
				soon = time.After(greetPause)
			}
		case <-soon:
			soon = nil
			a.Renew()
		case <-a.done:
			return
		}
	}
}

// releasePause is how often a release is said until everybody has heard it.
const releasePause = 200 * time.Millisecond

// Release takes everything back, and waits, within its patience, for the last word
// of each process. The Asker is of no more use then but for Totals and Programs.
func (a *Asker) Release() {
	a.Want(nil)
	began := time.Now()
	tick := time.NewTicker(releasePause / 10)
	defer tick.Stop()
	said := time.Now()
	for a.owed(began) {
		<-tick.C
		if time.Since(began) > mostPatience*a.o.Patience {
			break
		}
		if time.Since(said) >= releasePause {
			said = time.Now()
			a.Renew()
		}
	}
	a.mu.Lock()
	first := !a.closed
	a.closed = true
	a.mu.Unlock()
	if first {
		close(a.done)
		a.unsubscribe()
	}
	a.ended.Wait()
}

// mostPatience is how many times its patience Release waits at most.
const mostPatience = 10

// owed reports whether a last word is missing that is still to be expected, or a record
// that may be on its way: what got lost does not come later.
func (a *Asker) owed(began time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	soon := time.Since(began) <= a.o.Patience
	for _, p := range a.programs {
		if !p.final() && (soon || time.Since(p.seen) <= a.o.Patience) || soon && !p.settled() {
			return true
		}
	}
	return false
}

func (a *Asker) answered(data []byte) {
	var m Answer
	if err := decode(data, &m); err != nil {
		a.spoilt()
		return
	}
	a.mu.Lock()
	if len(a.agents) < mostAgents || a.agents[m.Agent] != nil {
		a.agents[m.Agent] = &heardAgent{m, time.Now()}
	}
	a.mu.Unlock()
	a.o.News()
}

func (a *Asker) spoilt() {
	a.mu.Lock()
	a.bad++
	a.mu.Unlock()
}

func (a *Asker) reported(data []byte) {
	var r Report
	if err := decode(data, &r); err != nil || r.Owner != a.o.Owner {
		a.spoilt()
		return
	}
	a.mu.Lock()
	p := a.programs[r.Identity.ID]
	if p == nil && len(a.programs) < mostPrograms {
		p = newProgram()
		a.programs[r.Identity.ID] = p
	}
	if p != nil {
		p.report(&r, time.Now())
	}
	a.mu.Unlock()
	a.o.News()
}

func (a *Asker) recorded(data []byte) {
	var b Batch
	if err := decode(data, &b); err != nil || b.Owner != a.o.Owner {
		a.spoilt()
		return
	}
	a.mu.Lock()
	p := a.programs[b.ID]
	if p == nil && len(a.programs) < mostPrograms {
		p = newProgram()
		p.id.ID = b.ID
		a.programs[b.ID] = p
	}
	var fresh []Record
	var id Identity
	if p != nil {
		id = p.id
		for _, r := range b.Records {
			if p.isNew(b.Epoch, r.Query, r.Seq) {
				fresh = append(fresh, r)
			}
		}
	}
	a.mu.Unlock()
	a.delivering.Lock()
	defer a.delivering.Unlock()
	for _, r := range fresh {
		a.o.Record(id, r)
	}
	if len(fresh) > 0 {
		a.o.News()
	}
}

// What one asker keeps at most, whoever sends it.
const (
	mostAgents   = 10_000
	mostPrograms = 20_000
	mostEpochs   = 100
)
