package cmd

import (
	"fmt"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/page"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// How many records a page has: the first ones and the last ones.
const (
	firstRecords = 1000
	lastRecords  = 4000
	maxRecord    = 4000 // bytes of one
)

// pageRecords keeps records for a page as their printers print them. Only the Session's
// goroutine adds to it.
type pageRecords struct {
	printers *render.Printers // without colours

	first []page.Record
	last  []page.Record // a ring once it is full
	next  int           // where the oldest of last is
	left  int           // out, between the two
}

// newPageRecords keeps records as they are printed.
func newPageRecords() *pageRecords {
	return &pageRecords{printers: render.NewPrinters(false)}
}

// add keeps a record with its place; one that prints nothing has nothing to show.
// It is printed again, without colours and apart from what goes to the terminal.
func (p *pageRecords) add(r *render.Record) {
	text := string(p.printers.Print(r))
	if text == "" {
		return
	}
	if len(text) > maxRecord {
		text = text[:maxRecord] + "…"
	}
	path := r.Path
	if path == "" {
		path = r.Filename
	}
	p.keep(page.Record{At: time.Duration(r.Time), Query: r.Tracepoint, Thread: r.Runner(), Path: path, Line: r.Line, Text: printableLines(text)})
}

// keep holds the first ones and the last, which tell more than those between.
func (p *pageRecords) keep(r page.Record) {
	switch {
	case len(p.first) < firstRecords:
		p.first = append(p.first, r)
	case len(p.last) < lastRecords:
		p.last = append(p.last, r)
	default:
		p.last[p.next] = r
		p.next = (p.next + 1) % lastRecords
		p.left++
	}
}

// all are the records that are kept, in order.
func (p *pageRecords) all() []page.Record {
	return append(append(append([]page.Record(nil), p.first...), p.last[p.next:]...), p.last[:p.next]...)
}

// writePage writes the file of --html.
// It holds what was counted also where the program failed: that is when it is looked at.
func (out *runOutput) writePage(o *runOptions, t target, exit engine.Exit, snapshot *tally.Snapshot) error {
	if out.html == nil {
		return nil
	}
	r := page.Run{Snapshot: snapshot, What: t.title(), Ending: fmt.Sprintf("exit code %d", exit.Code), Records: out.pageRecords.all(),
		LeftOut: out.pageRecords.left, LeftOutAfter: firstRecords, Short: shortHere()}
	if exit.Signal != "" {
		r.Ending = "ended by " + exit.Signal
	}
	if err := page.Write(out.html, r); err != nil {
		return fmt.Errorf("%s cannot be written: %w", o.html, cause(err))
	}
	return placed(out.html)
}
