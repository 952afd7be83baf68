package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

func TestRunState(t *testing.T) {
	e, s, _ := live(t, J{"runState": true})
	state := func(text string) J {
		var last J
		e.until(text, func(notes []note) bool {
			for _, n := range notes {
				if n.Method == MethodRunState {
					last = n.Params.(J)
				}
			}
			return last != nil && strings.Contains(last["text"].(string), text)
		})
		return last
	}
	state("no run yet")
	s.publish(t, tally.Running, 1000)
	state("shop.py: running, 2,003 hits")
	e.edit(s.path, 2, 3, 17, 3, 18, "i * 2")
	got := state("1 file edited since")
	run := got["runs"].([]any)[0].(J)
	if run["state"] != "running" || run["session"] != "s1" || fmt.Sprint(run["stale"]) != "["+fileURI(s.path)+"]" {
		t.Errorf("%v", run)
	}
	s.publish(t, tally.Ended, 1001)
	state("ended 14:02:14")
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := count(e.notes, "$/progress"); n != 0 {
		t.Error("progress for a client that has the run state")
	}
}

// TestARunThatCountsNothing: no count is told of it, and no 0.
func TestARunThatCountsNothing(t *testing.T) {
	e, s, _ := live(t, J{"runState": true})
	s.Publish(&tally.Snapshot{Session: s.id, Revision: 1, State: tally.Running, Program: "shop.py", Started: began, Files: []*tally.File{}})
	e.until("the run", func(notes []note) bool {
		return slices.ContainsFunc(notes, func(n note) bool {
			return n.Method == MethodRunState && n.Params.(J)["text"] == "shop.py: running" && n.Params.(J)["runs"].([]any)[0].(J)["uncounted"] == true
		})
	})
	s.publish(t, tally.Running, 1000)
	e.until("what it counts now", func(notes []note) bool {
		return slices.ContainsFunc(notes, func(n note) bool {
			return n.Method == MethodRunState && n.Params.(J)["text"] == "shop.py: running, 2,003 hits"
		})
	})
}

func TestProgressWithoutAnExtension(t *testing.T) {
	e, s, _ := live(t, nil)
	kinds := func(notes []note) []string {
		var all []string
		for _, n := range notes {
			if n.Method == "$/progress" {
				all = append(all, n.Params.(J)["value"].(J)["kind"].(string))
			}
		}
		return all
	}
	s.publish(t, tally.Running, 5)
	e.until("begin", func(notes []note) bool {
		return count(notes, "window/workDoneProgress/create") == 1 && slices.Equal(kinds(notes), []string{"begin"})
	})
	s.publish(t, tally.Running, 6)
	e.until("a report", func(notes []note) bool { return slices.Contains(kinds(notes), "report") })
	s.publish(t, tally.Ended, 7)
	e.until("the end", func(notes []note) bool { return slices.Contains(kinds(notes), "end") })
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.notes {
		if n.Method == MethodRunState {
			t.Error("runState for a client that did not ask")
		}
	}
}

func TestChooseRun(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	older := e.server.world.Load().runs.all[0]
	newer := snapshot("two", tally.Ended, loopFile(t, path, 77))
	newer.Started = began.Add(1e11)
	e.runs(older, newer)
	e.seeHints(path, "the newest run", has("×77"))
	var asked []string
	e.onCall(func(method string, params any) (any, bool) {
		if method != "window/showMessageRequest" {
			return nil, true
		}
		for _, a := range params.(J)["actions"].([]any) {
			asked = append(asked, a.(J)["title"].(string))
		}
		return params.(J)["actions"].([]any)[2], true
	})
	e.execute(e.actions(path, 3, 9, J{})["Choose the run to show"])
	e.seeHints(path, "the older run", has("×12"))
	if len(asked) != 3 {
		t.Errorf("asked %q", asked)
	}
	e.call("workspace/executeCommand", J{"command": cmdChooseRun, "arguments": []J{{"session": "two"}}})
	e.seeHints(path, "the newer run", has("×77"))
}

func TestTwoEditorsOnOneProgram(t *testing.T) {
	e, s, o := live(t, nil)
	other := startEditor(t, Options{HubDir: o.HubDir, Store: hub.OpenStore(t.TempDir())})
	other.initialize(filepath.Dir(s.path), fullClient(), nil)
	other.open(s.path, "python", loopSource)
	s.publish(t, tally.Running, 8)
	e.seeHints(s.path, "hints", has("×8"))
	other.seeHints(s.path, "hints", has("×8"))
}
