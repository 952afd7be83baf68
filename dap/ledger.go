package dap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// entry is one thing that was asked for, with the id the client knows it by.
type entry struct {
	id      int               // DAP's, which stays while the line does
	owner   string            // whose it is, as Session.Replace takes it
	spec    tracepoint.Spec   // as the engine has it
	problem string            // why it is not given to the engine; "" when it is
	failed  bool              // the problem is a mistake in its text
	status  tracepoint.Status // what was heard of it last
	sent    wire.Breakpoint   // what the client was told last
	show    config.Showing    // how its records are shown
	hinted  bool              // the person was told what it may have meant
	raised  bool              // and that an evaluation of it raised
	inline  bool              // the client named a column within the line
}

// ledger holds everything the client asked for, by owner (a source file, the
// function breakpoints, launch.json, the console …). Ids are the adapter's own:
// they exist before a program does, and stay when the same thing is set again.
// The adapter goroutine owns it.
type ledger struct {
	entries []*entry
	last    int // the last id given
	// early holds reports about engine ids that no entry has yet.
	early map[int]tracepoint.Status
}

// replace makes wanted all that owner asks for, and returns its entries in that
// order. An entry whose spec was there before keeps its id; wanted may also hold
// entries of the owner themselves.
func (l *ledger) replace(owner string, wanted []*entry) []*entry {
	old := map[tracepoint.Spec][]*entry{}
	kept := l.entries[:0:0]
	for _, e := range l.entries {
		if e.owner != owner {
			kept = append(kept, e)
		} else if !slices.Contains(wanted, e) {
			old[e.spec] = append(old[e.spec], e)
		}
	}
	for i, w := range wanted {
		if w.id != 0 {
			continue
		}
		if same := old[w.spec]; len(same) > 0 {
			same[0].problem, same[0].failed, same[0].show = w.problem, w.failed, w.show
			wanted[i], old[w.spec] = same[0], same[1:]
			continue
		}
		l.last++
		w.id, w.owner = l.last, owner
	}
	l.entries = append(kept, wanted...)
	return wanted
}

// owned returns the entries of one owner, in order.
func (l *ledger) owned(owner string) []*entry {
	var own []*entry
	for _, e := range l.entries {
		if e.owner == owner {
			own = append(own, e)
		}
	}
	return own
}

// get returns the entry with that id, or nil.
func (l *ledger) get(id int) *entry {
	i := slices.IndexFunc(l.entries, func(e *entry) bool { return e.id == id })
	if i < 0 {
		return nil
	}
	return l.entries[i]
}

// specs are what the engine is to be given for an owner.
func (l *ledger) specs(owner string) []tracepoint.Spec {
	specs := []tracepoint.Spec{}
	for _, e := range l.owned(owner) {
		if e.problem == "" {
			specs = append(specs, e.spec)
		}
	}
	return specs
}

// all are the specs of every owner.
func (l *ledger) all() map[string][]tracepoint.Spec {
	all := map[string][]tracepoint.Spec{}
	for _, e := range l.entries {
		if e.problem == "" && !hub.IsEditors(e.owner) {
			all[e.owner] = append(all[e.owner], e.spec)
		}
	}
	return all
}

// adopt takes in what editors have asked the program for beside this client: it is
// listed, and stays theirs.
func (l *ledger) adopt(statuses []tracepoint.Status) {
	theirs := map[string][]*entry{}
	for _, e := range l.entries {
		if hub.IsEditors(e.owner) {
			theirs[e.owner] = nil // what is no longer there is forgotten
		}
	}
	for _, s := range statuses {
		if hub.IsEditors(s.Owner) {
			theirs[s.Owner] = append(theirs[s.Owner], &entry{spec: s.Spec})
		}
	}
	for owner, wanted := range theirs {
		l.replace(owner, wanted)
		l.assign(owner, statuses)
	}
}

// assignAll takes the engine's statuses of every owner.
func (l *ledger) assignAll(statuses []tracepoint.Status) {
	owners := map[string]bool{}
	for _, s := range statuses {
		if !owners[s.Owner] {
			owners[s.Owner] = true
			l.assign(s.Owner, statuses)
		}
	}
}

