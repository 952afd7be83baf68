package dap

import (
	"bytes"
	"unicode/utf8"
)

// place is where a piece of output comes from: one output event has one.
type place struct {
	category string
	path     string
	line     int
	column   int // where the line's code begins, from 0
}

// tell says in an event where it is from.
func (p place) tell(e *outputEvent, cl consoleClient) {
	e.Body.Category = p.category
	if p.path == "" {
		return
	}
	e.Body.Source = source(p.path)
	line, column := p.line-1+cl.lineBase, p.column+cl.columnBase
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

func (b *batch) event(cl consoleClient) *outputEvent {
	e := &outputEvent{Event: event("output")}
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
