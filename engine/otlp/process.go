package otlp

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	otellog "go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// Source says which process is meant; what is not known is "". ID is unique.
type Source struct {
	ID, Service, Version, Host, Container, Pod, Program, Python string
	PID                                                         int
	Labels                                                      map[string]string
}

// resource is a Source in OpenTelemetry's words (semantic conventions 1.30: service,
// host, container, k8s, process).
func (s Source) resource(environment bool) *resource.Resource {
	if s.Host == "" {
		s.Host = hostname()
	}
	all := []attribute.KeyValue{attribute.String("service.name", serviceOf(s)), attribute.Int("process.pid", s.PID)}
	for key, value := range map[string]string{"service.version": s.Version, "service.instance.id": s.ID, "host.name": s.Host, "container.id": s.Container,
		"k8s.pod.name": s.Pod, "process.executable.name": s.Program, "process.runtime.version": s.Python} {
		if value != "" {
			all = append(all, attribute.String(key, value))
		}
	}
	if s.Python != "" {
		all = append(all, attribute.String("process.runtime.name", "cpython"))
	}
	for key, value := range s.Labels {
		all = append(all, attribute.String(key, value))
	}
	own := resource.NewSchemaless(all...)
	if environment {
		if said := resource.Environment(); said.Len() > 0 {
			if both, err := resource.Merge(own, resource.NewSchemaless(said.Attributes()...)); err == nil {
				return both
			}
		}
	}
	return own
}

// Process is what is sent of one process of the program.
type Process struct {
	e        *Exporter
	logs     *log.LoggerProvider
	traces   *sdktrace.TracerProvider
	meters   *sdkmetric.MeterProvider
	logger   otellog.Logger
	printers *render.Printers // guarded by mu, as all below

	mu     sync.Mutex
	counts map[string]Counts // by query
	calls  *calls
	began  time.Time // the wall clock's time where the records' is 0
	last   time.Time // of the latest record
	seen   uint64    // records
}

// Counts are how one query stands in a process. They only grow.
type Counts struct{ Hits, Errors, Records, Dropped uint64 }

const scope = "tallyho"

func newProcess(e *Exporter, s Source) *Process {
	of := s.resource(e.o.Environment)
	p := &Process{e: e, printers: render.NewPrinters(false), counts: map[string]Counts{}}
	p.logs = log.NewLoggerProvider(log.WithResource(of), log.WithProcessor(log.NewBatchProcessor(e.logs, log.WithMaxQueueSize(queued),
		log.WithExportInterval(pause), log.WithExportTimeout(2*sendTime))))
	batch := []sdktrace.BatchSpanProcessorOption{sdktrace.WithMaxQueueSize(queued), sdktrace.WithBatchTimeout(pause), sdktrace.WithExportTimeout(2 * sendTime)}
	if e.o.Wait {
		batch = append(batch, sdktrace.WithBlocking())
	}
	p.traces = sdktrace.NewTracerProvider(sdktrace.WithResource(of), sdktrace.WithBatcher(e.spans, batch...))
	p.meters = sdkmetric.NewMeterProvider(sdkmetric.WithResource(of), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(e.metrics,
		sdkmetric.WithInterval(10*pause), sdkmetric.WithTimeout(2*sendTime))))
	p.logger = p.logs.Logger(scope, otellog.WithInstrumentationVersion(e.o.Version))
	p.calls = newCalls(p.traces.Tracer(scope))
	e.failed(p.observe(p.meters.Meter(scope, metric.WithInstrumentationVersion(e.o.Version))))
	return p
}

// observe makes the instruments, which ask for the counts when they are to be sent.
func (p *Process) observe(m metric.Meter) error {
	var failures error
	for name, what := range map[string]struct {
		help string
		of   func(Counts) uint64
	}{
		"tallyho.hits":    {"how often the query was true", func(c Counts) uint64 { return c.Hits }},
		"tallyho.errors":  {"how often asking the query failed", func(c Counts) uint64 { return c.Errors }},
		"tallyho.records": {"records that were made of the query", func(c Counts) uint64 { return c.Records }},
		"tallyho.dropped": {"records that were not made, or lost", func(c Counts) uint64 { return c.Dropped }},
	} {
		_, err := m.Int64ObservableCounter(name, metric.WithDescription(what.help), metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			for text, c := range p.counts {
				o.Observe(int64(what.of(c)), metric.WithAttributes(attribute.String("tallyho.query", text)))
			}
			return nil
		}))
		failures = errors.Join(failures, err)
	}
	return failures
}