// assign takes the engine's answer for one owner: it ties engine ids to
// entries, by spec and order. What was reported since the engine gave it stays.
func (l *ledger) assign(owner string, statuses []tracepoint.Status) {
	bySpec := map[tracepoint.Spec][]tracepoint.Status{}
	for _, s := range statuses {
		if s.Owner == owner {
			bySpec[s.Spec] = append(bySpec[s.Spec], s)
		}
	}
	for _, e := range l.owned(owner) {
		same := bySpec[e.spec]
		if e.problem != "" || len(same) == 0 {
			continue
		}
		if now := same[0]; now.ID != e.status.ID || now.Change >= e.status.Change {
			e.status = now
		}
		bySpec[e.spec] = same[1:]
		if newer, ok := l.early[e.status.ID]; ok {
			e.status = newer
			delete(l.early, newer.ID)
		}
	}
}

// report takes a later status; it returns the entry it is about, or nil when
// that is not known yet.
// The engine may report on a tracepoint before its answer to Replace has named it: that is kept (early)
// until assign knows whose it is.
func (l *ledger) report(s tracepoint.Status) *entry {
	for _, e := range l.entries {
		if e.status.ID == s.ID && e.status.ID != 0 {
			e.status = s
			return e
		}
	}
	if l.early == nil {
		l.early = map[int]tracepoint.Status{}
	}
	l.early[s.ID] = s
	return nil
}

// describe is the state of an entry in one sentence.
// It is what an editor shows beside a breakpoint and the console in its list, so that both say the same.
func (e *entry) describe() string {
	switch {
	case e.problem != "":
		return e.problem
	case e.status.State == tracepoint.Armed && e.status.Hits > 0:
		return fmt.Sprintf("hit %s", wording.Times(e.status.Hits)) + e.instances() + e.errors()
	case e.status.State == tracepoint.Armed && len(e.status.Instances) > 0:
		return "armed" + e.instances()
	case e.placed() && e.spec.Path != "" && !e.hints():
		return "waits for " + wire.Source(e.spec.Path).Name + " to be loaded"
	case e.placed() && !e.hints():
		return "watched"
	case e.status.Message != "":
		return e.status.Message
	case e.status.State == tracepoint.Armed && e.everywhere():
		return "watched"
	case e.status.State == tracepoint.Armed:
		return "armed at " + wording.Count(e.status.Places, "place")
	case e.status.State == tracepoint.Disarmed:
		return "disarmed"
	case e.status.State == tracepoint.Failed:
		return "cannot be armed"
	case e.status.ID == 0:
		return "waits for the program to start"
	}
	return "nothing loaded so far matches"
}

// instances says in how many processes of a fleet an entry is armed.
func (e *entry) instances() string {
	armed, of := e.status.ArmedIn(), len(e.status.Instances)
	switch {
	case of == 0:
		return ""
	case armed < of:
		return fmt.Sprintf(" in %d of %s", armed, wording.Count(of, "process"))
	}
	return " in " + wording.Count(of, "process")
}

// placed reports whether it is known that an entry can be armed, though nothing
// is loaded so far that it could be armed at: the program has found the line in a
// file, or needs no place.
func (e *entry) placed() bool {
	return e.status.State == tracepoint.Pending && (e.everywhere() || e.spec.Path != "" && e.status.Line > 0)
}

// hints reports whether the program has names like those that the entry asks
// for, and nothing of those themselves.
func (e *entry) hints() bool {
	return e.status.State == tracepoint.Pending && strings.Contains(e.status.Message, "did you mean")
}

// everywhere reports whether an entry has no place of its own.
func (e *entry) everywhere() bool { return e.spec.Exceptions != "" || e.spec.Data != "" }

// errors is how often asking raised, as the end of a sentence.
func (e *entry) errors() string {
	if e.status.Errors == 0 {
		return ""
	}
	return fmt.Sprintf(", %s raised", wording.Count(int(e.status.Errors), "evaluation"))
}
