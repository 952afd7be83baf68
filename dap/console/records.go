package console

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// takeRecord shows a record, or counts it as not shown where its tracepoint's own bounds
// (config.Showing) or those of all records are reached. The trace file has it either
// way. Events that durations are made of are not shown at all.
func (c *Console) takeRecord(r *render.Record) {
	if r.Action != nil && r.Action.Kind == "Event" {
		c.timings.add(r)
		return
	}
	text := c.render(r)
	if len(text) == 0 {
		return
	}
	c.sayUntraced(c.trace.write(r, text))
	c.followed.add(r, text)
	s := c.showers[r.Tracepoint]
	if s != nil && c.client.ANSI {
		text = s.paint(text)
	}
	if s != nil && !s.allowed(c.now()) || !c.allowed() {
		c.hidden++
		c.untold++
		c.addGrouped(r, text, true)
		return
	}
	if c.addGrouped(r, text, false) {
		return
	}
	c.add(c.placeOf(r), text)
	c.batch.records++
	if len(c.batch.shown) <= expandableRecords {
		c.batch.shown = append(c.batch.shown, expandable(r, text))
	}
}

// allowed reports whether one more record may be shown in this second.
func (c *Console) allowed() bool {
	now := c.now()
	if now.Sub(c.window) >= time.Second {
		if c.untold > 0 {
			c.tell(false)
		}
		c.window, c.inside = now, 0
	}
	c.inside++
	return c.inside <= recordRate
}

// tell says how many records were not shown since it was said last. While
// records come it does not wait for a slow client: it is said later.
func (c *Console) tell(wait bool) {
	c.flush(wait || c.batch.records == 0)
	c.drop()
	if c.untold == 0 {
		return
	}
	text := fmt.Sprintf("… %s more", wording.Grouped(c.untold))
	if path := c.trace.path(); path != "" {
		text += ", see " + path
	}
	c.add(place{category: "console"}, []byte(text+"\n"))
	e := c.batch.event(c.client)
	c.batch.reset()
	if wait {
		c.out.SendBulk(e)
	} else if !c.out.TryBulk(e) {
		return
	}
	c.untold = 0
}

// render is the text of a record: whole lines, or nothing. Printers of
// hunter's have a column for the thread; a log message has it put in front.
func (c *Console) render(r *render.Record) []byte {
	if c.thread == 0 {
		c.thread = r.ThreadID
	}
	c.several = c.several || r.ThreadID != c.thread
	text := bytes.Clone(c.printers.Print(r))
	if c.several && r.Action.Kind == "Log" && len(text) > 0 {
		text = append([]byte("["+r.Thread+"] "), text...)
	}
	return text
}

func (c *Console) placeOf(r *render.Record) place {
	if r.Path == "" || r.Line == 0 {
		return place{category: c.category}
	}
	// Python takes nothing but these for indentation: as many columns in every unit.
	indent := len(r.Source) - len(strings.TrimLeft(r.Source, " \t\f"))
	return place{category: c.category, path: r.Path, line: r.Line, column: indent}
}
