package lsp

import (
	"encoding/json"
	"slices"
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

// TestFleetsAmongTheRuns: a fleet that is asked stands among the runs, with what each of its
// processes counted, and not with the hits of statements, which it does not have.
func TestFleetsAmongTheRuns(t *testing.T) {
	e, s, _ := live(t, J{"runState": true})
	s.Publish(&tally.Snapshot{Session: s.id, Revision: 1, State: tally.Running, Program: "fleet env=a/b", Started: began, Files: []*tally.File{}})
	s.SetStatuses([]tracepoint.Status{
		{ID: 1, Spec: tracepoint.Spec{Path: s.path, Line: 4}, State: tracepoint.Armed, Hits: 12,
			Instances: instances(tracepoint.Instance{Name: "shop@web2:7", State: tracepoint.Armed, Hits: 5}, tracepoint.Instance{Name: "shop@web1:7", State: tracepoint.Armed, Hits: 7})},
		{ID: 2, Spec: tracepoint.Spec{Query: "function='f'"}, State: tracepoint.Armed, Hits: 3,
			Instances: instances(tracepoint.Instance{Name: "shop@web1:7", State: tracepoint.Armed, Hits: 3})},
	})
	var last RunInfo
	e.until("the processes", func(notes []note) bool {
		for _, n := range notes {
			var state RunState
			if n.Method != MethodRunState {
				continue
			}
			raw, _ := json.Marshal(n.Params)
			if err := json.Unmarshal(raw, &state); err != nil {
				t.Fatal(err)
			}
			if len(state.Runs) > 0 {
				last = state.Runs[0]
			}
		}
		return len(last.Processes) == 2
	})
	if want := []ProcessInfo{{"shop@web1:7", 10}, {"shop@web2:7", 5}}; !slices.Equal(last.Processes, want) || last.Hits != 15 {
		t.Errorf("got %v and %d hits, want %v and 15", last.Processes, last.Hits, want)
	}
	if want := "fleet env=a/b: running, 15 hits in 2 processes"; last.Text != want {
		t.Errorf("got %q, want %q", last.Text, want)
	}
}
