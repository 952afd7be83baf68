package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sort"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
	"go.lsp.dev/uri"
)

// RunState is what tallyho/runState carries: the runs that are known, newest
// first, and one line about the newest for a status bar. It is sent only to a client
// that asked for it, and at most twice a second.
type RunState struct {
	Text string    `json:"text"` // of the chosen run, else the newest
	Runs []RunInfo `json:"runs"` // newest first, maxRunsTold at most
}

// RunInfo is one run.
type RunInfo struct {
	Session string      `json:"session"`           // the run's id
	Program string      `json:"program,omitempty"` // its command line
	Python  string      `json:"python,omitempty"`  // the interpreter's version
	State   tally.State `json:"state"`             // running, paused or ended
	Started time.Time   `json:"started"`           // when it began
	Ended   time.Time   `json:"ended,omitzero"`
	Chosen  bool        `json:"chosen,omitempty"` // annotations come from it wherever it has the file
	// Following is the part of the run that is annotated, "" where all of it is.
	Following string `json:"following,omitempty"`
	// Compared is the run that this one is annotated beside, "" where there is none.
	Compared string `json:"compared,omitempty"`
	Text     string `json:"text"` // one line for people
	Hits     uint64 `json:"hits"` // of all its statements
	// Uncounted: nothing has been counted, or is: Hits is no number then.
	Uncounted bool   `json:"uncounted,omitempty"`
	Skipped   uint64 `json:"skipped"` // hits that were due a sample and got none
	// Stale are the open documents that are no longer the text that ran.
	Stale []uri.URI `json:"stale"`
	// Recording is the file that has what happened in it, step by step, "" where none is kept.
	Recording string `json:"recording,omitempty"`
	// Processes are those of a fleet that is asked: such a run has no counts of statements,
	// and Hits are of what it is asked.
	Processes []ProcessInfo `json:"processes,omitempty"`
}

// maxRunsTold bounds the runs of a RunState.
const maxRunsTold = 20

// announceRuns tells the client what the runs are doing, if that has changed.
func (r *reviewer) announceRuns(w *world) {
	if !w.settings.RunState && !r.s.client.progress {
		return
	}
	state := r.s.runState(w)
	raw, err := json.Marshal(state)
	if err != nil || string(raw) == string(r.state) {
		return
	}
	r.state = raw
	if w.settings.RunState {
		r.s.announce.runState(json.RawMessage(raw))
		return
	}
	r.s.announce.progress(state.Runs)
}

// runState is the state of all runs; the line for the status bar is of the chosen run, else the newest.
func (s *server) runState(w *world) *RunState {
	state := &RunState{Text: "no run yet", Runs: []RunInfo{}}
	stale := s.staleDocuments(w)
	whole := w.runs.whole()
	recorded := s.recordings.all(context.Background(), s.folders.list())
	for _, run := range whole[:min(len(whole), maxRunsTold)] {
		info := s.runInfo(w, run, stale[run.Session])
		if run.State == tally.Ended { // before, it is not all there
			info.Recording = recorded[run.Session].path
		}
		state.Runs = append(state.Runs, info)
	}
	for _, info := range state.Runs {
		if info.Chosen || state.Text == "no run yet" {
			state.Text = info.Text
		}
	}
	return state
}

// staleDocuments are the open documents that were edited since their run, by its id.
func (s *server) staleDocuments(w *world) map[string][]uri.URI {
	all := map[string][]uri.URI{}
	for u := range w.docs {
		if v := s.views.of(w, u); v != nil && v.text.Edited {
			all[v.run.Session] = append(all[v.run.Session], u)
		}
	}
	for _, list := range all {
		sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	}
	return all
}

// runInfo adds up one run's counts. Snapshots are immutable, so that this could be kept; it is asked for
// at most twice a second.
func (s *server) runInfo(w *world, run *tally.Snapshot, stale []uri.URI) RunInfo {
	info := RunInfo{
		Session: run.Session, Program: plain(run.Program), Python: run.Python, State: run.State,
		Started: run.Started, Ended: run.Ended, Chosen: run.Session == w.runs.chosen, Stale: stale,
	}
	if stale == nil {
		info.Stale = []uri.URI{}
	}
	for _, f := range run.Files {
		for i := range f.Statements {
			info.Hits += f.Statements[i].Hits
			for _, n := range f.Statements[i].Skipped {
				info.Skipped += n
			}
		}
	}
	info.Processes = w.fleets.processes(run.Session)
	info.Uncounted = len(run.Files) == 0 && info.Processes == nil
	for _, one := range info.Processes {
		info.Hits += one.Hits
	}
	if f := w.runs.followed.in(run); f != nil {
		info.Following = plain(f.what)
	}
	if c := w.runs.compared.in(run); c != nil {
		info.Compared = c.before
	}
	info.Text = runText(info)
	return info
}

// runText is one run in a line: "shop.py: ended 14:02:14, 1,204 hits, 2 files edited since".
func runText(r RunInfo) string {
	text := "running"
	switch r.State {
	case tally.Paused:
		text = "paused"
	case tally.Ended:
		text = "ended " + r.Ended.Local().Format(time.TimeOnly)
	}
	switch {
	case r.Processes != nil:
		text = r.Program + ": " + text // what was selected, and no path
	case r.Program != "":
		text = filepath.Base(r.Program) + ": " + text
	}
	if !r.Uncounted {
		text += ", " + wording.Count(r.Hits, "hit")
	}
	if n := uint64(len(r.Processes)); n > 0 {
		text += " in " + wording.Count(n, "process")
	}
	if r.Skipped > 0 {
		text += ", " + wording.Grouped(r.Skipped) + " samples skipped"
	}
	if r.Following != "" {
		text += ", only " + r.Following
	}
	switch n := len(r.Stale); {
	case n == 1:
		text += ", 1 file edited since"
	case n > 1:
		text += fmt.Sprintf(", %d files edited since", n)
	}
	return text
}
