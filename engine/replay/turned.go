package replay

import (
	"slices"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Turned is the last time that a frame came to some lines, and where it went on after them: it tells
// why what might have come next did not run.
type Turned struct {
	At       uint64 // the step at which it came there
	Next     int    // the line at which it went on; 0: it did not
	Returned string // what it returned instead
	Raised   string // what was raised there
	Values   []NamedValue
	ended    bool
}

// Lines are some lines of a function: those of a statement, or of its head.
type Lines struct {
	Path, Function string
	First, Last    int
}

// has reports a step at the lines.
func (l Lines) has(m *moment) bool {
	_, begins := line(m)
	return begins && m.frame.Line >= l.First && m.frame.Line <= l.Last && l.in(m)
}

func (l Lines) in(m *moment) bool {
	return m.frame.Code.Path == l.Path && m.frame.Code.Qualname == l.Function
}

// LastTurn finds the last time that a frame left some lines, with the values that expressions had as it
// came there: those that can be computed. nil: none did, or it was cancelled.
func (p *Past) LastTurn(at Lines, expressions []string) *Turned {
	for i := p.r.Blocks() - 1; i >= 0; i-- {
		p.tell(p.r.Blocks()-1-i, p.r.Blocks())
		last := &comings{at: at, before: map[frameKey]int{}}
		f := &finder{p: p, to: 1 << 63, right: func(m *moment) (uint64, bool) {
			last.see(m)
			return 0, false
		}}
		_ = p.r.ReadBlocks(i, i+1, f)
		if f.cancelled {
			return nil
		}
		// The one that came last may still be there at the end: of a thread that was killed.
		slices.SortFunc(last.found, func(a, b coming) int { return int(int64(b.at) - int64(a.at)) })
		for _, one := range last.found {
			if t := p.turn(i, at, one, expressions); t == nil || t.ended {
				return t
			}
		}
	}
	return nil
}

// comings are the times that frames came to the lines in one block; of each frame the last.
type comings struct {
	at     Lines
	before map[frameKey]int // the line that each was at before; 0: at none of them
	found  []coming
}

// coming is one time that a block was come to.
type coming struct {
	frame frameKey
	at    uint64
}

func (c *comings) see(m *moment) {
	if !c.at.in(m) {
		return
	}
	key := frameKey{m.process.Number, m.frame.Number}
	switch {
	case c.at.has(m):
		if before := c.before[key]; before == 0 || m.frame.Line <= before && m.frame.Line == c.at.First {
			c.found = append(slices.DeleteFunc(c.found, func(one coming) bool { return one.frame == key }), coming{key, m.at})
			if len(c.found) > mostComings {
				c.found = c.found[1:]
			}
		}
		c.before[key] = m.frame.Line
	case m.step.Kind != recording.Exception && m.step.Kind != recording.Call:
		delete(c.before, key)
	}
}

// mostComings bounds how many are looked at for one that has left.
const mostComings = 8

// turn is where a frame went that came to the lines in a block. nil: it was cancelled.
func (p *Past) turn(block int, at Lines, from coming, expressions []string) *Turned {
	t := &Turned{At: from.at}
	f := &finder{p: p, to: 1 << 63, right: func(m *moment) (uint64, bool) {
		if m.at < from.at || (frameKey{m.process.Number, m.frame.Number}) != from.frame {
			return 0, false
		}
		return 0, t.see(p, at, m, expressions)
	}}
	_ = p.r.ReadBlocks(block, p.r.Blocks(), f)
	if f.cancelled {
		return nil
	}
	return t
}

// see takes one step of the frame; true: it has left.
func (t *Turned) see(p *Past, at Lines, m *moment, expressions []string) bool {
	_, begins := line(m)
	switch {
	case m.at == t.At:
		t.values(p.look(m.at, m), expressions)
	case begins && at.has(m):
		t.Raised = ""
	case begins:
		t.Next, t.ended = m.frame.Line, true
	case m.step.Kind == recording.Exception:
		t.Raised, _ = Text(m.step.ErrorValue, valueShown)
	case m.step.Kind == recording.Return && m.step.Flags&recording.FlagWaits == 0:
		if t.ended = true; m.step.Flags&recording.FlagReturnOp != 0 {
			t.Returned, t.Raised = "?", ""
			if m.step.Flags&recording.FlagValue != 0 {
				t.Returned, _ = Text(m.step.Value, valueShown)
			}
		} else if t.Raised == "" {
			t.Raised = "an exception"
		}
	}
	return t.ended
}

// values notes those expressions that can be computed.
func (t *Turned) values(v *View, expressions []string) {
	if v.Thread < 0 || len(v.Threads[v.Thread].Frames) == 0 {
		return
	}
	f := &v.Threads[v.Thread].Frames[0]
	for _, text := range expressions {
		if value, err := f.Evaluate(text); err == nil {
			t.Values = append(t.Values, NamedValue{Name: text, Text: Shown(value, value.Repr()), Value: value})
		}
	}
}
