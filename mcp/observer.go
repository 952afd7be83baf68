package mcp

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// observer keeps a bounded part of what a Session tells. The Session's
// goroutine calls it; the call of the tool reads it meanwhile.
type observer struct {
	maxRecords int
	maxOutput  int

	mu      sync.Mutex    // guards what follows
	lines   []string      // what printers made of records
	records int           // all that came, shown or not
	full    chan struct{} // closed when maxRecords have come
	output  map[string]*tail
	notices []string

	printers map[[2]int]render.Printer // by tracepoint and action
	shared   *render.Shared            // what printers have in common
}

// newObserver keeps so many records, and so many bytes of the end of each stream.
func newObserver(maxRecords, maxOutput int) *observer {
	return &observer{maxRecords: maxRecords, maxOutput: maxOutput, full: make(chan struct{}), shared: render.NewShared(),
		output: map[string]*tail{"stdout": {}, "stderr": {}}, printers: map[[2]int]render.Printer{}}
}

// tail is the end of what was written, and how much that was in all.
type tail struct {
	bytes []byte // up to twice the limit, between cuts
	total int
}

// add keeps the end of a stream; it is cut seldom, so that not every write copies it.
func (t *tail) add(text []byte, limit int) {
	t.total += len(text)
	t.bytes = append(t.bytes, text...)
	if len(t.bytes) > 2*limit {
		t.bytes = append([]byte(nil), t.bytes[len(t.bytes)-limit:]...)
	}
}

// Record keeps what the record's printer says of it.
func (o *observer) Record(r render.Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.records++
	if o.records > o.maxRecords {
		return
	}
	key := [2]int{r.Tracepoint, r.ActionID}
	p, known := o.printers[key]
	if !known {
		p = render.New(r.Action, render.Options{Shared: o.shared})
		o.printers[key] = p
	}
	if p != nil {
		var b bytes.Buffer
		p.Print(&b, &r)
		o.lines = append(o.lines, splitLines(b.String())...)
	}
	if o.records == o.maxRecords {
		close(o.full)
	}
}

// Output keeps the end of what the program writes.
func (o *observer) Output(category string, text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.output[category]; t != nil {
		t.add(text, o.maxOutput)
	}
}

// Status tells of a tracepoint that cannot go on.
func (o *observer) Status(s tracepoint.Status) {
	if s.Message != "" && (s.State == tracepoint.Disarmed || s.State == tracepoint.Failed) {
		o.Notice(fmt.Sprintf("query %d: %s", s.ID, s.Message))
	}
}

// Notice keeps a sentence of the engine's.
func (o *observer) Notice(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.notices) < 20 {
		o.notices = append(o.notices, text)
	}
}

// Thread needs nothing here.
func (o *observer) Thread(int, string, bool) {}

// Stopped is never called: nothing stops the program.
func (o *observer) Stopped(engine.Stop) {}

// Continued is never called.
func (o *observer) Continued(engine.Resumed) {}

// Started needs nothing here.
func (o *observer) Started(int) {}

// Tally needs nothing here: the last Snapshot is asked for.
func (o *observer) Tally(*tally.Snapshot) {}

// Ended needs nothing here: the call waits for the Session.
func (o *observer) Ended(engine.Exit) {}

// seen is what was kept.
type seen struct {
	lines          []string // what printers made of records
	records        int      // all that came
	stdout, stderr tail
	notices        []string
}

// seen is a copy of what came so far.
func (o *observer) seen() seen {
	o.mu.Lock()
	defer o.mu.Unlock()
	return seen{append([]string(nil), o.lines...), o.records, *o.output["stdout"], *o.output["stderr"], append([]string(nil), o.notices...)}
}
