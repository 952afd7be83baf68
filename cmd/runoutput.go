package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/results"
)

// runOutput is the Observer of `tallyho run`: what printers print goes to one
// place, events to another. Only the Session's goroutine calls it.
type runOutput struct {
	stdout   io.Writer
	stderr   io.Writer
	printed  *sink            // where printers print: stderr, or --output
	raised   map[int]bool     // queries whose first error was told
	standard map[string]*sink // where an action's own stream is stdout or stderr
	events   *sink            // nil without --events
	// Where the three go; each may be a *results.File.
	trace, eventFile, tally, html, report io.Writer        // the flags' own; nil where one is not given, and trace is stderr then
	pageRecords                           *pageRecords     // nil without --html
	telemetry                             *runTelemetry    // nil without --otlp
	files                                 []*results.File  // those of the flags, which discard closes
	colors                                bool             // of what printers print, if a terminal gets it
	buf                                   bytes.Buffer     // of events
	printers                              *render.Printers // they keep what one record needs of those before it, as the stack of calls
	closed                                bool             // close has run
	mute                                  atomic.Bool      // set by giveUp, on the goroutine of the signals
}

// openOutputs looks at every file that is to be written before the program
// starts: one that cannot or must not be is told at once, and none is touched.
func (w *world) openOutputs(o *runOptions, t target) (*runOutput, error) {
	out := &runOutput{stdout: w.stdout, stderr: w.stderr, standard: map[string]*sink{}, colors: wantsColors(w.stderr)}
	var not []string
	if t.program != "" {
		not = append(not, t.program)
	}
	for _, flag := range []struct {
		name, value string
		to          *io.Writer
	}{{"output", o.output, &out.trace}, {"tally", o.tally, &out.tally}, {"events", o.events, &out.eventFile}, {"html", o.html, &out.html},
		{"report", o.report, &out.report}} {
		switch flag.value {
		case "":
			continue
		case "-":
			*flag.to = keepOpen{w.stdout}
			continue
		}
		f, err := results.Check(flag.value, 0o666, not...)
		if err != nil {
			out.discard()
			var system syscall.Errno
			if errors.As(err, &system) {
				return nil, fmt.Errorf("--%s: %w", flag.name, err)
			}
			return nil, usageError("--%s: %v", flag.name, err)
		}
		*flag.to = f
		out.files = append(out.files, f)
		// Two flags may not name one file: each would be written over the other.
		not = append(not, flag.value)
	}
	if out.trace == nil {
		out.trace = keepOpen{w.stderr}
	} else {
		out.colors = o.output == "-" && wantsColors(w.stdout)
	}
	out.printers = render.NewPrinters(out.colors)
	out.printed = newSink(out.trace)
	if out.eventFile != nil {
		out.events = newSink(out.eventFile)
	}
	if out.html != nil {
		out.pageRecords = newPageRecords()
	}
	telemetry, err := newRunTelemetry(context.Background(), o.otlp, t, out.Notice)
	if err != nil {
		out.discard()
		return nil, usageError("--otlp: %v", err)
	}
	out.telemetry = telemetry
	return out, nil
}

// begin puts the files that are written while the program runs in their places,
// once it is sure to run.
// Until then a failure to start leaves what a person had in those files.
func (out *runOutput) begin() error {
	for _, w := range []io.Writer{out.trace, out.eventFile} {
		if f, ok := w.(*results.File); ok {
			if err := f.Place(); err != nil {
				return fmt.Errorf("%s cannot be written: %w", f.Name(), cause(err))
			}
		}
	}
	return nil
}

// discard leaves every file as it was.
func (out *runOutput) discard() {
	for _, f := range out.files {
		_ = f.Close()
	}
}

// keepOpen hides Close: standard streams outlive the sink.
type keepOpen struct{ io.Writer }

// cause is why something failed, without the path, which the sentence around names.
func cause(err error) error {
	if path, ok := err.(*os.PathError); ok {
		return path.Err
	}
	return err
}

// Record prints, or writes an event.
// The order of what comes here is that of the program; a sink keeps it.
func (out *runOutput) Record(r render.Record) {
	if out.mute.Load() {
		return
	}
	if r.Action.Kind == "Event" {
		out.event(&r)
		return
	}
	out.telemetry.record(&r)
	if out.pageRecords != nil {
		out.pageRecords.add(&r)
	}
	if text := out.printers.Print(&r); len(text) > 0 {
		_, _ = out.stream(r.Action.Stream).Write(text)
	}
}

// stream is where an action prints: where the run does, if it does not say.
func (out *runOutput) stream(name string) *sink {
	if name == "" {
		return out.printed
	}
	if out.standard[name] == nil {
		w := out.stderr
		if name == "stdout" {
			w = out.stdout
		}
		out.standard[name] = newSink(keepOpen{w})
	}
	return out.standard[name]
}

// giveUp prints no more; any goroutine may call it.
func (out *runOutput) giveUp() {
	out.mute.Store(true)
	out.printed.giveUp()
	if out.events != nil {
		out.events.giveUp()
	}
}

