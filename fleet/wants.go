package fleet

import (
	"errors"
	"fmt"
	"time"
)

// heard is a Want that came, and the key that it was signed with.
type heard struct {
	Want
	key string
	why string // nothing of it is asked
}

// wanted is one asker's Want while its lease lasts.
type wanted struct {
	Want
	key      string // that it was signed with, "" none
	selector Selector
	until    time.Time
	refused  string         // why none of it is asked
	refusals map[int]string // why one of the queries is not, by ID
}

// hear is called by the Bus, in a goroutine of its own: it opens and judges a message, and
// leaves what is known of askers to the Agent's. It never waits for that: a Want is said
// again before its lease is over, so one too many costs nothing but time, whereas a Bus that
// is held up keeps every other message from its reader.
//
// A message that nobody trusted has signed is not answered: whoever has no key is not even
// told who is here. One of another version is, since its signature may have another form.
func (a *Agent) hear(data []byte) {
	var w Want
	key, err := open(data, &w, a.o.Verify, a.o.Clock())
	var other otherVersion
	h := heard{Want: w, key: key}
	switch {
	case errors.As(err, &other):
		answer := Answer{V: Version, Agent: a.o.Name, Host: a.o.Host, Owner: w.Owner, Revision: w.Revision,
			Problem: fmt.Sprintf("the agent on %s speaks version %d of the fleet's messages, not %d: both need the same release of Tallyho", a.o.Host, Version, w.V)}
		_ = a.o.Bus.Publish(a.topics.answer(w.Owner, a.o.Name), encode(answer))
		select {
		case a.strange <- other:
		default:
		}
		return
	case err != nil && key == "":
		return
	case err != nil:
		h.why = err.Error()
	default:
		h.why = a.o.Policy.mayAsk(key)
	}
	select {
	case a.wants <- h:
	default: // it is said again
	}
}

// take notes what is wanted; what is older than what is known is not, for messages overtake
// each other. A Want that says nothing new renews the lease and has nothing armed anew.
//
// An owner is a name that an asker gives itself. The key that it was first signed with keeps
// it: another key neither changes nor ends what is asked under it.
func (a *Agent) take(h heard) {
	w := h.Want
	known := a.owners[w.Owner]
	switch {
	case h.why != "":
		a.answer(&wanted{Want: w, key: h.key, refused: h.why})
		return
	case known != nil && (w.Revision < known.Revision || h.key != known.key):
		return // of an owner that another key has taken nothing is changed
	case known == nil && len(w.Queries) == 0:
		a.answer(&wanted{Want: w, key: h.key})
		return
	case known == nil && len(a.owners) >= mostOwner:
		a.answer(&wanted{Want: w, refused: "too many ask at once"})
		return
	}
	fresh := known == nil || w.Revision > known.Revision
	if fresh {
		next := &wanted{Want: w, key: h.key}
		var err error
		if next.selector, err = ParseSelector(w.Select); err != nil {
			next.refused = err.Error()
		}
		next.Queries, next.refusals = a.o.Policy.judge(w.Queries)
		a.owners[w.Owner], known = next, next
		a.o.Audit(entryOf(a.now(), &wanted{Want: w, key: h.key}, "asked"))
	}
	known.until = a.now().Add(known.Lease)
	if fresh {
		a.converge()
		a.tell(true)
	}
	a.answer(known)
}

// answer says that a Want was heard.
func (a *Agent) answer(w *wanted) {
	programs := a.finder.Programs()
	m := Answer{V: Version, Agent: a.o.Name, Host: a.o.Host, Owner: w.Owner, Revision: w.Revision, Programs: len(programs), Problem: w.refused}
	for _, p := range programs {
		if w.refused == "" && w.selector.Matches(p.Identity()) {
			m.Selected++
		}
	}
	_ = a.o.Bus.Publish(a.topics.answer(w.Owner, a.o.Name), encode(m))
}

// expire takes away what nobody has renewed: an asker that was killed, or cut off, must
// not leave its queries in programs for ever. It is forsaken first, so that programs are
// disarmed while it is still known whose queries these were.
func (a *Agent) expire() {
	now := a.now()
	for owner, w := range a.owners {
		if now.Before(w.until) {
			continue
		}
		if len(w.Queries) > 0 {
			a.o.Audit(entryOf(now, w, "expired"))
			a.o.Say(fmt.Sprintf("%s has not renewed what it asks for %v: it is asked no more", owner, w.Lease))
		}
		w.forsake()
		a.converge()
		delete(a.owners, owner)
	}
}

// forsake leaves nothing wanted. It is a revision like any other, which programs converge to.
func (w *wanted) forsake() { w.Queries, w.refusals, w.Revision = nil, nil, w.Revision+1 }
