package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// valueLimit is how long a value's text may be in a trace, in characters.
const valueLimit = 200

// traceEvent is an entry of "Trace Event Format" (JSON object format), as Chrome defined it
// and Perfetto reads it. Times are microseconds.
type traceEvent struct {
	Phase    string         `json:"ph"` // B, E: a slice; b, e: an asynchronous one; i: an instant; C: a counter; M: a name
	Name     string         `json:"name,omitempty"`
	Category string         `json:"cat,omitempty"` // "call", "library" or "waits"
	Time     json.Number    `json:"ts,omitempty"`  // microseconds, with the nanoseconds as decimals
	Process  int            `json:"pid"`           // the process id; where that is not known, its number in the recording
	Thread   uint32         `json:"tid"`
	ID       string         `json:"id,omitempty"` // of an asynchronous slice: joins its b and e
	Scope    string         `json:"s,omitempty"`  // of an instant
	Args     map[string]any `json:"args,omitempty"`
}

// tracer is the sink that writes them.
type tracer struct {
	nothing
	w       *bufio.Writer
	err     error                     // the first one; nothing is written after it
	first   bool                      // no event has been written yet
	named   map[trackKey]bool         // threads of which a name was written
	waiting map[int]map[uint64]string // by process: frames that began and have not ended, by the names of their slices
	calls   map[int]uint64            // by process: those that began so far
	counted map[int]int64             // when the counters were written last
}

// counterPause is how many nanoseconds are between two values of a counter.
const counterPause = 1_000_000

// writeTrace writes the events one after the other, as the recording tells of them. What
// still waits at the end is ended there: a slice without an end would be drawn on and on.
func writeTrace(out io.Writer, r *recording.Recording, o Options) error {
	t := &tracer{w: bufio.NewWriterSize(out, 64<<10), first: true, named: map[trackKey]bool{}, waiting: map[int]map[uint64]string{},
		calls: map[int]uint64{}, counted: map[int]int64{}}
	about := r.State().About
	head, _ := plainJSON(map[string]string{"program": about.Program, "python": about.Python, "started": about.Started})
	fmt.Fprintf(t.w, "%s %s\",\"recording\":%s},\"displayTimeUnit\":\"ns\",\"traceEvents\":[", traceMark, o.Version, head)
	tracks, err := walk(r, o, t)
	if err != nil {
		return err
	}
	for _, own := range tracks { // those that still wait
		for number, name := range t.waiting[own.process.Number] {
			t.event(own, traceEvent{Phase: "e", Name: name, Category: "waits", ID: asyncID(own, number)})
		}
		delete(t.waiting, own.process.Number)
	}
	_, _ = t.w.WriteString("\n]}\n")
	if t.err == nil {
		t.err = t.w.Flush()
	}
	return t.err
}

// event writes an entry at the track's latest step; an entry that names something (M) has
// no time.
func (t *tracer) event(own *track, e traceEvent) {
	if t.err != nil {
		return
	}
	e.Process, e.Thread = processID(own.process), own.thread.ID
	if e.Phase != "M" {
		e.Time = microseconds(own.last)
	}
	text, err := plainJSON(e)
	if err != nil {
		t.err = err
		return
	}
	if !t.first {
		_ = t.w.WriteByte(',')
	}
	t.first = false
	_ = t.w.WriteByte('\n')
	_, t.err = t.w.Write(text) // the writer remembers its first error
}

// plainJSON is JSON that no page of HTML is made of: < stays what it is.
func plainJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// microseconds keeps the nanoseconds as decimals.
func microseconds(nanoseconds int64) json.Number {
	return json.Number(strconv.FormatInt(nanoseconds/1000, 10) + fmt.Sprintf(".%03d", nanoseconds%1000))
}

// processID is what people know a process by.
func processID(p *recording.Process) int {
	if p.Joined.PID > 0 {
		return p.Joined.PID
	}
	return p.Number
}

// asyncID is of one frame in all of the run: frames are numbered by process.
func asyncID(own *track, frame uint64) string { return fmt.Sprintf("%d.%d", own.process.Number, frame) }

// name tells of a thread and its process, once.
func (t *tracer) name(own *track) {
	key := trackKey{own.process.Number, own.thread.ID}
	if t.named[key] {
		return
	}
	t.named[key] = true
	t.event(own, traceEvent{Phase: "M", Name: "process_name", Args: map[string]any{"name": "python " + strconv.Itoa(processID(own.process))}})
	t.event(own, traceEvent{Phase: "M", Name: "thread_name", Args: map[string]any{"name": own.thread.Name}})
}

// opened begins a slice, with the parameters that the call's step has values of. A
// generator or coroutine gets an asynchronous slice besides, from its beginning to its end:
// the slices of its thread show only when it ran. Of those that await each other the
// outermost has one.
func (t *tracer) opened(own *track, f *recording.Frame, s *recording.Step) {
	t.name(own)
	args := map[string]any{"file": f.Code.Path, "line": f.Code.Line}
	if s != nil {
		for _, ch := range s.Names {
			if name := own.process.Texts[ch.Name]; isParameter(f.Code, name) {
				args[name], _ = replay.Text(ch.Value, valueLimit)
			}
		}
	}
	t.event(own, traceEvent{Phase: "B", Name: nameIn(f), Category: category(f), Args: args})
	if s == nil || s.Flags&recording.FlagBegins == 0 {
		return
	}
	t.calls[own.process.Number]++
	if f.Code.Generator && (f.Back == nil || !f.Back.Code.Generator) {
		if t.waiting[own.process.Number] == nil {
			t.waiting[own.process.Number] = map[uint64]string{}
		}
		t.waiting[own.process.Number][f.Number] = nameIn(f)
		t.event(own, traceEvent{Phase: "b", Name: nameIn(f), Category: "waits", ID: asyncID(own, f.Number)})
	}
	t.count(own)
}

// closed ends the slice, by its name: the format asks for none, but speedscope leaves a slice open that is ended without. A
// generator that merely waits keeps its asynchronous one.
func (t *tracer) closed(own *track, f *recording.Frame, s *recording.Step) {
	e := traceEvent{Phase: "E", Name: nameIn(f)}
	if s != nil && s.Flags&recording.FlagValue != 0 {
		text, _ := replay.Text(s.Value, valueLimit)
		e.Args = map[string]any{"return": text}
	}
	t.event(own, e)
	if name, ok := t.waiting[own.process.Number][f.Number]; ok && s != nil && s.Flags&recording.FlagWaits == 0 {
		delete(t.waiting[own.process.Number], f.Number)
		t.event(own, traceEvent{Phase: "e", Name: name, Category: "waits", ID: asyncID(own, f.Number)})
	}
	t.count(own)
}

// count writes the counters of a process, at most once in a millisecond.
func (t *tracer) count(own *track) {
	p := own.process.Number
	if last, ok := t.counted[p]; ok && own.last-last < counterPause {
		return
	}
	t.counted[p] = own.last
	t.event(own, traceEvent{Phase: "C", Name: "calls so far", Args: map[string]any{"calls": t.calls[p]}})
	t.event(own, traceEvent{Phase: "C", Name: "generators and coroutines alive", Args: map[string]any{"frames": len(t.waiting[p])}})
}

// category tells the person's code from a library's frames in between.
func category(f *recording.Frame) string {
	if f.Number == 0 {
		return "library"
	}
	return "call"
}

// isParameter reports whether a name is among a function's parameters, which recordings
// write with their stars.
func isParameter(c *recording.Code, name string) bool {
	for _, p := range c.Parameters {
		if strings.TrimLeft(p, "*") == name {
			return true
		}
	}
	return false
}
