package lsp

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
	"go.lsp.dev/protocol"
)

// CodeLens answers a line above each function that ran: its calls, the exceptions that
// left it, how long one took, and whether it was edited since.
func (s *server) CodeLens(ctx context.Context, p *protocol.CodeLensParams) ([]protocol.CodeLens, error) {
	w, u := s.settledWorld(ctx), p.TextDocument.URI
	s.announce.asked(u)
	s.announce.lensesAsked()
	v := s.shown(w, u)
	if v == nil || !w.settings.CodeLens {
		return nil, nil
	}
	var list []protocol.CodeLens
	if c := w.runs.compared.in(v.run); c != nil {
		list = append(list, s.comparedLens(w, c))
	}
	followed := w.runs.followed.in(v.run)
	// What is followed is told above the file, with the way out of it.
	if followed != nil {
		list = append(list, followLens(followed))
		// What is followed is counted by line, which knows no functions.
		if v = s.wholeView(w, u); v == nil {
			return list, nil
		}
	}
	raised, recorded := v.raisedOut(), s.recorded(ctx, v.run)
	for i := range v.text.Places {
		place := &v.text.Places[i]
		st := &v.file.Statements[place.Statement]
		if place.State == tally.Deleted || st.Calls == 0 || !isDef(st.Kind) {
			continue
		}
		name := v.functionAt(place)
		at := s.head(v, place)
		at.End = at.Start
		title := []string{wording.Count(st.Calls, "call")}
		if n := raised[name]; n > 0 {
			title = append(title, wording.Grouped(n)+" raised")
		}
		if st.Timing != nil && st.Timing.Mean() != "" {
			title = append(title, tookText(st))
		}
		if place.FunctionEdited || place.State == tally.Stale {
			title = append(title, "edited since run")
		}
		t := v.targetOfPlace(place)
		t.Function = name
		if followed == nil {
			list = append(list, protocol.CodeLens{Range: at, Command: command(strings.Join(title, " · "), cmdShowSamples, t)})
		}
		if recorded && name != "" {
			list = append(list, protocol.CodeLens{Range: at, Command: command("follow one call", cmdFollow, t)})
		}
		if v.run.State != tally.Ended {
			list = append(list, protocol.CodeLens{Range: at, Command: s.traceLens(t)})
		}
	}
	return list, s.unchanged(ctx, v.doc)
}

// tookText says how long a call took: a mean is one of several.
func tookText(st *tally.Statement) string {
	switch {
	case st.Timing.Calls > 1:
		return st.Timing.Mean() + " mean"
	case st.Calls > 1:
		return st.Timing.Mean() + " in one"
	}
	return st.Timing.Mean()
}

// traceLens asks for a function's calls, or takes that back.
func (s *server) traceLens(t target) protocol.Command {
	asked := callsOf(t.path(), t.Function)
	for _, status := range s.tracer.ours(t.Session) {
		if status.Spec == asked {
			return command("stop tracing calls", cmdRemoveTracepoint, target{Session: t.Session, ID: status.ID})
		}
	}
	return command("trace calls", cmdTraceFunction, t)
}

// isDef reports what makes a function; a lambda has no line of its own to put a lens above.
func isDef(kind string) bool { return kind == "def" || kind == "async def" }

// functionAt is the qualified name of the function that a def makes: that of the
// first statement of its body.
func (v *view) functionAt(def *tally.Place) string { return functionOf(v.file, def.Statement) }

// functionOf is that of the def at an index of a file's statements.
func functionOf(f *tally.File, def int) string {
	d := &f.Statements[def]
	for i := def + 1; i < len(f.Statements); i++ {
		st := &f.Statements[i]
		if st.Line > d.EndLine {
			break
		}
		if st.Function != d.Function && (st.Line > d.HeadLine || st.Line == d.HeadLine && st.Col >= d.HeadCol) {
			return st.Function
		}
	}
	return ""
}

// raisedOut counts, by function, the exceptions that left it: those of statements with
// nothing around them that could have handled them. Of others that is not known. A
// compound statement only passes on what one inside it raised.
// It is a lower bound on purpose: "3 raised" is never more than there were.
func (v *view) raisedOut() map[string]uint64 {
	all := map[string]uint64{}
	var around []int // compound statements that are open
	for i := range v.file.Statements {
		st := &v.file.Statements[i]
		for len(around) > 0 && !contains(&v.file.Statements[around[len(around)-1]], st) {
			around = around[:len(around)-1]
		}
		if st.EndLine != st.HeadLine || st.EndCol != st.HeadCol {
			around = append(around, i)
			continue
		}
		handled := slices.ContainsFunc(around, func(outer int) bool { return v.mayHandle(outer, st) })
		if st.Raised > 0 && !handled {
			all[st.Function] += st.Raised
		}
	}
	return all
}

// mayHandle reports whether an exception of a statement may end in the one around it:
// a with, or a try that has clauses further down.
func (v *view) mayHandle(outer int, inner *tally.Statement) bool {
	o := &v.file.Statements[outer]
	switch {
	case o.Function != inner.Function:
	case o.Kind == "with" || o.Kind == "async with":
		return true
	case o.Kind == "try":
		for i := outer + 1; i < len(v.file.Statements) && contains(o, &v.file.Statements[i]); i++ {
			if st := &v.file.Statements[i]; st.Kind == "except" && st.Col == o.Col && st.Line > inner.Line {
				return true
			}
		}
	}
	return false
}

// contains reports whether one statement starts inside another.
func contains(outer, inner *tally.Statement) bool {
	return inner.Line < outer.EndLine || inner.Line == outer.EndLine && inner.Col < outer.EndCol
}

// command is one of ours with its argument.
func command(title, name string, argument target) protocol.Command {
	raw, err := json.Marshal(argument)
	if err != nil {
		return protocol.Command{Title: title, Command: name}
	}
	return protocol.Command{Title: title, Command: name, Arguments: []protocol.LSPAny{raw}}
}
