package lsp

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// ownerName is under which name a Session keeps the tracepoints of this editor: two
// editors must not take each other's for their own.
func ownerName() string { return fmt.Sprintf("editor-%d", os.Getpid()) }

// maxSpecs bounds the tracepoints of one editor in one Session.
const maxSpecs = 200

// tracer keeps what the person has asked running programs for from the editor. A
// Session forgets it when the editor goes.
type tracer struct {
	owner string

	mu       sync.Mutex // guards what follows
	send     func(session, owner string, specs []tracepoint.Spec) error
	asked    map[string][]tracepoint.Spec   // by session
	statuses map[string][]tracepoint.Status // by live session, of all owners
}

// reach gives the tracer the way to Sessions.
func (t *tracer) reach(send func(session, owner string, specs []tracepoint.Spec) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.send = send
	t.asked, t.statuses = map[string][]tracepoint.Spec{}, map[string][]tracepoint.Status{}
}

// told takes note of what a live Session says of its tracepoints, and returns those
// of this editor that have just come to nothing.
// Those that were bad before have been told already.
func (t *tracer) told(id string, all []tracepoint.Status) []tracepoint.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.statuses == nil {
		return nil
	}
	var bad []tracepoint.Status
	for _, status := range all {
		if t.isOurs(status) && isBad(status) && !slices.ContainsFunc(t.statuses[id], func(was tracepoint.Status) bool {
			return was.ID == status.ID && isBad(was)
		}) {
			bad = append(bad, status)
		}
	}
	t.statuses[id] = all
	return bad
}

// isOurs tells this editor's tracepoints from those of others in the same Session.
func (t *tracer) isOurs(s tracepoint.Status) bool { return s.Owner == hub.Owner(t.owner) }

// isBad reports one that will never be hit, with a reason.
func isBad(s tracepoint.Status) bool {
	return (s.State == tracepoint.Failed || s.State == tracepoint.Disarmed) && s.Message != ""
}

// left forgets a Session that is gone, and what was asked of it.
func (t *tracer) left(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.statuses, id)
	delete(t.asked, id)
}

// add asks a Session for one thing more.
func (t *tracer) add(id string, spec tracepoint.Spec) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.send == nil:
		return errors.New("running programs cannot be reached")
	case slices.Contains(t.asked[id], spec):
		return errors.New("that is being traced already")
	case len(t.asked[id]) >= maxSpecs:
		return fmt.Errorf("%d tracepoints are enough; remove one first", maxSpecs)
	}
	specs := append(slices.Clone(t.asked[id]), spec)
	if err := t.send(id, t.owner, specs); err != nil {
		return fmt.Errorf("%w (%v)", errNoneRuns, err) // it has just ended
	}
	t.asked[id] = specs
	return nil
}

// remove takes back the tracepoint that a Session calls number.
func (t *tracer) remove(id string, number int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	specs := slices.Clone(t.asked[id])
	for _, status := range t.statuses[id] {
		i := slices.Index(specs, status.Spec)
		if status.ID != number || !t.isOurs(status) || i < 0 {
			continue
		}
		specs = slices.Delete(specs, i, i+1)
		if err := t.send(id, t.owner, specs); err != nil {
			return err
		}
		t.asked[id] = specs
		return nil
	}
	return fmt.Errorf("tracepoint %d is gone already", number)
}

// ours are the tracepoints of a Session that this editor asked for.
func (t *tracer) ours(id string) []tracepoint.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []tracepoint.Status
	for _, status := range t.statuses[id] {
		if t.isOurs(status) && slices.Contains(t.asked[id], status.Spec) {
			out = append(out, status)
		}
	}
	return out
}
