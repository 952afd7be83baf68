package fleet

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/internal/wording"
)

// ReachOptions says which process of a fleet is meant, and who wants to look at it.
type ReachOptions struct {
	Bus     Bus
	Fleet   string // "" is "default"
	By      string // who asks, for the audits
	Process string // as Identity.Named understands it
	Select  string // and among which
	With    []byte // for whoever leads to it there
	Talk    TalkTimes
	// Patience is how long agents may take to say that they have it, since the first of
	// them has answered; default: Patience. That may take some times as long.
	Patience time.Duration
}

// Reach begins a Talk with the agent that has the process: who is at its other end is
// what Stoppable.Debug does. An error says in one sentence why not.
func Reach(ctx context.Context, o ReachOptions) (t *Talk, id Identity, err error) {
	topics, err := topicsOf(o.Fleet)
	if err != nil {
		return nil, id, err
	}
	if o.Patience <= 0 {
		o.Patience = Patience
	}
	s := &search{o: o, topics: topics, owner: random(), found: map[string]Found{}, agents: map[string]Answer{}, news: make(chan struct{}, 1)}
	agent, id, err := s.run(ctx)
	if err != nil {
		return nil, id, err
	}
	t, err = s.talk(agent, id)
	return t, id, err
}

func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// search looks for one process.
type search struct {
	o      ReachOptions
	topics topics
	owner  string
	news   chan struct{}

	mu     sync.Mutex // guards what follows
	found  map[string]Found
	agents map[string]Answer // all that are there, those as well that know nothing of a Seek
}

// How often it is asked, and how long others may take to say that they have one of that
// name as well.
const (
	seekPause  = 300 * time.Millisecond
	secondTime = 300 * time.Millisecond
	// firstAnswer is how many times its patience the first answer is waited for: an agent may
	// be about to come.
	firstAnswer = 3
)

func (s *search) run(ctx context.Context) (agent string, id Identity, err error) {
	if _, err := ParseSelector(s.o.Select); err != nil {
		return "", id, err
	}
	var stops []func()
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()
	for subject, f := range map[string]func([]byte){s.topics.found(s.owner, "*"): s.told, s.topics.answer(s.owner, "*"): s.answered} {
		stop, err := s.o.Bus.Subscribe(subject, f)
		if err != nil {
			return "", id, fmt.Errorf("listen for answers: %w", err)
		}
		stops = append(stops, stop)
	}
	patience, answered := time.After(firstAnswer*s.o.Patience), false
	again := time.NewTicker(seekPause)
	defer again.Stop()
	var second <-chan time.Time
	s.ask()
	for {
		select {
		case <-s.news:
			if !answered {
				patience, answered = time.After(s.o.Patience), true
			}
			if second == nil && s.some() {
				second = time.After(secondTime)
			}
		case <-again.C:
			s.ask()
		case <-second:
			return s.chosen()
		case <-patience:
			return s.chosen()
		case <-ctx.Done():
			return "", id, ctx.Err()
		}
	}
}

// ask asks every agent. The question that asks nothing is for those that do not know the
// other one: who answers it alone is of an earlier release.
func (s *search) ask() {
	_ = s.o.Bus.Publish(s.topics.seek(s.owner), seal(s.o.Bus, &Seek{V: Version, Owner: s.owner, By: s.o.By, Process: s.o.Process, Select: s.o.Select}))
	_ = s.o.Bus.Publish(s.topics.want(s.owner), seal(s.o.Bus, &Want{V: Version, Owner: s.owner, By: s.o.By, Revision: 1, Lease: Lease, Select: s.o.Select}))
}

func (s *search) told(data []byte) {
	var f Found
	if decode(data, &f) != nil || f.Owner != s.owner {
		return
	}
	s.mu.Lock()
	if len(s.found) < mostAgents {
		s.found[f.Agent] = f
	}
	s.mu.Unlock()
	s.rouse()
}

func (s *search) answered(data []byte) {
	var a Answer
	if decode(data, &a) != nil || a.Owner != s.owner {
		return
	}
	s.mu.Lock()
	if len(s.agents) < mostAgents {
		s.agents[a.Agent] = a
	}
	s.mu.Unlock()
	s.rouse()
}

func (s *search) rouse() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *search) some() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.found {
		if len(f.Processes) > 0 {
			return true
		}
	}
	return false
}

// chosen is the one process that is meant, or says why there is none.
func (s *search) chosen() (agent string, id Identity, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Identity
	for name, f := range s.found {
		for _, one := range f.Processes {
			if one.Named(s.o.Process) {
				all = append(all, one)
				agent, id = name, one
			}
		}
	}
	switch len(all) {
	case 1:
		return agent, id, nil
	case 0:
		return "", id, errors.New(s.none())
	}
	slices.SortFunc(all, order)
	var ids []string
	for _, one := range all {
		where := one.Host
		if one.Container != "" {
			where += ", container " + one.Container
		}
		ids = append(ids, fmt.Sprintf("%s (%s, %s)", one.ID, one, where))
	}
	return "", Identity{}, fmt.Errorf("%s are called %s; name one by its id: %s", wording.Count(len(all), "process"), s.o.Process, someOf(ids))
}

// none says why no process is found; s.mu is held.
func (s *search) none() string {
	var names, problems []string
	old := ""
	for agent, a := range s.agents {
		if _, knows := s.found[agent]; !knows && a.Problem == "" {
			old = a.Host
		} else if a.Problem != "" {
			problems = append(problems, a.Problem)
		}
	}
	for _, f := range s.found {
		names = append(names, f.Names...)
		if f.Problem != "" {
			problems = append(problems, f.Problem)
		}
	}
	slices.Sort(names)
	slices.Sort(problems)
	problems = slices.Compact(problems)
	none := "no process is called " + s.o.Process
	if s.o.Select != "" {
		none += " among those that are selected by " + s.o.Select
	}
	switch {
	case len(s.agents)+len(s.found) == 0:
		return none + ": no agent has answered: is one running, and connected to this hub?"
	case len(problems) > 0 && len(names) == 0:
		return strings.Join(problems[:min(len(problems), 3)], "; ")
	case old != "" && len(names) == 0:
		return none + " that can be stopped: the agent on " + old + ", or the hub, is of an earlier release of Tallyho"
	case len(names) == 0:
		return none + ": no program there has said tallyho.listen(), and nobody runs one with Tallyho"
	}
	return none + "; there are " + someOf(names)
}

// talk begins to talk with the agent of a process.
func (s *search) talk(agent string, id Identity) (*Talk, error) {
	var t *Talk
	began := make(chan struct{})
	stop, err := s.o.Bus.Subscribe(s.topics.from(s.owner, agent), func(data []byte) {
		var p Phrase
		<-began
		if decode(data, &p) == nil && p.Owner == s.owner && p.Talk == t.id.Talk {
			t.take(p)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listen for answers: %w", err)
	}
	say := func(p Phrase) { _ = s.o.Bus.Publish(s.topics.to(agent, s.owner), seal(s.o.Bus, &p)) }
	t = newTalk(Phrase{V: Version, Owner: s.owner, Agent: agent, Talk: random()}, s.o.Talk, say, stop)
	close(began)
	t.Send(encode(Open{ID: id.ID, By: s.o.By, With: s.o.With}))
	return t, nil
}
