package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
)

// traceView shows what a fleet answers: records as they come, and a table.
type traceView struct {
	w         *world
	o         *traceOptions
	compiled  []*tracepoint.Compiled      // by the query's number less one
	events    *eventsFile                 // nil without --events
	asker     atomic.Pointer[fleet.Asker] // nil until the fleet is reached; the bus's goroutine reads it
	board     *table
	telemetry *fleetTelemetry // nil without --otlp

	printers *render.Printers // of the record's goroutine
	told     map[string]bool  // sentences that were said
}

// again is called when the hub was lost and is there once more. What is wanted is said at
// once then, and not only when that is next due.
func (v *traceView) again() {
	if a := v.asker.Load(); a != nil {
		a.Renew()
	}
}

// say prints a sentence above the table.
func (v *traceView) say(text string) { v.board.print(v.w.stderr, "tallyho: "+printable(text)+"\n") }

// record prints one record with the process that it is of.
// A record of a query or an action that we did not ask for comes from another version, and is not shown.
func (v *traceView) record(id fleet.Identity, r fleet.Record) {
	v.events.write(id, r)
	if r.Query < 1 || r.Query > len(v.compiled) {
		return
	}
	action := v.compiled[r.Query-1].Action(r.Action)
	if action == nil {
		return
	}
	record := r.Render(action)
	v.telemetry.record(id, r.Seq, &record, r.At)
	if v.o.asJSON {
		return
	}
	text := v.printers.Print(&record)
	if len(text) == 0 {
		return
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		fmt.Fprintf(&out, "%s  %s\n", printable(id.String()), printable(strings.TrimRight(line, "\n")))
	}
	v.board.print(v.w.stdout, out.String())
}

// watch shows the table until the time is over.
// Twice a second is as often as a person can read it; a fleet reports about as often.
func (v *traceView) watch(ctx context.Context, span time.Duration) {
	var over <-chan time.Time
	if span > 0 {
		over = time.After(span)
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	began, wondered := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			return
		case <-over:
			return
		case <-tick.C:
		}
		all := v.asker.Load().Programs()
		v.telemetry.count(all, false)
		v.board.draw(tableOf(all, false))
		v.tellProblems(all)
		if !wondered && len(all) == 0 && time.Since(began) > fleet.Patience {
			wondered = true
			v.say(v.asker.Load().Nobody())
		}
	}
}

// tellProblems says each thing once that a person would otherwise wait for in vain.
func (v *traceView) tellProblems(all []fleet.ProgramState) {
	if v.told == nil {
		v.told = map[string]bool{}
	}
	for _, text := range fleet.Problems(all) {
		if !v.told[text] {
			v.told[text] = true
			v.say(text)
		}
	}
}

// finish says what it came to.
// Sums of processes that have not said their last word are lower bounds, and are called so.
func (v *traceView) finish() error {
	failure := v.events.close() // the counts are told all the same
	asker := v.asker.Load()
	all := asker.Programs()
	v.tellProblems(all)
	v.telemetry.close(all, v.say)
	v.board.end(tableOf(all, true))
	for i := range v.compiled {
		if text := unfound(all, i+1); text != "" {
			v.say(text)
		}
	}
	sum := totals{Instances: len(all)}
	inexact := 0
	for _, p := range all {
		sum.Hits, sum.Records, sum.Dropped = sum.Hits+p.Sum.Hits, sum.Records+p.Sum.Records, sum.Dropped+p.Sum.Dropped
		if !p.Exact {
			inexact++
		}
	}
	if len(all) == 0 {
		v.say(asker.Nobody())
	}
	if inexact > 0 {
		v.say(fmt.Sprintf("%d of %d processes did not say their last word: what they counted is at least what is shown", inexact, len(all)))
	}
	if n := asker.Unreadable(); n > 0 {
		v.say(fmt.Sprintf("%d messages could not be read", n))
	}
	if v.o.asJSON {
		return errors.Join(failure, json.NewEncoder(v.w.stdout).Encode(sum))
	}
	return failure
}

// unfound says where a query matched nothing.
// Processes that have not reported on the query are left out of both numbers.
func unfound(all []fleet.ProgramState, id int) string {
	n, of, why := 0, 0, ""
	for _, p := range all {
		i := slices.IndexFunc(p.Queries, func(q fleet.QueryCount) bool { return q.ID == id })
		if i < 0 {
			continue
		}
		of++
		if q := p.Queries[i]; q.State == fleet.NotFound && q.Hits == 0 {
			n++
			why = q.Message
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("query %d: in %d of %d processes: %s", id, n, of, strings.Replace(why, " so far", "", 1))
}
