package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/fleet/bus"
	"github.com/tallyho-dev/tallyho/internal/results"
)

// traceOptions are the flags of trace.
type traceOptions struct {
	where   fleetAddress  // --fleet, --token-file, --nats and --creds
	agents  []string      // --agent, lines for the shell
	chosen  string        // --select, as it was written
	queries []string      // -q
	files   []string      // -f
	config  string        // --config
	span    time.Duration // --for; 0: until it is interrupted
	events  string        // --events
	otlp    string        // --otlp
	asJSON  bool          // --json
	budget  fleet.Budget  // --records; of the rest the fleet's defaults hold
}

const traceHelp = `Ask one question of all programs of a fleet, and print what comes back.

Each process that is selected answers: what its records show is printed as it comes, and a table says how
often the query was true there. It ends after --for, or with Ctrl-C; then everything is taken away again.
Counts are exact, also where records are not: a process makes no more of them than its budget allows, and
those that are missing are counted as dropped.`

// newTrace is `tallyho trace`, a question to a fleet.
// It changes other people's processes for as long as it lasts: each that is selected has
// the queries armed, and gives them back at the end, or when nobody has renewed them
// (fleet). Here it writes the file of --events alone.
func newTrace(w *world) *cobra.Command {
	var o traceOptions
	c := &cobra.Command{
		Use:   "trace --fleet URL -q QUERY… [flags]\n  tallyho trace --agent COMMAND… -q QUERY… [flags]",
		Short: "Ask a question of all programs of a fleet",
		Long:  traceHelp,
		Example: "  tallyho trace --fleet nats://127.0.0.1:4222 --token-file hub.token --select service=shop -q \"function='price'\" --for 60s\n" +
			"  tallyho trace --agent 'ssh db1 tallyho agent --stdio' -q \"function='price'\"",
		DisableFlagsInUseLine: true,
		Args:                  noArgs,
		RunE:                  func(c *cobra.Command, _ []string) error { return w.trace(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.where.url, "fleet", "", "where the hub is, as nats://127.0.0.1:4222 or tls://host:4222")
	f.StringVar(&o.where.tokenFile, "token-file", "", "the file of the hub's token, of credentials, or of an nkey's seed")
	f.StringVar(&o.where.nats, "nats", "", "the address of a NATS server of your own, instead of --fleet")
	f.StringVar(&o.where.creds, "creds", "", "the file of credentials for it")
	f.StringArrayVar(&o.agents, "agent", nil, `a command that runs an agent with --stdio somewhere, instead of a hub; repeatable`)
	f.StringVar(&o.chosen, "select", "", "which programs, as service=shop,version=1.2*,host!=db1 (default: all)")
	f.StringArrayVarP(&o.queries, "query", "q", nil, "a query; repeatable")
	f.StringArrayVarP(&o.files, "file", "f", nil, "a file of queries, one on a line; indented lines go on, # begins a comment")
	f.StringVar(&o.config, "config", "", "defaults for queries, as PYTHONHUNTERCONFIG would hold them")
	f.DurationVar(&o.span, "for", 0, "how long, as 60s (default: until Ctrl-C)")
	f.StringVar(&o.events, "events", "", "write the records to this file as JSON Lines")
	f.StringVar(&o.otlp, "otlp", "", otlpHelp)
	f.BoolVar(&o.asJSON, "json", false, "print nothing but one line of JSON at the end: instances, hits, records, dropped")
	f.IntVar(&o.budget.Records, "records", fleet.DefaultBudget.Records, "records of a query that a process may make in a second")
	return c
}

// totals is the last line with --json.
type totals struct {
	Instances int    `json:"instances"` // processes that answered
	Hits      uint64 `json:"hits"`      // events for which a query was true
	Records   uint64 `json:"records"`   // that were made of them
	Dropped   uint64 `json:"dropped"`   // that were not, or were lost on the way
}

// check refuses values that no flag may have, before anybody is asked anything.
func (o *traceOptions) check() error {
	if err := o.where.settle("fleet"); err != nil {
		return err
	}
	switch {
	case (o.where.url == "") == (len(o.agents) == 0):
		return usageError("trace needs --fleet URL, or --agent COMMAND; one of them")
	case len(o.queries)+len(o.files) == 0:
		return usageError("trace needs a query (-q)")
	case o.span < 0:
		return usageError("--for is %v; it has to be more than 0", o.span)
	case o.budget.Records < 1:
		return usageError("--records is %d; it has to be at least 1", o.budget.Records)
	}
	if _, err := fleet.ParseSelector(o.chosen); err != nil {
		return usageError("--select: %v", err)
	}
	return nil
}

// trace asks, shows what comes until the time is over, and takes the question back.
func (w *world) trace(ctx context.Context, o *traceOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	specs, err := w.specs(&runOptions{queries: o.queries, files: o.files, config: o.config})
	if err != nil {
		return err
	}
	compiled, err := w.careful(specs)
	if err != nil {
		return err
	}
	// A file that cannot be written is found before the fleet is asked.
	events, err := openEvents(o.events)
	if err != nil {
		return err
	}
	defer events.discard()
	ctx, stop := interrupted(ctx)
	defer stop()
	v := &traceView{w: w, o: o, compiled: compiled, events: events, printers: render.NewPrinters(false),
		board: newTable(w.stderr, o.asJSON)}
	if v.telemetry, err = newFleetTelemetry(ctx, o.otlp, compiled, v.say); err != nil {
		return usageError("--otlp: %v", err)
	}
	conn, leave, err := w.reachFleet(ctx, o, v)
	if err != nil {
		return err
	}
	defer leave()
	asker, err := fleet.NewAsker(fleet.AskerOptions{Bus: conn, By: fleet.WhoAsks(), Select: o.chosen, Budget: o.budget, Record: v.record})
	if err != nil {
		return err
	}
	// A hub that was lost may come back at any time, on another goroutine: again asks for it.
	v.asker.Store(asker)
	if err := events.begin(); err != nil {
		asker.Release()
		return err
	}
	queries := make([]fleet.Query, len(specs))
	for i, spec := range specs {
		queries[i] = fleet.Query{ID: i + 1, Spec: spec}
	}
	asker.Want(queries)
	v.watch(ctx, o.span)
	asker.Release()
	return v.finish()
}

// careful compiles queries as a fleet asks them: none may run the program's code.
// Agents refuse them too (fleet.Policy); here the person is shown the place, and nobody has been asked.
func (w *world) careful(specs []tracepoint.Spec) ([]*tracepoint.Compiled, error) {
	var all []*tracepoint.Compiled
	for _, spec := range specs {
		c, problems := tracepoint.Compile(spec, tracepoint.Options{Careful: true})
		if problems.HasErrors() {
			fmt.Fprint(readable(w.stderr), diag.Render("query", spec.Query, problems))
			return nil, &codeError{code: exitUsage}
		}
		all = append(all, c)
	}
	return all, nil
}

// reachFleet connects to the hub, or makes one for the agents that commands lead to.
// Such a hub listens nowhere: agents are joined to it by their standard streams.
func (w *world) reachFleet(ctx context.Context, o *traceOptions, v *traceView) (fleet.Bus, func(), error) {
	options := bus.Options{URL: o.where.url, KeyFile: o.where.tokenFile, Name: "tallyho trace", Say: v.say, Again: v.again}
	if len(o.agents) == 0 {
		conn, err := dialSoon(ctx, options)
		if err != nil {
			return nil, nil, err
		}
		return conn, conn.Close, nil
	}
	h, err := bus.Serve(bus.HubOptions{Say: v.say})
	if err != nil {
		return nil, nil, err
	}
	conn, err := h.Ask(ctx, options)
	if err != nil {
		h.Close()
		return nil, nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx)) // they have a last word, after Ctrl-C
	done := w.pipes(running, h, o.agents)
	return conn, func() { cancel(); conn.Close(); h.Close(); done() }, nil
}

// soon is how long a hub may take to be there, which may have been started just now.
const soon = 3 * time.Second

// dialSoon connects to a hub, and waits a little for one that has only just been started. Ctrl-C
// meanwhile ends without a sentence.
func dialSoon(ctx context.Context, o bus.Options) (*bus.Conn, error) {
	for began := time.Now(); ; {
		conn, err := bus.Dial(ctx, o)
		if err == nil || !bus.IsAbsent(err) || time.Since(began) > soon {
			return conn, err
		}
		select {
		case <-time.After(soon / 15):
		case <-ctx.Done():
			return nil, &codeError{code: 1}
		}
	}
}

// eventsFile is where the records go as JSON Lines; nil: nowhere.
type eventsFile struct {
	name string    // as it was given, for sentences
	to   io.Writer // the file, which begin puts in its place
	sink *sink     // writes it, on a goroutine of its own
}

// openEvents checks that the file of --events can be written, and leaves what is there as it is.
func openEvents(name string) (*eventsFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := results.Check(name, 0o666)
	if err != nil {
		var system syscall.Errno
		if errors.As(err, &system) {
			return nil, fmt.Errorf("--events: %w", err)
		}
		return nil, usageError("--events: %v", err)
	}
	return &eventsFile{name: name, to: f, sink: newSink(f)}, nil
}

// begin takes the place of what was there, once it is sure that there is something to write.
func (e *eventsFile) begin() error {
	if e == nil {
		return nil
	}
	if f, ok := e.to.(*results.File); ok {
		if err := f.Place(); err != nil {
			return fmt.Errorf("%s cannot be written: %w", e.name, cause(err))
		}
	}
	return nil
}

// discard leaves what was there, unless begin was called.
func (e *eventsFile) discard() {
	if e != nil {
		_ = e.to.(*results.File).Close()
	}
}

// close waits until all is written, and says what writing it failed with.
func (e *eventsFile) close() error {
	if e == nil {
		return nil
	}
	if err := e.sink.Close(); err != nil {
		return fmt.Errorf("%s could not be written: %w", e.name, cause(err))
	}
	return nil
}

// fleetLine is one line of --events of a fleet: that of a run, and whose it is.
type fleetLine struct {
	eventLine
	Instance string       `json:"instance"`           // the process, as the fleet names it
	Service  string       `json:"service"`            // of its fleet.Identity
	Host     string       `json:"host"`               // of its fleet.Identity
	Query    int          `json:"query"`              // from 1, in the order of the command line
	Seq      uint64       `json:"seq"`                // of the query in that process; a gap is what was dropped
	At       time.Time    `json:"at"`                 // by the clock of the agent's host
	Trace    string       `json:"trace_id,omitempty"` // of OpenTelemetry's context, where there was one
	Span     string       `json:"span_id,omitempty"`
	Values   []fleetValue `json:"values"` // never null
}

// fleetValue is a value as the process rendered it.
type fleetValue struct {
	Name string `json:"name"` // the expression's text
	Text string `json:"text"` // what the record shows of it
}

// write hands a line to the sink, which writes on a goroutine of its own: a slow disk must not
// hold up what a fleet sends.
func (e *eventsFile) write(id fleet.Identity, r fleet.Record) {
	if e == nil {
		return
	}
	line := fleetLine{eventLine{r.Kind, r.Module, r.Filename, r.Line, r.Function, r.Depth, r.Calls, r.Thread, r.PID, r.Task},
		id.ID, id.Service, id.Host, r.Query, r.Seq, r.At, r.Trace, r.Span, []fleetValue{}}
	for _, v := range r.Values {
		line.Values = append(line.Values, fleetValue{v.Name, v.Text})
	}
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(line) == nil {
		_, _ = e.sink.Write(buf.Bytes())
	}
}
