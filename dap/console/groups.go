package console

import (
	"time"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// groupRate is how many calls are shown as groups in a second: each is an event
// of its own, and clients are slow with those.
const groupRate = 50

// groups finds the calls that the console shows as groups: from a call to its
// return, so that clients can fold them. It only begins groups that it has
// reason to believe will end: of tracepoints that were seen to print returns, as
// long as there is one thread. The console goroutine owns it.
type groups struct {
	returns map[int]bool // tracepoints that print returns
	calls   []openCall
	window  time.Time
	inside  int
}

// openCall is a call that has not returned.
type openCall struct {
	tracepoint, code int
	shown            bool // as a group
}

// begins notes a call, and reports whether it is shown as a group.
func (g *groups) begins(r *render.Record, may bool, now time.Time) bool {
	if !g.returns[r.Tracepoint] {
		return false
	}
	if now.Sub(g.window) >= time.Second {
		g.window, g.inside = now, 0
	}
	shown := may && g.inside < groupRate
	if shown {
		g.inside++
	}
	g.calls = append(g.calls, openCall{r.Tracepoint, r.Code, shown})
	return shown
}

// ends notes a return, and says how many groups end with it: those of calls
// whose return nobody saw, and its own.
func (g *groups) ends(r *render.Record) int {
	if g.returns == nil {
		g.returns = map[int]bool{}
	}
	g.returns[r.Tracepoint] = true
	for at := len(g.calls) - 1; at >= 0; at-- {
		if c := g.calls[at]; c.tracepoint == r.Tracepoint && c.code == r.Code {
			return g.leave(at)
		}
	}
	return 0
}

// leave forgets the calls from the at-th on and counts their groups.
func (g *groups) leave(at int) int {
	ended := 0
	for _, c := range g.calls[at:] {
		if c.shown {
			ended++
		}
	}
	g.calls = g.calls[:at]
	return ended
}

// groupable reports whether a record is a call or a return that groups are made
// of.
func groupable(r *render.Record) bool {
	return r.Action != nil && r.Action.Kind == "CallPrinter" && !r.Synthetic && !r.Builtin &&
		(r.Kind == render.Call || r.Kind == render.Return)
}

// addGrouped is the console's add for a call or a return; it reports whether it
// was one of a group. hidden ones are not shown, but what they end ends.
func (c *Console) addGrouped(r *render.Record, text []byte, hidden bool) bool {
	if !groupable(r) {
		return false
	}
	if c.several {
		c.endGroups(c.groups.leave(0), nil, place{})
		return false
	}
	if r.Kind == render.Call {
		if !c.groups.begins(r, !hidden, c.now()) {
			return false
		}
		c.flush(c.batch.records == 0)
		c.drop()
		c.out.SendBulk(c.groupEvent("start", text, c.placeOf(r)))
		return true
	}
	ended := c.groups.ends(r)
	if hidden {
		text = nil
	}
	c.endGroups(ended, text, c.placeOf(r))
	return ended > 0
}

// endGroups ends n groups; the last of them with a text.
func (c *Console) endGroups(n int, text []byte, at place) {
	if n == 0 {
		return
	}
	c.flush(c.batch.records == 0)
	c.drop()
	for ; n > 1; n-- {
		c.out.SendBulk(c.groupEvent("end", nil, place{category: "console"}))
	}
	if text == nil {
		at = place{category: "console"}
	}
	c.out.SendBulk(c.groupEvent("end", text, at))
}

// groupEvent is an output event that begins or ends a group. It reads well for
// clients that know no groups: its text is a whole line.
func (c *Console) groupEvent(group string, text []byte, at place) *wire.OutputEvent {
	b := batch{at: at}
	b.text.Write(text)
	e := b.event(c.client)
	e.Body.Group = group
	return e
}
