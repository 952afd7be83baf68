package fleet

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Stoppable is a program that can be stopped and looked at, by one at a time.
type Stoppable interface {
	// Debug serves a Talk that has begun, until it is over; then the program goes on. It
	// returns at once. ended is called when the program is as it was.
	Debug(t *Talk, o Open, may Looking, ended func())
}

// Looking says what a Policy lets somebody see of a stopped process.
type Looking struct {
	Values bool   // and not only where it stands
	Budget Budget // of what does not stop it
}

// switchboard has the Talks of an Agent: it says who has a process, and leads to it whom
// the Policy lets.
//
// Its methods may be called from any goroutine.
type switchboard struct {
	o      *AgentOptions
	topics topics
	finder Finder
	times  TalkTimes

	mu     sync.Mutex // guards what follows
	talks  map[string]*talking
	past   map[string]time.Time // Talks that are over: nobody begins them once more
	closed bool
}

// talking is a Talk, and the key that its asker has: "" none.
type talking struct {
	*Talk
	key string
}

const mostTalks = 20

func newSwitchboard(o *AgentOptions, t topics, f Finder) *switchboard {
	return &switchboard{o: o, topics: t, finder: f, times: o.Talk, talks: map[string]*talking{}, past: map[string]time.Time{}}
}

// listen has the Bus lead to it.
func (s *switchboard) listen() (stop func(), err error) {
	unseek, err := s.o.Bus.Subscribe(s.topics.seeks(), s.sought)
	if err != nil {
		return nil, err
	}
	untalk, err := s.o.Bus.Subscribe(s.topics.to(s.o.Name, "*"), s.heard)
	if err != nil {
		unseek()
		return nil, err
	}
	return func() { unseek(); untalk() }, nil
}

// sought says which processes here are meant.
func (s *switchboard) sought(data []byte) {
	var m Seek
	key, err := open(data, &m, s.o.Verify, s.o.Clock())
	if m.Owner == "" || err != nil && key == "" {
		return
	}
	answer := Found{V: Version, Agent: s.o.Name, Host: s.o.Host, Owner: m.Owner}
	chosen, wrong := ParseSelector(m.Select)
	switch why := s.o.Policy.mayStop(key, s.o.Host); {
	case err != nil:
		answer.Problem = err.Error()
	case wrong != nil:
		answer.Problem = wrong.Error()
	case why != "":
		answer.Problem = why
	default:
		for _, p := range s.finder.Programs() {
			id := p.Identity()
			if !chosen.Matches(id) {
				continue
			}
			if id.Named(m.Process) && len(answer.Processes) < mostFound {
				answer.Processes = append(answer.Processes, id)
			} else if len(answer.Names) < mostFound {
				answer.Names = append(answer.Names, id.String())
			}
		}
		slices.SortFunc(answer.Processes, order)
		slices.Sort(answer.Names)
	}
	_ = s.o.Bus.Publish(s.topics.found(m.Owner, s.o.Name), encode(answer))
}

// heard is given each Phrase that is said to this agent.
func (s *switchboard) heard(data []byte) {
	var p Phrase
	key, err := open(data, &p, s.o.Verify, s.o.Clock())
	if err != nil || p.Agent != s.o.Name {
		return // it is said again, or what leads here tells why not
	}
	s.mu.Lock()
	t := s.talks[p.Talk]
	if t == nil && !p.End && p.Seq == 1 && !p.More && !s.known(p.Talk) && !s.closed && len(s.talks) < mostTalks {
		t = s.begin(p, key)
		s.mu.Unlock()
		t.take(p)
		s.lead(t)
		return
	}
	known := s.known(p.Talk)
	s.mu.Unlock()
	switch {
	case t != nil && t.key == key:
		t.take(p)
	case known && !p.End:
		end := Phrase{V: Version, Owner: p.Owner, Agent: p.Agent, Talk: p.Talk, End: true, Why: "the agent has ended it: nothing was heard for a while"}
		_ = s.o.Bus.Publish(s.topics.from(p.Owner, s.o.Name), encode(end))
	}
}

// known reports whether a Talk was there and is over; s.mu is held.
func (s *switchboard) known(id string) bool {
	now := s.o.Now()
	for other, at := range s.past {
		if now.Sub(at) > 2*Stale {
			delete(s.past, other)
		}
	}
	_, there := s.past[id]
	return there
}

// begin makes a Talk; s.mu is held.
func (s *switchboard) begin(p Phrase, key string) *talking {
	t := &talking{key: key}
	say := func(out Phrase) { _ = s.o.Bus.Publish(s.topics.from(p.Owner, s.o.Name), encode(out)) }
	gone := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.talks, p.Talk)
		s.past[p.Talk] = s.o.Now()
	}
	t.Talk = newTalk(Phrase{V: Version, Owner: p.Owner, Agent: s.o.Name, Talk: p.Talk}, s.times, say, gone)
	s.talks[p.Talk] = t
	return t
}

// lead reads the first message of a Talk, and leads it to the process.
func (s *switchboard) lead(t *talking) {
	var o Open
	first, ok := t.Receive() // it has come
	if !ok {
		return
	}
	if decode(first, &o) != nil {
		t.Close("the agent does not understand what is wanted: both ends need the same release of Tallyho")
		return
	}
	if why := s.o.Policy.mayStop(t.key, s.o.Host); why != "" {
		t.Close(why)
		return
	}
	for _, p := range s.finder.Programs() {
		id := p.Identity()
		if id.ID != o.ID {
			continue
		}
		one, can := p.(Stoppable)
		if !can {
			break
		}
		entry := Entry{Time: s.o.Now(), What: "debugs", Owner: t.id.Owner, By: o.By, Key: t.key, Process: id.String()}
		s.o.Audit(entry)
		one.Debug(t.Talk, o, s.o.Policy.looking(), func() {
			entry.Time, entry.What = s.o.Now(), "debugged"
			s.o.Audit(entry)
		})
		return
	}
	t.Close("the process is not there any more")
}

// close ends all Talks: the programs go on.
func (s *switchboard) close() {
	s.mu.Lock()
	s.closed = true
	var all []*talking
	for _, t := range s.talks {
		all = append(all, t)
	}
	s.mu.Unlock()
	for _, t := range all {
		t.Close("the agent on " + s.o.Host + " has ended")
	}
}

// mayStop says why nobody may stop a process here who has that key, "" if they may. It is
// forbidden unless a policy says otherwise: a program that stands still serves nobody.
func (p *Policy) mayStop(key, host string) string {
	switch {
	case p == nil || !p.Stop:
		return "the agent on " + host + ` lets nobody stop a process: the policy that it is started with (--policy FILE) has to say "stop": true`
	case len(p.Modules)+len(p.Forbidden) > 0:
		return "the policy of the agent on " + host + " limits which modules may be looked at; a stopped process shows all of them, so that none is stopped there"
	}
	return p.mayAsk(key)
}

func (p *Policy) looking() Looking {
	return Looking{Values: p == nil || p.Values == nil || *p.Values, Budget: p.within(DefaultBudget)}
}

// someOf lists names for a sentence.
func someOf(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
