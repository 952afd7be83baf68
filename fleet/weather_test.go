package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// weather is a Bus within this process that loses, doubles and delays messages, and
// so brings them in another order.
type weather struct {
	loss, twice float64
	late        time.Duration // at most

	mu   sync.Mutex // guards what follows
	rand *rand.Rand
	subs map[*listener]struct{}
	cut  map[string]bool // names of Conns whose messages get nowhere
	sent int
}

type listener struct {
	pattern string
	in      chan []byte
	done    chan struct{}
}

func newWeather(loss, twice float64, late time.Duration) *weather {
	return &weather{loss: loss, twice: twice, late: late, rand: rand.New(rand.NewPCG(1, 2)), subs: map[*listener]struct{}{}, cut: map[string]bool{}}
}

// at is one end of the bus.
type at struct {
	*weather
	name string
}

func (a at) Publish(subject string, data []byte) error {
	w := a.weather
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	if w.cut[a.name] {
		return fmt.Errorf("%s is cut off", a.name)
	}
	for l := range w.subs {
		if matches(l.pattern, subject) {
			for n := w.copies(); n > 0; n-- {
				w.deliver(l, data)
			}
		}
	}
	return nil
}

// copies is how many of a message come; w.mu is held.
func (w *weather) copies() int {
	switch p := w.rand.Float64(); {
	case p < w.loss:
		return 0
	case p < w.loss+w.twice:
		return 2
	}
	return 1
}

func (w *weather) deliver(l *listener, data []byte) {
	give := func() {
		select {
		case l.in <- data:
		case <-l.done:
		default: // a slow consumer loses
		}
	}
	if w.late == 0 {
		give()
		return
	}
	time.AfterFunc(time.Duration(w.rand.Int64N(int64(w.late))), give)
}

func (a at) Subscribe(pattern string, f func([]byte)) (func(), error) {
	room := 10_000
	if strings.Contains(pattern, ".seek.") || strings.Contains(pattern, ".to.") {
		room = 100 // each of many agents has them
	}
	l := &listener{pattern, make(chan []byte, room), make(chan struct{})}
	a.mu.Lock()
	a.subs[l] = struct{}{}
	a.mu.Unlock()
	go func() {
		for {
			select {
			case data := <-l.in:
				a.mu.Lock()
				cut := a.cut[a.name]
				a.mu.Unlock()
				if !cut {
					f(data)
				}
			case <-l.done:
				return
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() {
			a.mu.Lock()
			delete(a.subs, l)
			a.mu.Unlock()
			close(l.done)
		})
	}, nil
}

// setCut cuts one end off, or heals it.
func (w *weather) setCut(name string, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[name] = cut
}

// matches compares part by part; * is any one.
func matches(pattern, subject string) bool {
	for {
		p, prest, pmore := strings.Cut(pattern, ".")
		s, srest, smore := strings.Cut(subject, ".")
		if p != s && p != "*" || pmore != smore {
			return false
		}
		if !pmore {
			return true
		}
		pattern, subject = prest, srest
	}
}

// host is the simulated programs of one Agent.
type host struct {
	sink     Sink
	programs []*simulated
}

func (h *host) Programs() []RunningProgram {
	all := make([]RunningProgram, len(h.programs))
	for i, p := range h.programs {
		all[i] = p
	}
	return all
}

func (h *host) Forget(RunningProgram) {}

// simulated is a process that runs nothing, and is hit when the test says so.
type simulated struct {
	host *host
	id   Identity

	mu     sync.Mutex // guards what follows
	stays  int
	asked  map[string]*question
	last   map[string][]Standing
	hits   uint64 // own count, of everything ever asked
	wanted int    // calls of Want
}

type question struct {
	revision uint64
	states   []QueryState
	epoch    string
	stay     int
}

func (s *simulated) Identity() Identity { return s.id }

func (s *simulated) Want(owner string, revision uint64, queries []Query, _ Budget) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted++
	old := s.asked[owner]
	if len(queries) == 0 {
		if old != nil {
			s.last[owner] = append(s.last[owner], Standing{Epoch: old.epoch, Stay: old.stay, Revision: old.revision, Queries: old.states, Final: true})
		}
		delete(s.asked, owner)
		return
	}
	if old == nil {
		s.stays++
		old = &question{epoch: fmt.Sprintf("e%d", s.stays), stay: s.stays}
		s.asked[owner] = old
	}
	old.revision = revision
	var next []QueryState
	for _, q := range queries {
		state := QueryState{ID: q.ID, State: Armed}
		for _, was := range old.states {
			if was.ID == q.ID {
				state = was
			}
		}
		next = append(next, state)
	}
	old.states = next
}

func (s *simulated) Standings(owner string) []Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.last[owner])
	if q := s.asked[owner]; q != nil {
		all = append(all, Standing{Epoch: q.epoch, Stay: q.stay, Revision: q.revision, Queries: slices.Clone(q.states)})
	} else if len(all) == 0 {
		all = append(all, Standing{Final: true})
	}
	return all
}

func (s *simulated) Heard(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.last, owner)
}

// again is what whoever goes away and comes back does: another stay begins.
func (s *simulated) again() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for owner, q := range s.asked {
		s.last[owner] = append(s.last[owner], Standing{Epoch: q.epoch, Stay: q.stay, Revision: q.revision, Queries: q.states, Final: true})
		s.stays++
		next := &question{epoch: fmt.Sprintf("e%d", s.stays), stay: s.stays, revision: q.revision}
		for _, state := range q.states {
			next.states = append(next.states, QueryState{ID: state.ID, State: state.State})
		}
		s.asked[owner] = next
	}
}

// hit makes every query true n times, with a record each.
func (s *simulated) hit(n int) {
	for range n {
		s.mu.Lock()
		type one struct {
			owner, epoch string
			query        int
		}
		var records []one
		for owner, q := range s.asked {
			for i := range q.states {
				q.states[i].Hits++
				s.hits++
				records = append(records, one{owner, q.epoch, q.states[i].ID})
			}
		}
		s.mu.Unlock()
		for _, r := range records {
			s.host.sink(s, r.epoch, r.owner, Record{Query: r.query, Line: n})
		}
	}
}

// simulatedAgent runs an Agent with some programs until the test ends.
func simulatedAgent(t testing.TB, b Bus, name string, programs int, change func(*AgentOptions)) *host {
	t.Helper()
	h := &host{}
	o := AgentOptions{Bus: b, Name: name, Host: name, Find: func(s Sink) Finder { h.sink = s; return h }}
	if change != nil {
		change(&o)
	}
	for i := range programs {
		id := Identity{ID: fmt.Sprintf("%s-%d", name, i), Service: "shop", Host: name, PID: 100 + i}
		h.programs = append(h.programs, &simulated{host: h, id: id, asked: map[string]*question{}, last: map[string][]Standing{}})
	}
	a, err := NewAgent(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = a.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return h
}

func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in a minute there was no %s", what)
}

func asker(t testing.TB, o AskerOptions) *Asker {
	t.Helper()
	a, err := NewAsker(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.o.Patience = time.Millisecond; a.Release() })
	return a
}

func armed(a *Asker, id int) int {
	n := 0
	for _, p := range a.Programs() {
		for _, q := range p.Queries {
			if q.ID == id && q.State == Armed && !p.Exact {
				n++
			}
		}
	}
	return n
}
