package console

import (
	"bytes"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/dap/wire"
)

// place is where a piece of output comes from: one output event has one.
type place struct {
	category string
	path     string
	line     int
	column   int // where the line's code begins, from 0
}

// tell says in an event where it is from.
func (p place) tell(e *wire.OutputEvent, cl Client) {
	e.Body.Category = p.category
	if p.path == "" {
		return
	}
	e.Body.Source = wire.Source(p.path)
	line, column := p.line-1+cl.LineBase, p.column+cl.ColumnBase
	e.Body.Line, e.Body.Column = &line, &column
}

// batch is text of one place that waits to be sent.
type batch struct {
	at      place
	text    bytes.Buffer
	records int
	shown   []shownRecord // of those that can be expanded
}

// reset makes the batch empty.
func (b *batch) reset() {
	b.text.Reset()
	b.records, b.shown = 0, nil
}

func (b *batch) empty() bool { return b.text.Len() == 0 }

func (b *batch) event(cl Client) *wire.OutputEvent {
	e := &wire.OutputEvent{Event: wire.Event("output")}
	e.Body.Output = b.text.String()
	b.at.tell(e, cl)
	return e
}

// wholeRunes is how much of text does not end inside a character.
func wholeRunes(text []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		at := len(text) - i
		if utf8.RuneStart(text[at]) {
			if text[at] >= utf8.RuneSelf && !utf8.FullRune(text[at:]) {
				return at
			}
			break
		}
	}
	return len(text)
}

// takeOutput adds what the program wrote. A character that is cut in two
// between writes is kept until its rest comes.
func (c *Console) takeOutput(category string, text []byte) {
	if rest := c.partial[category]; len(rest) > 0 {
		text = append(rest, text...)
	}
	whole := wholeRunes(text)
	c.partial[category] = bytes.Clone(text[whole:])
	if whole > 0 {
		c.sayUntraced(c.trace.writeOutput(category, text[:whole]))
		c.add(place{category: category}, text[:whole])
	}
}

// sayUntraced tells of the first failure to write the trace file.
func (c *Console) sayUntraced(err error) {
	if err != nil {
		c.add(place{category: "important"}, []byte("Tallyho cannot write the trace file: "+err.Error()+"\n"))
	}
}

// add puts text behind what is waiting, in events of maxBatch bytes and of one
// place each.
func (c *Console) add(at place, text []byte) {
	if !c.batch.empty() && (c.batch.at != at || c.batch.text.Len()+len(text) > maxBatch) {
		c.flush(c.batch.records == 0)
		c.drop()
	}
	c.batch.at = at
	for len(text) > maxBatch {
		cut := wholeRunes(text[:maxBatch])
		c.batch.text.Write(text[:cut])
		c.flush(true)
		text = text[cut:]
	}
	c.batch.text.Write(text)
}

// flush hands what is waiting to the writer. Records need not wait for a slow
// client: they may stay, and be counted as not shown in the end.
func (c *Console) flush(wait bool) {
	if c.batch.empty() {
		return
	}
	e := c.batch.event(c.client)
	e.Body.VariablesReference = c.values.add(c.batch.shown, c.now())
	if wait {
		c.out.SendBulk(e)
	} else if !c.out.TryBulk(e) {
		return
	}
	c.batch.reset()
}

// drop counts records that the client was too slow for.
func (c *Console) drop() {
	n := uint64(c.batch.records)
	c.hidden, c.untold = c.hidden+n, c.untold+n
	c.batch.reset()
}