// Count says how a query stands. Of two calls the later one holds.
func (p *Process) Count(text string, c Counts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[text] = c
}

// Confirm says how many records of a query were dropped, as was known at some moment
// shortly before now; last: nothing more happens. Calls that have ended long enough
// before are spans then, if none was dropped since they began.
func (p *Process) Confirm(text string, dropped uint64, now time.Time, last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls.confirm(text, dropped, now, last)
}

// Missing says that records of a query did not come: calls that are under way, or have
// ended and are not confirmed, are no spans.
func (p *Process) Missing(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls.forget(text)
}

// mostOff is how long a record may have been on its way.
const mostOff = 10 * time.Second

// Record sends a record of a query, and, where it ends a call, that as a span.
// Program is the query's, at the clock's time when the record came.
func (p *Process) Record(program *query.Program, r *render.Record, at time.Time) {
	if r.Action == nil || r.Action.Kind == "Event" {
		return
	}
	p.mu.Lock()
	if off := at.Sub(p.began.Add(time.Duration(r.Time))); off > mostOff || off < -mostOff {
		p.began = at.Add(-time.Duration(r.Time)) // the bridge has just come, or has come anew
		p.calls.forget(program.Text)
	}
	p.last = p.began.Add(time.Duration(r.Time))
	ctx := p.calls.context(program, r, p.last, at)
	record := p.logRecord(program, r, p.last, at)
	p.seen++
	full := p.e.o.Wait && p.seen%(queued/2) == 0
	p.mu.Unlock()
	p.logger.Emit(ctx, record)
	if full {
		ctx, cancel := context.WithTimeout(context.Background(), 2*sendTime)
		defer cancel()
		p.e.failed(p.logs.ForceFlush(ctx))
	}
}

// logRecord is a record as a log record; p.mu is held.
func (p *Process) logRecord(program *query.Program, r *render.Record, happened, came time.Time) otellog.Record {
	var out otellog.Record
	out.SetTimestamp(happened)
	out.SetObservedTimestamp(came)
	out.SetSeverity(otellog.SeverityInfo)
	out.SetSeverityText("INFO")
	out.SetEventName("tallyho." + string(r.Kind))
	out.SetBody(attribute.StringValue(strings.TrimSpace(string(p.printers.Print(r)))))
	out.AddAttributes(place(r)...)
	out.AddAttributes(attribute.String("tallyho.query", program.Text), attribute.String("tallyho.kind", string(r.Kind)), attribute.Int64("tallyho.seq", int64(r.Seq)))
	for i, v := range r.Values {
		if v.Status != render.Skipped && v.Status != render.Missing {
			out.AddAttributes(attribute.String("tallyho.value."+nameOf(r, i, v), v.Text))
		}
	}
	return out
}

// nameOf is what a value is called among the attributes.
func nameOf(r *render.Record, i int, v render.Value) string {
	switch {
	case v.Name != "":
		return strings.TrimLeft(v.Name, "*")
	case i == 0 && r.Kind != render.Line:
		return string(r.Kind) // what was returned, or raised
	}
	return "value"
}

// place says where a record is from.
func place(r *render.Record) []attribute.KeyValue {
	function := r.Qualname
	if function == "" {
		function = r.Function
	}
	if r.Module != "" {
		function = r.Module + "." + function
	}
	path := r.Path
	if path == "" {
		path = r.Filename
	}
	where := []attribute.KeyValue{attribute.String("code.function.name", function), attribute.String("code.file.path", path),
		attribute.Int("code.line.number", r.Line), attribute.Int("thread.id", r.ThreadID), attribute.String("thread.name", r.Thread)}
	if r.Task != "" {
		where = append(where, attribute.String("tallyho.task", r.Task))
	}
	return where
}

// given is what was to be sent.
func (p *Process) given() (records, spans uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen, p.calls.ended
}

func (p *Process) close(ctx context.Context) error {
	return errors.Join(p.logs.Shutdown(ctx), p.traces.Shutdown(ctx), p.meters.Shutdown(ctx))
}
