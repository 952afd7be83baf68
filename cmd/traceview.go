package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// traceView shows what a fleet answers: records as they come, and a table.
type traceView struct {
	w         *world
	o         *traceOptions
	compiled  []*tracepoint.Compiled
	events    *eventsFile
	asker     atomic.Pointer[fleet.Asker]
	board     *table
	telemetry *fleetTelemetry

	printers *render.Printers // of the record's goroutine
	told     map[string]bool  // sentences that were said
}

// again is called when the hub was lost and is there once more.
func (v *traceView) again() {
	if a := v.asker.Load(); a != nil {
		a.Renew()
	}
}

func (v *traceView) say(text string) { v.board.print(v.w.stderr, "tallyho: "+printable(text)+"\n") }

// record prints one record with the process that it is of.
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

// settleTime is how long it may take until it is strange that nobody has answered.
const settleTime = 3 * time.Second

// watch shows the table until the time is over.
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
		if !wondered && len(all) == 0 && time.Since(began) > settleTime {
			wondered = true
			v.say(v.nobody())
		}
	}
}

// nobody says why no program has answered.
func (v *traceView) nobody() string {
	agents := v.asker.Load().Agents()
	programs := 0
	for _, a := range agents {
		if a.Problem != "" {
			return a.Problem
		}
		programs += a.Programs
	}
	switch {
	case len(agents) == 0:
		return "no agent has answered: is one running, and connected to this hub?"
	case programs == 0:
		return fmt.Sprintf("%d %s answered, with no program: none has said tallyho.listen(), and nobody runs one with Tallyho", len(agents), wording.Plural(len(agents), "agent"))
	}
	return fmt.Sprintf("none of %d %s of %d %s is selected by %s", programs, wording.Plural(programs, "program"), len(agents), wording.Plural(len(agents), "agent"), v.o.chosen)
}

// tellProblems says each thing once that a person would otherwise wait for in vain.
func (v *traceView) tellProblems(all []fleet.ProgramState) {
	if v.told == nil {
		v.told = map[string]bool{}
	}
	once := func(key, text string) {
		if !v.told[key] {
			v.told[key] = true
			v.say(text)
		}
	}
	for _, p := range all {
		if p.Problem != "" {
			once(p.Identity.ID+p.Problem, p.Identity.String()+": "+p.Problem)
		}
		for _, q := range p.Queries {
			if q.State == fleet.Limited || q.State == fleet.Off || q.State == fleet.Failed {
				once(fmt.Sprint(p.Identity.ID, q.ID, q.State, q.Message), fmt.Sprintf("%s: query %d: %s: %s", p.Identity, q.ID, q.State, q.Message))
			}
		}
	}
	for path, other := range otherCode(all) {
		once("code"+path, fmt.Sprintf("%s: other code on %d of %d", path, other[0], other[1]))
	}
}

// otherCode compares the SHA-256 of files of one path: by path, how many processes
// have other code than most, of how many.
func otherCode(all []fleet.ProgramState) map[string][2]int {
	sums := map[string]map[string]int{}
	for _, p := range all {
		for path, sum := range p.Files {
			if sums[path] == nil {
				sums[path] = map[string]int{}
			}
			sums[path][sum]++
		}
	}
	out := map[string][2]int{}
	for path, bySum := range sums {
		total, most := 0, 0
		for _, n := range bySum {
			total += n
			most = max(most, n)
		}
		if len(bySum) > 1 {
			out[path] = [2]int{total - most, total}
		}
	}
	return out
}

// finish says what it came to.
func (v *traceView) finish() error {
	if err := v.events.close(); err != nil {
		return err
	}
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
		v.say(v.nobody())
	}
	if inexact > 0 {
		v.say(fmt.Sprintf("%d of %d processes did not say their last word: what they counted is at least what is shown", inexact, len(all)))
	}
	if n := asker.Unreadable(); n > 0 {
		v.say(fmt.Sprintf("%d messages could not be read", n))
	}
	if v.o.asJSON {
		return json.NewEncoder(v.w.stdout).Encode(sum)
	}
	return nil
}

// unfound says where a query matched nothing.
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
