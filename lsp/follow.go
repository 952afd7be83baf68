package lsp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// following is the part of a recorded run that annotations are restricted to. It is immutable.
type following struct {
	session, what string
	files         map[string]*tally.File // by path, as in the run
	before        string                 // the run that was chosen
}

// of is a file's Tally restricted to what is followed; false: there is none of it.
func (f *following) of(t tallied) (tallied, bool) {
	if f.in(t.run) == nil {
		return t, true
	}
	file := f.files[t.file.Path]
	return tallied{t.run, file}, file != nil
}

// in is f where that is a part of a run, else nil.
func (f *following) in(run *tally.Snapshot) *following {
	if f == nil || f.session != run.Session {
		return nil
	}
	return f
}

// follow restricts the annotations to what happened inside one call, test, task, request or
// thread of a recorded run. Without saying what, the person chooses: among the calls of a function,
// or the parts of the run.
// A target says as much as its sender knows: nothing to take it back, what to follow, a kind of
// part to choose from, or a function whose calls are listed.
func (s *server) follow(w *world, t target) error {
	if t.What != nil && *t.What == "" {
		s.picker.stop()
		s.unfollow()
		return nil
	}
	if t.Part != "" && t.Part != anyPart && !slices.Contains(replay.PartKinds, t.Part) {
		return fmt.Errorf("%q is no part of a run; it can be any, %s", t.Part, strings.Join(replay.PartKinds, ", "))
	}
	if t.What != nil {
		if _, err := replay.ParseFollow(*t.What); err != nil {
			return err
		}
	}
	run := s.runToFollow(w, t)
	if run == nil {
		return fmt.Errorf("there is no run to follow something in")
	} else if run.State != tally.Ended {
		return fmt.Errorf("that run has not ended")
	}
	t.Session = run.Session
	if t.What == nil && t.Part == "" {
		if err := s.completeFunction(w, run, &t); err != nil {
			return err
		}
	}
	s.picker.ask(t, run)
	return nil
}

// runToFollow is the run that a target names, that annotates its document, or the newest.
func (s *server) runToFollow(w *world, t target) *tally.Snapshot {
	if d := w.docs[t.URI]; d != nil && t.Session == "" {
		if of, ok := w.runs.unfollowed(d); ok {
			return of.run
		}
	}
	return s.runFor(w, t.Session)
}

// completeFunction fills in the file, the function and the line of its def.
func (s *server) completeFunction(w *world, run *tally.Snapshot, t *target) error {
	if t.Path != "" && t.Function != "" && t.Line > 0 {
		return nil
	}
	v := s.wholeView(w, t.URI)
	if v == nil || v.run != run {
		return fmt.Errorf("name a function of a file that the run has, or what to follow")
	}
	t.Path = v.file.Path
	if t.Function == "" {
		t.Function = v.functionAround(t.Line)
	}
	def := v.defOf(t.Function, t.Line)
	if def == nil {
		return fmt.Errorf("there is no function at line %d that ran", t.Line)
	}
	t.Line = v.file.Statements[def.Statement].Line
	return nil
}

// defOf is the def of a function: of several of one name the last that begins at or above
// a line, or else the first.
func (v *view) defOf(function string, line int) *tally.Place {
	var found *tally.Place
	for i := range v.text.Places {
		place := &v.text.Places[i]
		if place.State == tally.Deleted || !isDef(v.file.Statements[place.Statement].Kind) || v.functionAt(place) != function {
			continue
		}
		if found == nil || place.Line <= line {
			found = place
		}
	}
	return found
}

// wholeView is the view of a document with all that its run did.
func (s *server) wholeView(w *world, u uri.URI) *view {
	d := w.docs[u]
	if d == nil || d.lost {
		return nil
	}
	of, ok := w.runs.unfollowed(d)
	if !ok {
		return nil
	}
	return (*view)(nil).next(d, of, w.labelOptions(d, of.run.State), nil)
}

// unfollow shows all of the run again, or the run that was shown before.
func (s *server) unfollow() {
	s.setFollowing(func(r *runs) {
		if r.followed != nil {
			r.chosen, r.followed = r.followed.before, nil
		}
	})
}

// setFollowing changes what is followed, and has all that shows it fetched again.
func (s *server) setFollowing(change func(*runs)) {
	changed := map[string]bool{}
	s.changeRuns(func(r *runs) *runs {
		next := *r
		change(&next)
		for _, f := range []*following{r.followed, next.followed} {
			if f != nil {
				changed[f.session] = true
			}
		}
		return &next
	})
	s.announce.lensesChanged()
	s.announce.runsChanged(changed)
}

// restrict counts what happened inside a part of a recording. It may take long.
// The run's files are shown by the recording's counts then, which are of lines.
func (s *server) restrict(ctx context.Context, r *recording.Recording, run *tally.Snapshot, what string) error {
	part, err := replay.ParseFollow(what)
	if err != nil {
		return err
	}
	counting := replay.NewCounting(r, part.Wants)
	counting.Cancelled = func() bool { return ctx.Err() != nil }
	if err := r.Read(0, counting); err != nil || ctx.Err() != nil {
		return err
	}
	if !part.Found {
		return fmt.Errorf("nothing that %q names was recorded", what)
	}
	followed := &following{session: run.Session, what: what, files: map[string]*tally.File{}}
	for _, f := range run.Files {
		if f.Typed {
			continue
		}
		file := counting.File(f.Path)
		file.Note = "Only what happened inside " + what + " is counted, by line."
		followed.files[f.Path] = file
	}
	s.setFollowing(func(next *runs) {
		if ctx.Err() != nil { // it was taken back meanwhile, or something else is asked for
			return
		}
		followed.before = next.chosenBefore()
		next.chosen, next.followed, next.compared = run.Session, followed, nil
	})
	return nil
}

// recorded reports whether there is a recording of a run in which something can be followed.
func (s *server) recorded(ctx context.Context, run *tally.Snapshot) bool {
	if run.State != tally.Ended {
		return false
	}
	one, ok := s.recordings.of(ctx, s.folders.list(), run.Session)
	return ok && one.what != "calls"
}

// followActions are what can be followed from a line, and the end of that.
func (s *server) followActions(ctx context.Context, w *world, d *document, at protocol.Range) []protocol.Command {
	of, ok := w.runs.unfollowed(d)
	if !ok || !s.recorded(ctx, of.run) {
		return nil
	}
	var list []protocol.Command
	if w.runs.followed.in(of.run) != nil {
		nothing := ""
		list = append(list, command("Show all of the run", cmdFollow, target{Session: of.run.Session, What: &nothing}))
	}
	t := target{URI: d.uri, Line: int(min(at.Start.Line, 1<<30)) + 1}
	if s.completeFunction(w, of.run, &t) == nil {
		t.Session = of.run.Session
		list = append(list, command("Follow one call of "+t.Function, cmdFollow, t))
	}
	list = append(list, command("Follow a test, request, task or thread", cmdFollow, target{Session: of.run.Session, Part: anyPart}))
	return list
}

// followLens says above a document what is followed in it, and ends that.
func followLens(f *following) protocol.CodeLens {
	nothing := ""
	return protocol.CodeLens{Command: command("only "+plain(f.what)+" is shown: show all of the run", cmdFollow,
		target{Session: f.session, What: &nothing})}
}
