package console

import (
	"fmt"
	"math/bits"
	"strings"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// timings are the durations of what breakpoints in the mode "time" are about, by
// the engine's number of the tracepoint. The console adds, the adapter reads.
type timings struct {
	mu   sync.Mutex // guards the rest
	held map[int]*timing
}

// clear forgets all durations.
func (t *timings) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = nil
}

// timing is the durations of one function: of its calls, and of its lines where
// they are recorded.
type timing struct {
	calls   durations
	lines   map[int]*durations
	running map[timedThread][]timedCall
}

type timedThread struct{ process, thread int }

// timedCall is a call that has not returned: when it began, and the line that
// runs, since when. 0 is not known: it ran before anybody looked.
type timedCall struct {
	began int64
	line  int
	since int64
}

// add takes an event that durations are made of.
func (t *timings) add(r *render.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil {
		t.held = map[int]*timing{}
	}
	held := t.held[r.Tracepoint]
	if held == nil {
		held = &timing{lines: map[int]*durations{}, running: map[timedThread][]timedCall{}}
		t.held[r.Tracepoint] = held
	}
	held.take(r)
}

// take follows the calls of the function in each thread.
func (t *timing) take(r *render.Record) {
	thread := timedThread{r.PID, r.ThreadID}
	calls := t.running[thread]
	if r.Kind == render.Call {
		t.running[thread] = append(calls, timedCall{began: max(r.Time, 1)})
		return
	}
	if len(calls) == 0 {
		calls = append(calls, timedCall{})
	}
	top := &calls[len(calls)-1]
	if top.since > 0 {
		if t.lines[top.line] == nil {
			t.lines[top.line] = &durations{}
		}
		t.lines[top.line].add(time.Duration(r.Time - top.since))
	}
	top.line, top.since = r.Line, max(r.Time, 1)
	if r.Kind == render.Return {
		if top.began > 0 {
			t.calls.add(time.Duration(r.Time - top.began))
		}
		calls = calls[:len(calls)-1]
	}
	t.running[thread] = calls
}

// Timed is a tracepoint that durations are asked of.
type Timed struct {
	Number int // the engine's
	Spec   tracepoint.Spec
	Where  string // as the person wrote it
}

// of is what is timed of a tracepoint, nil where nothing was.
func (t *timings) of(e Timed) *durations {
	held := t.held[e.Number]
	if held == nil || e.Spec.Time == "" {
		return nil
	}
	d := &held.calls
	if e.Spec.Time == tracepoint.TimeLine {
		d = held.lines[e.Spec.Line]
	}
	if d == nil || d.count == 0 {
		return nil
	}
	return d
}

// durations are many, in little space.
type durations struct {
	count           uint64
	total, min, max time.Duration
	sizes           [65]uint64 // by their number of bits
}

func (t *durations) add(d time.Duration) {
	d = max(d, 0)
	if t.count == 0 || d < t.min {
		t.min = d
	}
	t.count++
	t.total += d
	t.max = max(t.max, d)
	t.sizes[bits.Len64(uint64(d))]++
}

// below is a bound that a part of the durations does not exceed, to the next
// power of two.
func (t *durations) below(part float64) time.Duration {
	want, seen := uint64(part*float64(t.count)+0.5), uint64(0)
	for size, n := range t.sizes {
		if seen += n; seen >= want {
			return min(t.max, time.Duration(uint64(1)<<size-1))
		}
	}
	return t.max
}

// Took is the durations of a tracepoint in a sentence, "" where there are none. Any
// goroutine may ask.
func (c *Console) Took(e Timed) string { return c.timings.describe(e) }

// TimeTable is a table of the durations of those that are timed, "" if none is. Any
// goroutine may ask.
func (c *Console) TimeTable(all []Timed) string { return c.timings.table(all) }

// describe is the durations of a tracepoint in a sentence, "" where there are none.
func (t *timings) describe(e Timed) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.of(e)
	if d == nil {
		return ""
	}
	return fmt.Sprintf("timed %s: %s in all, %s on average, %s to %s", wording.Times(d.count), short(d.total),
		short(d.total/time.Duration(d.count)), short(d.min), short(d.max))
}

// table is the durations of all tracepoints that are timed, "" if none is.
func (t *timings) table(all []Timed) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	const row = "%10s %10s %10s %10s %10s %10s  %s\n"
	var b strings.Builder
	for _, e := range all {
		d := t.of(e)
		if d == nil {
			continue
		}
		if b.Len() == 0 {
			fmt.Fprintf(&b, row, "times", "total", "mean", "half <", "95% <", "longest", "where")
		}
		fmt.Fprintf(&b, row, wording.Grouped(d.count), short(d.total), short(d.total/time.Duration(d.count)),
			short(d.below(0.5)), short(d.below(0.95)), short(d.max), e.Where)
	}
	return b.String()
}

// short is a duration with three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d >= time.Microsecond:
		return d.Round(10 * time.Nanosecond).String()
	}
	return d.String()
}
