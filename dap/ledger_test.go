package dap

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// TestAnAnswerThatIsOlderThanAReport: the engine answers one goroutine and reports by
// another, so that its answer may come behind a report of what happened since.
func TestAnAnswerThatIsOlderThanAReport(t *testing.T) {
	var l ledger
	spec := tracepoint.Spec{Query: "module='a'"}
	l.replace(consoleOwner, []*entry{{spec: spec}})
	status := func(hits, change uint64) tracepoint.Status {
		return tracepoint.Status{ID: 7, Owner: consoleOwner, Spec: spec, State: tracepoint.Armed, Hits: hits, Change: change}
	}
	l.assignAll([]tracepoint.Status{status(2, 1)})
	l.report(status(3, 2))
	l.assignAll([]tracepoint.Status{status(2, 1)})
	if got := l.get(1).describe(); got != "hit 3 times" {
		t.Errorf("after an old answer: %s", got)
	}
	l.assignAll([]tracepoint.Status{status(4, 3)})
	if got := l.get(1).describe(); got != "hit 4 times" {
		t.Errorf("after a new one: %s", got)
	}
	l.forget()
	l.assignAll([]tracepoint.Status{status(0, 0)})
	if got := l.get(1).describe(); got != "armed at 0 places" {
		t.Errorf("in another run: %s", got)
	}
}

// TestTheSourceAsksToo: what an editor asked for from the source is listed, cannot be taken
// away here, and is not set again by a restart.
func TestTheSourceAsksToo(t *testing.T) {
	var l ledger
	l.replace(consoleOwner, []*entry{{spec: tracepoint.Spec{Query: "module='a'"}}})
	calls := tracepoint.Spec{Query: "function='f', action=CallPrinter"}
	l.adopt([]tracepoint.Status{{ID: 9, Owner: hub.Owner("editor-1"), Spec: calls, State: tracepoint.Armed, Places: 1, Hits: 2}})
	theirs := l.get(2)
	if theirs == nil || theirs.where() != calls.Query || theirs.describe() != "hit 2 times" {
		t.Fatalf("listed is %+v", theirs)
	}
	if all := l.all(); len(all) != 1 || len(all[consoleOwner]) != 1 {
		t.Errorf("a restart sets %v", all)
	}
	a := &adapter{ledger: l}
	if _, err := a.toRemove("2"); err == nil || !strings.Contains(err.Error(), "in the source") {
		t.Errorf("removing it gives %v", err)
	}
	if gone, err := a.toRemove("all"); err != nil || len(gone) != 1 {
		t.Errorf("remove all takes %d, %v", len(gone), err)
	}
	l.adopt(nil)
	if l.get(2) != nil || l.get(1) == nil {
		t.Error("what is gone is listed")
	}
}
