package dap

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

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
