package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
)

// CodeLens answers a line above each function that ran: its calls, what was raised in
// it, and whether it was edited since.
func (s *server) CodeLens(ctx context.Context, p *protocol.CodeLensParams) ([]protocol.CodeLens, error) {
	w := s.worldOf(ctx)
	v := s.views.of(w, p.TextDocument.URI)
	if v == nil || !w.settings.CodeLens {
		return nil, nil
	}
	raised := v.raisedInside()
	var list []protocol.CodeLens
	for i := range v.text.Places {
		place := &v.text.Places[i]
		st := &v.file.Statements[place.Statement]
		if place.State == tally.Deleted || st.Calls == 0 || !isDef(st.Kind) {
			continue
		}
		name := v.functionAt(place)
		at := s.head(v, place)
		at.End = at.Start
		title := []string{plural(st.Calls, "call")}
		if n := raised[name]; n > 0 {
			title = append(title, grouped(n)+" raised")
		}
		if place.FunctionEdited || place.State == tally.Stale {
			title = append(title, "edited since run")
		}
		t := v.targetOfPlace(place)
		t.Function = name
		list = append(list, protocol.CodeLens{Range: at, Command: command(strings.Join(title, " · "), cmdShowSamples, t)})
		if v.run.State != tally.Ended {
			list = append(list, protocol.CodeLens{Range: at, Command: command("trace calls", cmdTraceFunction, t)})
		}
	}
	return list, s.unchanged(ctx, v.doc)
}

func isDef(kind string) bool { return kind == "def" || kind == "async def" }

// functionAt is the qualified name of the function that a def makes: that of the
// first statement of its body.
func (v *view) functionAt(def *tally.Place) string {
	d := &v.file.Statements[def.Statement]
	for i := def.Statement + 1; i < len(v.file.Statements); i++ {
		st := &v.file.Statements[i]
		if st.Line > d.EndLine {
			break
		}
		if st.Function != d.Function && (st.Line > d.HeadLine || st.Line == d.HeadLine && st.Col >= d.HeadCol) {
			return st.Function
		}
	}
	return ""
}

// raisedInside counts, by function, the exceptions that came out of its statements. A
// compound statement only passes on what one inside it raised.
func (v *view) raisedInside() map[string]uint64 {
	all := map[string]uint64{}
	for i := range v.file.Statements {
		st := &v.file.Statements[i]
		if st.EndLine == st.HeadLine && st.EndCol == st.HeadCol {
			all[st.Function] += st.Raised
		}
	}
	return all
}

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", grouped(n), what)
}

// command is one of ours with its argument.
func command(title, name string, argument target) protocol.Command {
	raw, err := json.Marshal(argument)
	if err != nil {
		return protocol.Command{Title: title, Command: name}
	}
	return protocol.Command{Title: title, Command: name, Arguments: []protocol.LSPAny{raw}}
}
