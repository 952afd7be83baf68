package local

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// place is where a program's tracepoints are: a Session of ours, which has attached to
// it, or somebody else's, who runs it.
type place interface {
	// replace makes specs all that owner asks; ok is false once the program has ended.
	replace(owner string, specs []tracepoint.Spec) (statuses []tracepoint.Status, ok bool)
	// retire takes all of it away, and returns what became of it; not whole: as far as
	// was heard.
	retire(owner string) (last []tracepoint.Status, whole bool)
	statuses() []tracepoint.Status
	// lost is how many records of a tracepoint did not come as far as here.
	lost(tracepoint int) uint64
	leave()
	done() <-chan struct{}
}

// attached is a place that we have attached to.
type attached struct{ *engine.Session }

// attach comes to a program at its door; s is the Observer of the Session.
func attach(ctx context.Context, c engine.AttachConfig, s *stay) (place, error) {
	session, err := engine.Attach(ctx, c, s)
	if err != nil {
		return nil, err
	}
	return attached{session}, nil
}

func (a attached) replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, bool) {
	statuses, err := a.Replace(owner, specs)
	return statuses, err == nil
}

func (a attached) retire(owner string) ([]tracepoint.Status, bool) { return a.Retire(owner) }
func (a attached) statuses() []tracepoint.Status                   { return a.Statuses() }

// lost is 0: nothing lies between our own Session and us.
func (a attached) lost(int) uint64       { return 0 }
func (a attached) done() <-chan struct{} { return a.Done() }

// leave returns when the program is as it was.
func (a attached) leave() {
	_ = a.Detach()
	<-a.Done()
}

// advertised is a program that somebody runs or debugs, asked over the socket of that
// Session.
type advertised struct {
	asking *hub.Asking
	record func(render.Record) // is given each record, on the Asking's goroutine

	answers chan hub.Answered         // to replace; the worker alone reads it
	mu      sync.Mutex                // guards what follows
	latest  map[int]tracepoint.Status // by tracepoint, as was heard last
	missing map[int]uint64            // records that we were too slow for, by tracepoint
}

// join connects to the Session that info advertises.
func join(ctx context.Context, info hub.Info, record func(render.Record)) (place, error) {
	a := &advertised{record: record, answers: make(chan hub.Answered, 16), latest: map[int]tracepoint.Status{}, missing: map[int]uint64{}}
	asking, err := hub.Ask(ctx, info, a.told)
	if err != nil {
		return nil, err
	}
	a.asking = asking
	return a, nil
}

// told takes news in, on the Asking's goroutine. It never waits for the worker.
func (a *advertised) told(t hub.Told) {
	a.mu.Lock()
	for _, st := range t.Statuses {
		a.latest[st.ID] = st
	}
	maps.Copy(a.missing, t.Lost)
	a.mu.Unlock()
	for _, r := range t.Records {
		a.record(r)
	}
	for _, answer := range t.Answers {
		select {
		case a.answers <- answer:
		default: // nobody waits for it any more
		}
	}
}

// answerTime is how long the Session may take to answer.
const answerTime = 15 * time.Second

// It waits for the answer to just this question: one that came too late for an earlier
// question is passed over. The worker alone calls it, so that there is one question at a
// time.
func (a *advertised) replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, bool) {
	if a.asking.Replace(owner, specs) != nil {
		return nil, false
	}
	over := time.After(answerTime)
	for {
		select {
		case answer := <-a.answers:
			if answer.Owner != owner || answer.Last != (len(specs) == 0) {
				continue
			}
			a.mu.Lock()
			for _, st := range answer.Statuses {
				a.latest[st.ID] = st
			}
			a.mu.Unlock()
			return answer.Statuses, true
		case <-a.asking.Done():
			return nil, false
		case <-over:
			return nil, false
		}
	}
}

func (a *advertised) retire(owner string) (last []tracepoint.Status, whole bool) {
	last, ok := a.replace(owner, nil)
	if ok {
		return last, true
	}
	for _, st := range a.statuses() {
		if st.Owner == hub.Owner(owner) {
			last = append(last, st)
		}
	}
	select {
	case <-a.asking.Done():
		return last, true // it has ended, and had said everything
	default:
		return last, false
	}
}

func (a *advertised) statuses() []tracepoint.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]tracepoint.Status, 0, len(a.latest))
	for _, st := range a.latest {
		out = append(out, st)
	}
	return out
}

func (a *advertised) lost(id int) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.missing[id]
}

func (a *advertised) leave() {
	a.asking.Close()
	<-a.asking.Done()
}

func (a *advertised) done() <-chan struct{} { return a.asking.Done() }
