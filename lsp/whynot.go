package lsp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
)

const (
	// whyPatience is how long a hover reads a recording; the action reads on.
	whyPatience = 300 * time.Millisecond
	// maxWhyValues bounds the values that are told of one test.
	maxWhyValues = 8
)

// whyNot is why a statement did not run; false: it did, or that is not known.
// Counts that are lower bounds, counts of lines and of code whose plan is not known leave it open,
// and so does a text that was edited there.
func (v *view) whyNot(place *tally.Place) (tally.Reason, bool) {
	st := &v.file.Statements[place.Statement]
	if v.run.State != tally.Ended || v.file.ByLine || st.Hits > 0 || st.AtLeast || st.NoCode || !st.Ran && v.file.Unknown != "" || place.State == tally.Stale {
		return tally.Reason{}, false
	}
	reason := tally.WhyNot(v.file, st.Line)
	return reason, reason.Statement == place.Statement && !reason.Ran
}

// hoverWhyNot is what a hover adds about a statement that did not run, "" where it did. Of a recorded
// run it tells the last time that control turned away; where that is not found in a moment, how to ask.
func (s *server) hoverWhyNot(ctx context.Context, v *view, place *tally.Place) string {
	reason, ok := v.whyNot(place)
	if !ok {
		return ""
	}
	text := "**Why not:** " + literal(plain(reason.Text))
	if reason.Turned < 0 || !s.recorded(ctx, v.run) {
		return text
	}
	c, cancel := context.WithTimeout(ctx, whyPatience)
	defer cancel()
	r, err := s.openRecording(c, v.run)
	if err != nil {
		return text
	}
	defer r.Close()
	last := lastTurn(c, r, v.file, reason.Turned)
	switch {
	case last != "":
		text += " " + literal(plain(last))
	case c.Err() != nil:
		text += fmt.Sprintf(" *The recording is long: the action “%s” finds the last time, with its values.*", whyTitle(place))
	}
	return text
}

// whyTitle is the action's title, which the hover names as well.
func whyTitle(place *tally.Place) string {
	return fmt.Sprintf("Why did line %d not run?", place.Line)
}

// tellWhyNot answers the action: the recording is read to its beginning, if need be.
func (s *server) tellWhyNot(w *world, t target) error {
	v := s.wholeView(w, t.URI)
	if v == nil {
		return fmt.Errorf("there is no run of that file")
	}
	place := v.at(t.Line, 0)
	if place == nil {
		return fmt.Errorf("there is no statement at line %d", t.Line)
	}
	reason, ok := v.whyNot(place)
	if !ok {
		return fmt.Errorf("line %d did run, or it is not known whether it did", t.Line)
	}
	if reason.Turned < 0 || !s.recorded(s.ctx, v.run) {
		s.announce.message(protocol.MessageTypeInfo, plain(reason.Text))
		return nil
	}
	s.picker.read(v.run, func(ctx context.Context, r *recording.Recording) error {
		text := reason.Text
		if last := lastTurn(ctx, r, v.file, reason.Turned); last != "" {
			text += " " + last
		}
		if ctx.Err() == nil {
			s.announce.message(protocol.MessageTypeInfo, plain(text))
		}
		return nil
	})
	return nil
}

// lastTurn tells the last time that a statement was left for elsewhere, with the values of then.
func lastTurn(ctx context.Context, r *recording.Recording, f *tally.File, statement int) string {
	past := replay.NewPast(r)
	if past == nil {
		return ""
	}
	past.Cancelled = func() bool { return ctx.Err() != nil }
	past.Progress = r.Progress
	st := &f.Statements[statement]
	turn := past.LastTurn(replay.Lines{Path: f.Path, Function: st.Function, First: st.Line, Last: max(st.Line, st.HeadLine)}, replay.NamesIn(strings.Split(f.Source, "\n"), st))
	if turn == nil {
		return ""
	}
	text := "The last time"
	if len(turn.Values) > 0 {
		var parts []string
		for _, one := range turn.Values[:min(len(turn.Values), maxWhyValues)] {
			parts = append(parts, one.Name+"="+shortened(one.Text))
		}
		text += ", with " + strings.Join(parts, ", ")
	}
	switch {
	case turn.Raised != "" && turn.Next > 0:
		text += fmt.Sprintf(", it raised %s, and control went on at line %d", shortened(turn.Raised), turn.Next)
	case turn.Raised != "":
		text += ", it raised " + shortened(turn.Raised)
	case turn.Returned != "":
		text += ", the function returned " + shortened(turn.Returned)
	case turn.Next > 0:
		text += fmt.Sprintf(", control went on at line %d", turn.Next)
	default:
		text += ", it did not come to an end"
	}
	return text + fmt.Sprintf(" (step %d).", turn.At)
}

// shortened keeps a value from filling a hover; the recording has all of it.
func shortened(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return text
}