// eventLine is one line of --events.
type eventLine struct {
	Kind       render.Kind `json:"kind"`
	Module     string      `json:"module"`   // as hunter has it
	Filename   string      `json:"filename"` // as the code object has it
	Line       int         `json:"lineno"`   // from 1
	Function   string      `json:"function"` // the code's name, without its class
	Depth      int         `json:"depth"`    // hunter's; -1 where nobody asked for it
	Calls      int64       `json:"calls"`    // hunter's; -1 where nobody asked for them
	ThreadName string      `json:"threadname"`
	PID        int         `json:"pid"`            // of the process that made the event, which may be a child
	Task       string      `json:"task,omitempty"` // or greenlet
}

// event writes a record as a line of --events.
func (out *runOutput) event(r *render.Record) {
	if out.events == nil {
		return
	}
	out.buf.Reset()
	e := json.NewEncoder(&out.buf)
	e.SetEscapeHTML(false)
	if e.Encode(eventLine{r.Kind, r.Module, r.Filename, r.Line, r.Function, r.Depth, r.Calls, r.Thread, r.PID, r.Task}) == nil {
		_, _ = out.events.Write(out.buf.Bytes())
	}
}

// Output is only called where the bridge captures.
// It is the program's own output, and goes where that would have gone.
func (out *runOutput) Output(category string, text []byte) {
	if category == "stderr" {
		_, _ = os.Stderr.Write(text)
		return
	}
	_, _ = os.Stdout.Write(text)
}

// Settle waits until everything is where the person sees it: the program waits for
// that where it prints to the same place.
func (out *runOutput) Settle() {
	out.printed.settle()
	for _, s := range out.standard {
		s.settle()
	}
}

// Status tells what a person would otherwise wait for in vain.
// What a query's evaluation raises is told once, when it is first heard of.
func (out *runOutput) Status(s tracepoint.Status) {
	if s.Message != "" && (s.State == tracepoint.Disarmed || s.State == tracepoint.Failed) {
		out.Notice(fmt.Sprintf("query %d: %s", s.ID, s.Message))
	}
	if s.Raised() && !out.raised[s.ID] {
		if out.raised == nil {
			out.raised = map[int]bool{}
		}
		out.raised[s.ID] = true
		out.Notice(fmt.Sprintf("query %d: %s", s.ID, s.Message))
	}
}

// nothing tells of queries that were true of no code, or failed: at the end,
// when nothing can match any more.
// Without a word a person would take silence for "it never happened".
func (out *runOutput) nothing(all []tracepoint.Status) {
	for _, s := range all {
		if text := s.Summary(); text != "" {
			out.Notice(fmt.Sprintf("query %d: %s", s.ID, text))
		} else if s.State == tracepoint.Pending && s.Message != "" && !s.Raised() {
			out.Notice(fmt.Sprintf("query %d: %s", s.ID, strings.Replace(s.Message, " so far", "", 1)))
		} else if s.State == tracepoint.Armed && s.Hits == 0 && s.Errors == 0 && s.Unbound == "" && !s.Raised() {
			out.Notice(fmt.Sprintf("query %d: it was asked in code that it is about, and was true of no event", s.ID))
		}
	}
}

// Stopped is never called: nobody is there to look.
func (out *runOutput) Stopped(engine.Stop) {}

// Continued is never called, as nothing stops.
func (out *runOutput) Continued(engine.Resumed) {}

// Thread, Started and Tally need nothing here.
func (out *runOutput) Thread(int, string, bool) {}

// Started needs nothing here.
func (out *runOutput) Started(int) {}

// Tally needs nothing here: the last Snapshot is asked for at the end.
func (out *runOutput) Tally(*tally.Snapshot) {}

// Notice is a sentence among what printers print, so that its place tells when.
func (out *runOutput) Notice(text string) {
	fmt.Fprintln(readable(out.printed), "tallyho:", text)
}

// Ended needs nothing here: run waits for the Session.
func (out *runOutput) Ended(engine.Exit) {}

// finish writes what comes at the end.
// What was printed is written first, so that the annotated source stands below it.
func (out *runOutput) finish(w *world, o *runOptions, snapshot *tally.Snapshot) error {
	if err := out.close(w); err != nil {
		return err
	}
	if out.tally != nil {
		if err := writeTally(out.tally, snapshot); err != nil {
			return fmt.Errorf("%s cannot be written: %w", o.tally, cause(err))
		}
	}
	if o.annotate {
		return annotate(w.stdout, snapshot)
	}
	return nil
}

// writeTally replaces what is there only once the whole of it is written.
func writeTally(to io.Writer, snapshot *tally.Snapshot) error {
	if err := tally.WriteJSON(to, snapshot); err != nil {
		return err
	}
	return placed(to)
}

// placed puts a file that has been written whole where its name says.
func placed(to io.Writer) error {
	f, ok := to.(*results.File)
	if !ok {
		return nil
	}
	return errors.Join(f.Place(), f.Close())
}

// close writes out what lies in the sinks.
// It may be called twice: by finish, whose error counts, and when run leaves early.
func (out *runOutput) close(w *world) error {
	if out.closed {
		return nil
	}
	out.closed = true
	err := out.printed.Close()
	for _, s := range out.standard {
		err = errors.Join(err, s.Close())
	}
	if out.events != nil {
		err = errors.Join(err, out.events.Close())
	}
	if err != nil {
		return fmt.Errorf("output could not be written: %w", err)
	}
	return nil
}
