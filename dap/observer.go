package dap

import (
	"bytes"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// observer is the adapter's ear at the Session: what is bulk goes to the
// console, the rest to the adapter goroutine.
type observer struct{ a *adapter }

// The engine tells an Observer of modules only if it is one of these.
var _ engine.LoadObserver = observer{}

func (o observer) Record(r render.Record) { o.a.console.Record(r) }

// Output copies, for the engine uses its buffer again; the console may hold a text back.
func (o observer) Output(category string, text []byte) {
	o.a.console.Output(category, bytes.Clone(text))
}

// Status is of one tracepoint that has changed, in the order in which it did.
func (o observer) Status(s tracepoint.Status) {
	o.a.post(func() {
		if e := o.a.ledger.report(s); e != nil {
			o.a.announce(e)
			o.a.tellRaised(e)
			o.a.changed()
		}
	})
}

func (o observer) Thread(id int, name string, started bool) {
	o.a.post(func() { o.a.thread(id, name, started) })
}

func (o observer) Stopped(s engine.Stop) { o.a.post(func() { o.a.stopped(s) }) }

func (o observer) Continued(r engine.Resumed) { o.a.post(func() { o.a.continued(r) }) }

func (o observer) Loaded(l engine.Loaded) { o.a.post(func() { o.a.loaded(l) }) }

func (o observer) Started(pid int) { o.a.post(func() { o.a.processStarted(pid) }) }

// Tally is not for an editor's debugger: snapshots are asked for when they are shown.
func (o observer) Tally(*tally.Snapshot) {}

func (o observer) Notice(text string) { o.a.console.Note(text) }

// Ended comes after everything else: the console has handed all it had to the
// writer before the adapter hears of it.
func (o observer) Ended(exit engine.Exit) {
	o.a.console.Sync()
	o.a.post(func() { o.a.programEnded(exit) })
}
