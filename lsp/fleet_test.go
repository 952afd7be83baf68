package lsp

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

func instances(all ...tracepoint.Instance) []tracepoint.Instance { return all }

func TestFleetLabels(t *testing.T) {
	armed, pending := tracepoint.Armed, tracepoint.Pending
	for name, c := range map[string]struct {
		st    tracepoint.Status
		label string
		tip   string
	}{
		"many": {tracepoint.Status{Hits: 12340, Instances: instances(tracepoint.Instance{Name: "a", State: armed, Hits: 40}, tracepoint.Instance{Name: "b", State: armed, Hits: 12300})},
			"×12,340 in 2", "b ×12,300\na ×40"},
		"none yet": {tracepoint.Status{Instances: instances(tracepoint.Instance{Name: "a", State: armed})}, "×0 in 1", "a ×0"},
		"some": {tracepoint.Status{Hits: 5, Message: "armed in 1 of 2 processes: other code runs there",
			Instances: instances(tracepoint.Instance{Name: "a", State: tracepoint.Failed}, tracepoint.Instance{Name: "b", State: armed, Hits: 5})},
			"×5 in 1 of 2", "b ×5\na ×0 (failed)\narmed in 1 of 2 processes: other code runs there"},
		"nobody": {tracepoint.Status{Instances: instances(tracepoint.Instance{Name: "a", State: pending})}, "", "a ×0 (pending)"},
	} {
		if got := fleetLabel(c.st, false); got != c.label {
			t.Errorf("%s: the label is %q, want %q", name, got, c.label)
		}
		if got := fleetTooltip(c.st); got != c.tip {
			t.Errorf("%s: the tooltip is %q, want %q", name, got, c.tip)
		}
	}
}

// TestFleetHints: what a fleet counts is shown at the line, changes, and goes with the
// Session; settings and other files are heeded.
func TestFleetHints(t *testing.T) {
	e, s, _ := live(t, nil)
	s.Publish(&tally.Snapshot{Session: s.id, Revision: 1, State: tally.Running, Started: began, Files: []*tally.File{}})
	said := func(hits uint64, line int, path string) {
		s.SetStatuses([]tracepoint.Status{{ID: 1, Spec: tracepoint.Spec{Path: path, Line: line}, State: tracepoint.Armed, Hits: hits,
			Instances: instances(tracepoint.Instance{Name: "shop@web1:7", State: tracepoint.Armed, Hits: hits})}})
	}
	none := func(hints []string) bool { return len(hints) == 0 }
	said(7, 4, s.path)
	e.seeHints(s.path, "the first count", has("×7 in 1"))
	said(12340, 4, s.path)
	e.seeHints(s.path, "a later count", has("×12,340 in 1"))
	said(1, 4, s.path+"x")
	e.seeHints(s.path, "another file's", none)
	said(3, 900, s.path)
	e.seeHints(s.path, "a line that is not there", none)
	said(3, 4, s.path)
	if hints := e.seeHints(s.path, "the third count", has("×3 in 1")); !strings.HasPrefix(hints[0], "3:") {
		t.Errorf("it is at %q, want the end of the fourth line", hints[0])
	}
	s.Close()
	e.seeHints(s.path, "the end", none)
}
