package cmd

import (
	"context"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/otlp"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/fleet"
)

const otlpHelp = "send records, counts and calls to this OpenTelemetry endpoint, as http://localhost:4318 (OTLP over HTTP)"

// runTelemetry sends what a run records to an OpenTelemetry endpoint; nil: nowhere.
//
// Goroutines: one that says how the queries stand, until close.
type runTelemetry struct {
	exporter *otlp.Exporter         // sends from goroutines of its own
	programs map[int]*query.Program // by Tracepoint
	source   otlp.Source            // of the program itself; children have another PID
	done     chan struct{}          // closed by close, which ends the goroutine
	ended    chan struct{}          // closed by the goroutine
}

// newRunTelemetry is the telemetry of a run, nil without an endpoint; all its methods take nil.
// An endpoint that cannot be one is an error here; of one that does not answer a sentence
// tells (say).
func newRunTelemetry(ctx context.Context, endpoint string, t target, say func(string)) (*runTelemetry, error) {
	if endpoint == "" {
		return nil, nil
	}
	e, err := otlp.New(ctx, otlp.Options{Endpoint: endpoint, Version: version(), Wait: true, Environment: true, Say: say})
	if err != nil {
		return nil, err
	}
	name := t.module
	if t.program != "" {
		name = filepath.Base(t.program)
	}
	return &runTelemetry{exporter: e, source: otlp.Source{Program: name}, done: make(chan struct{}), ended: make(chan struct{})}, nil
}

// begin is told what is asked of the program, before it runs.
func (t *runTelemetry) begin(s *engine.Session, specs []tracepoint.Spec, config string) {
	if t == nil {
		return
	}
	options, _ := tracepoint.NewOptions(config)
	t.programs = map[int]*query.Program{}
	for i, st := range s.Statuses() {
		if i >= len(specs) {
			break
		}
		if c, problems := tracepoint.Compile(specs[i], options); !problems.HasErrors() {
			t.programs[st.ID] = c.Program
		}
	}
	p := s.Program()
	t.source.PID, t.source.Python = p.PID, p.Python
	go func() {
		defer close(t.ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				t.count(s.Statuses(), false)
			case <-t.done:
				return
			}
		}
	}()
}

// of is the process with that id; children are known by theirs alone.
func (t *runTelemetry) of(pid int) *otlp.Process {
	source := t.source
	source.PID, source.ID = pid, strconv.Itoa(pid)
	return t.exporter.Process(source)
}

// record sends one record, with the process that made it as its source.
func (t *runTelemetry) record(r *render.Record) {
	if t == nil {
		return
	}
	program := t.programs[r.Tracepoint]
	if p := t.of(r.PID); p != nil && program != nil {
		p.Record(program, r, time.Now())
	}
}

// count says how the queries stand; the counts are of all processes together.
// With last the exporter takes the numbers for final, and what is missing then for lost.
func (t *runTelemetry) count(all []tracepoint.Status, last bool) {
	for _, st := range all {
		if program := t.programs[st.ID]; program != nil {
			if p := t.of(t.source.PID); p != nil {
				p.Count(program.Text, otlp.Counts{Hits: st.Hits, Errors: st.Errors, Dropped: st.Dropped})
			}
			t.exporter.Confirm(program.Text, st.Dropped, time.Now(), last)
		}
	}
}

// close says the last counts, sends what waits and tells what was lost.
func (t *runTelemetry) close(all []tracepoint.Status, say func(string)) {
	if t == nil {
		return
	}
	close(t.done)
	<-t.ended
	t.count(all, true)
	if err := t.exporter.Close(); err != nil {
		say("--otlp: " + err.Error())
	}
}

// fleetTelemetry sends what a fleet records; nil: nowhere. The goroutine of the records
// and that of the table call it.
type fleetTelemetry struct {
	exporter *otlp.Exporter
	compiled []*tracepoint.Compiled // by the query's number less one
	latest   map[fleetQuery]uint64  // the last record's number
}

// fleetQuery is a query in one process: record numbers are counted there.
type fleetQuery struct {
	process string // Identity.ID
	query   int    // from 1
}

// newFleetTelemetry is the telemetry of a fleet, nil without an endpoint.
func newFleetTelemetry(ctx context.Context, endpoint string, compiled []*tracepoint.Compiled, say func(string)) (*fleetTelemetry, error) {
	if endpoint == "" {
		return nil, nil
	}
	e, err := otlp.New(ctx, otlp.Options{Endpoint: endpoint, Version: version(), Say: say})
	if err != nil {
		return nil, err
	}
	return &fleetTelemetry{exporter: e, compiled: compiled, latest: map[fleetQuery]uint64{}}, nil
}

// of is a process of the fleet, nil where the exporter has as many as it takes.
func (t *fleetTelemetry) of(id fleet.Identity) *otlp.Process {
	return t.exporter.Process(otlp.Source{ID: id.ID, Service: id.Service, Version: id.Version, Host: id.Host, Container: id.Container, Pod: id.Pod,
		Program: id.Program, Python: id.Python, PID: id.PID, Labels: id.Labels})
}

// record sends one record. Identity is known by then, for a report comes before.
func (t *fleetTelemetry) record(id fleet.Identity, number uint64, r *render.Record, at time.Time) {
	if t == nil {
		return
	}
	p, program := t.of(id), t.compiled[r.Tracepoint-1].Program
	if p == nil {
		return
	}
	key := fleetQuery{id.ID, r.Tracepoint}
	// A gap: records in between were dropped on the way.
	if number != t.latest[key]+1 {
		p.Missing(program.Text)
	}
	t.latest[key] = number
	p.Record(program, r, at)
}

// count says how the queries stand in each process.
// Numbers that were not asked for are passed over, as those of records are.
func (t *fleetTelemetry) count(all []fleet.ProgramState, last bool) {
	if t == nil {
		return
	}
	for _, state := range all {
		p := t.of(state.Identity)
		if p == nil {
			continue
		}
		for _, q := range state.Queries {
			if q.ID < 1 || q.ID > len(t.compiled) {
				continue
			}
			text := t.compiled[q.ID-1].Program.Text
			p.Count(text, otlp.Counts{Hits: q.Hits, Errors: q.Errors, Records: q.Records, Dropped: q.Dropped})
			p.Confirm(text, q.Dropped-q.Lost, time.Now(), last)
		}
	}
}

// close sends what waits and tells what was lost.
func (t *fleetTelemetry) close(all []fleet.ProgramState, say func(string)) {
	if t == nil {
		return
	}
	t.count(all, true)
	if err := t.exporter.Close(); err != nil {
		say("--otlp: " + err.Error())
	}
}
