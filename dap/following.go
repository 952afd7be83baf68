package dap

// Requests of ours beside DAP, by which an editor's own list of tracepoints follows what
// is set anywhere: DAP tells a client of the breakpoints that it has set itself, and of
// changes to these, but not of what the console, the launch configuration or another editor
// asks for, and nothing of hits. docs/debugging.md has their form.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// tracepointsResponse answers those of our own requests that are about the list (dap/wire,
// own.go).
type tracepointsResponse struct {
	dap.Response
	Body tracepointsBody `json:"body"`
}

type tracepointsBody struct {
	Tracepoints []followed `json:"tracepoints"`
}

// followed is one tracepoint as a list shows it.
type followed struct {
	ID     int             `json:"id"`     // the client's, of a breakpoint
	Number int             `json:"number"` // the engine's: records carry it
	Owner  string          `json:"owner"`  // source, functions, exceptions, data, launch, console, editor
	Text   string          `json:"text"`   // the query, condition or message, as it was written
	Source *dap.Source     `json:"source,omitempty"`
	Line   int             `json:"line,omitempty"` // as DAP's breakpoints count
	Item   json.RawMessage `json:"item,omitempty"` // of launch: what wire.SetRequest takes

	State   string `json:"state"`          // armed, pending, failed, disarmed
	Message string `json:"message"`        // why it is not armed, or what it raised
	Hits    uint64 `json:"hits"`           // events it was true of
	Errors  uint64 `json:"errors"`         // events at which it raised
	Places  int    `json:"places"`         // in which it is armed
	Took    string `json:"took,omitempty"` // durations, where it takes them

	Copies copies `json:"copies"` // how it stands in each process, where there are several
}

// following is what a client is told of tracepoints. The adapter goroutine owns it. A
// client that never asked is never told: an event that it does not know would be logged by
// it at every hit.
type following struct {
	on        bool
	waiting   bool // an event is due
	answering int  // requests whose answer will have the list
	sent      []byte
}

// onFollow has the client told of every change from now on.
func (a *adapter) onFollow(m *wire.Message) {
	a.following.on = true
	a.console.Follow()
	a.answerTracepoints(m)
}

// answerTracepoints answers what there is now, with what editors have asked for beside
// this client.
func (a *adapter) answerTracepoints(m *wire.Message) {
	a.following.answering++
	a.fresh(func() {
		a.following.answering--
		body := a.followed()
		a.following.sent, _ = json.Marshal(body)
		a.reply(m, &tracepointsResponse{Body: body})
	})
}

// fresh calls done when the ledger has the newest hits: those that the program has counted
// by now, and not by the last time it was heard of. It goes through the driver, behind
// whatever is being armed, so that an answer never shows a list that is about to change.
func (a *adapter) fresh(done func()) {
	if a.session == nil || a.phase == ended {
		done()
		return
	}
	a.driver.do(func(d *driver) {
		if d.session == nil {
			a.post(done)
			return
		}
		statuses := d.session.Statuses()
		a.post(func() {
			a.ledger.adopt(statuses)
			a.ledger.assignAll(statuses)
			done()
		})
	})
}

// followed is the whole list: a client that misses an event has all of it with the next.
func (a *adapter) followed() tracepointsBody {
	body := tracepointsBody{Tracepoints: []followed{}}
	for _, e := range a.ledger.entries {
		body.Tracepoints = append(body.Tracepoints, a.follow(e))
	}
	return body
}

// follow is one entry as a list shows it, with what the breakpoint of the client says of it.
func (a *adapter) follow(e *entry) followed {
	b := a.breakpoint(e)
	f := followed{
		ID: e.id, Number: e.status.ID, Owner: ownerKind(e.owner), Text: e.where(), Source: b.Source,
		State: e.state(), Message: e.describe(), Hits: e.status.Hits, Errors: e.status.Errors, Places: e.status.Places,
		Took: a.console.Took(e.timed()), Copies: copiesOf(e.spec),
	}
	if b.Line != nil {
		f.Line = *b.Line
	}
	if e.owner == launchOwner {
		f.Item = e.item()
	}
	return f
}

// ownerKind is the first word of an owner: the rest of a file's is its path.
func ownerKind(owner string) string {
	switch {
	case hub.IsEditors(owner):
		return "editor"
	case len(owner) > len(sourceOwner) && owner[:len(sourceOwner)] == sourceOwner:
		return "source"
	}
	return owner
}

// state is what a list shows of an entry in a word. A mistake comes before what the engine
// says, which was never asked; what has no number there is on its way.
func (e *entry) state() string {
	switch {
	case e.failed:
		return string(tracepoint.Failed)
	case e.problem != "" || e.status.ID == 0:
		return string(tracepoint.Pending)
	case e.placed() && !e.hints():
		return string(tracepoint.Armed)
	}
	return string(e.status.State)
}

