package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
)

// comparing is a run whose annotations say in parentheses what another one had there. It is
// immutable.
type comparing struct {
	before, after string // sessions
	chosen        string // the run that was chosen before
}

// in is c where that is of a run that is annotated, else nil.
func (c *comparing) in(run *tally.Snapshot) *comparing {
	if c == nil || c.after != run.Session {
		return nil
	}
	return c
}

// beside is the file of a document in the run that its own is compared with; nil where there is
// none. What is followed in a run is a part of it, which is compared with nothing.
func (r *runs) beside(d *document, t tallied) *tally.File {
	if r.compared.in(t.run) == nil || r.followed.in(t.run) != nil || t.file.Typed {
		return nil
	}
	for _, key := range []string{d.key, d.real} {
		for _, other := range r.byPath[key] {
			if key != "" && other.run.Session == r.compared.before {
				return other.file
			}
		}
	}
	return nil
}

// showBeside annotates from one run, and has it say what another had.
func (s *server) showBeside(before, after string) {
	s.picker.stop()
	s.changeRuns(func(r *runs) *runs {
		next := *r
		next.compared = &comparing{before: before, after: after, chosen: r.chosenBefore()}
		next.chosen, next.followed = after, nil
		return &next
	})
	s.announce.lensesChanged()
}

// chosenBefore is the run that annotated before one was compared or followed in.
func (r *runs) chosenBefore() string {
	switch {
	case r.compared != nil:
		return r.compared.chosen
	case r.followed != nil:
		return r.followed.before
	}
	return r.chosen
}

// stopComparing annotates as it was before.
func (s *server) stopComparing() {
	s.changeRuns(func(r *runs) *runs {
		next := *r
		if r.compared != nil {
			next.chosen, next.compared = r.compared.chosen, nil
		}
		return &next
	})
	s.announce.lensesChanged()
}

// compareWith has the annotations say what another run had: the one that a target names, or that
// the person chooses. One of "" ends that.
func (s *server) compareWith(w *world, t target) error {
	if t.With != nil && *t.With == "" {
		s.stopComparing()
		return nil
	}
	after := s.runToFollow(w, t)
	if after == nil {
		return fmt.Errorf("there is no run to compare")
	}
	if t.With == nil {
		return s.askForOther(w, after)
	}
	before := w.runs.session(*t.With)
	switch {
	case before == nil:
		return fmt.Errorf("that run is no longer there")
	case before.Session == after.Session:
		return fmt.Errorf("a run does not differ from itself")
	}
	s.showBeside(before.Session, after.Session)
	return nil
}

// askForOther has the person choose what a run is compared with.
func (s *server) askForOther(w *world, after *tally.Snapshot) error {
	others := slices.DeleteFunc(w.runs.whole(), func(run *tally.Snapshot) bool { return run.Session == after.Session })
	if len(others) == 0 {
		return fmt.Errorf("there is no other run to compare with")
	}
	var titles []string
	for i, run := range others[:min(len(others), maxRunsTold)] {
		titles = append(titles, fmt.Sprintf("%d: %s", i+1, s.runInfo(w, run, nil).Text))
	}
	s.announce.call(func(ctx context.Context) {
		if i := s.picker.question(ctx, "Compare "+s.runInfo(w, after, nil).Text+" with which run?", titles); i >= 0 {
			s.showBeside(others[i].Session, after.Session)
		}
	})
	return nil
}

// comparedLens says above a document what it is compared with, and ends that.
func (s *server) comparedLens(w *world, c *comparing) protocol.CodeLens {
	nothing := ""
	return protocol.CodeLens{Command: command("(in parentheses: "+w.besideText(c)+") stop comparing", cmdCompareWith, target{With: &nothing})}
}

// besideText is a run in few words: "shop.py 14:02:14".
func (w *world) besideText(c *comparing) string {
	run := w.runs.session(c.before)
	if run == nil {
		return "a run that is no longer there"
	}
	return plain(filepath.Base(run.Program)) + " " + run.Started.Local().Format(time.TimeOnly)
}

// besideHover is what the other run had at a statement, "" where it is not known or the same.
func (w *world) besideHover(v *view, place *tally.Place) string {
	if v.beside == nil || w.runs.compared == nil {
		return ""
	}
	label := tally.Text(v.beside.Label(v.file.Statements[place.Statement].Kind, *place))
	if label == "" {
		return ""
	}
	return "**In " + code(w.besideText(w.runs.compared)) + ":** " + code(label)
}