// item is an entry of the launch configuration as "trace" takes it.
func (e *entry) item() json.RawMessage {
	item := map[string]any{"query": e.spec.Query}
	for key, text := range map[string]string{"condition": e.spec.Condition, "hit": e.spec.HitCondition, "log": e.spec.LogMessage, "color": e.show.Color} {
		if text != "" {
			item[key] = text
		}
	}
	for key, n := range map[string]int{"limit": e.show.Limit, "rate": e.show.Rate} {
		if n != 0 {
			item[key] = n
		}
	}
	if e.spec.Stop {
		item["stop"] = true
	}
	raw, _ := json.Marshal(item)
	return raw
}

// changed has the client told of its tracepoints before long, once for all that changes
// until then: hits come by thousands a second.
func (a *adapter) changed() {
	if !a.following.on || a.following.waiting {
		return
	}
	a.following.waiting = true
	time.AfterFunc(console.FollowPause, func() { a.post(a.tellFollower) })
}

// tellFollower sends the tracepoints if that is news: the whole list, so that a client has
// nothing to put together, and missing one event would not leave it with a wrong list. An
// answer that is on its way tells it as well, and newer hits.
func (a *adapter) tellFollower() {
	a.following.waiting = false
	if a.following.answering > 0 {
		return
	}
	if e := a.followEvent(); e != nil {
		a.out.Send(e)
	}
}

// followEvent is the event that is due, nil where the client has the list already.
func (a *adapter) followEvent() *wire.OwnEvent {
	if !a.following.on {
		return nil
	}
	body := a.followed()
	raw, _ := json.Marshal(body)
	if bytes.Equal(raw, a.following.sent) {
		return nil
	}
	a.following.sent = raw
	return &wire.OwnEvent{Event: wire.Event(wire.TracepointsEvent), Body: body}
}

// onSetTracepoints makes a list all that the launch configuration asks for, as
// setBreakpoints does of a file's. An item with a mistake is told of in the answer, and
// the others hold.
func (a *adapter) onSetTracepoints(m *wire.Message) {
	var args struct {
		Tracepoints json.RawMessage `json:"tracepoints"`
	}
	_ = json.Unmarshal(m.Request.(*wire.OwnRequest).Arguments, &args)
	if a.settings == nil || a.phase == ended {
		a.fail(m, errOrder, errNoProgram)
		return
	}
	list, err := config.DecodeTrace(args.Tracepoints)
	if err != nil {
		a.fail(m, errConsole, fmt.Errorf("the tracepoints: %w", err))
		return
	}
	var wanted []*entry
	for _, t := range list {
		e := &entry{spec: t.Spec, show: t.Show}
		a.judge(e)
		wanted = append(wanted, e)
	}
	a.settings.Trace, a.retraced = list, args.Tracepoints
	a.set(launchOwner, wanted, func([]*entry) {
		a.console.SetShowings(a.ledger.showings())
		a.answerTracepoints(m)
	})
}

// onRemoveTracepoints takes away what was set at the console or by the launch, all or none:
// a number that is unknown, or of a breakpoint, refuses the request. A breakpoint is the
// editor's to remove, or its margin would show one that is not there.
func (a *adapter) onRemoveTracepoints(m *wire.Message) {
	var args struct {
		IDs []int `json:"ids"`
	}
	if err := json.Unmarshal(m.Request.(*wire.OwnRequest).Arguments, &args); err != nil || len(args.IDs) == 0 {
		a.fail(m, errConsole, errors.New(`"ids" must be a list of tracepoints' numbers`))
		return
	}
	var gone []*entry
	for _, id := range args.IDs {
		one, err := a.toRemove(fmt.Sprint(id))
		if err != nil {
			a.fail(m, errConsole, err)
			return
		}
		gone = append(gone, one...)
	}
	a.drop(gone, []string{consoleOwner, launchOwner}, func() { a.answerTracepoints(m) })
}

// retrace puts the list that was set last into the arguments of a run that starts
// again: a client that restarts (DAP's restart, or launch anew) sends those of the first
// launch, and what was changed since would be lost. What cannot be read is left as it is,
// for launch to refuse in its own words.
func (a *adapter) retrace(arguments json.RawMessage) json.RawMessage {
	var all map[string]json.RawMessage
	if a.retraced == nil || json.Unmarshal(arguments, &all) != nil || all == nil {
		return arguments
	}
	all["trace"] = a.retraced
	delete(all, "traceFrom")
	raw, err := json.Marshal(all)
	if err != nil {
		return arguments
	}
	return raw
}
