package otlp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
)

// Options is what an Exporter needs.
type Options struct {
	Endpoint string // the base URL of the collector, as http://localhost:4318
	Version  string // of Tallyho
	// Wait: Record waits for the endpoint before anything would be lost. Without it
	// nobody waits, and what the endpoint is too slow for is lost and counted.
	Wait bool
	// Environment: the resource has what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
	// say here, for the program was started in this environment.
	Environment bool
	// Say is told a sentence for the person when something could not be sent for the
	// first time; any goroutine may call it.
	Say func(string)
}

// How long the endpoint may take.
const (
	sendTime  = 5 * time.Second
	closeTime = 10 * time.Second
	retryTime = 5 * time.Second // of one message that the endpoint asks to have again
	pause     = time.Second     // between two messages
	queued    = 16_384          // records, and spans, that wait for it
)

// Exporter sends to one endpoint. Its methods may be called from any goroutine.
//
// Goroutines: those of the exporters of OpenTelemetry, until Close.
type Exporter struct {
	o       Options
	logs    *sentLogs
	spans   *sentSpans
	metrics *sentMetrics

	mu        sync.Mutex // guards what follows
	processes map[string]*Process
	trouble   error // the last one
}

// CheckEndpoint returns what is wrong with an endpoint, as a sentence.
func CheckEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is no endpoint; it is written http://localhost:4318, and speaks OTLP over HTTP", endpoint)
	}
	return nil
}

// New prepares to send; it does not look whether somebody is there.
func New(ctx context.Context, o Options) (*Exporter, error) {
	if err := CheckEndpoint(o.Endpoint); err != nil {
		return nil, err
	}
	base, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, err
	}
	e := &Exporter{o: o, processes: map[string]*Process{}}
	at := func(signal string) string { return base.JoinPath("v1", signal).String() }
	logs, err1 := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(at("logs")), otlploghttp.WithTimeout(sendTime), otlploghttp.WithRetry(otlploghttp.RetryConfig{
		Enabled: true, InitialInterval: retryTime / 10, MaxInterval: retryTime / 2, MaxElapsedTime: retryTime}))
	spans, err2 := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(at("traces")), otlptracehttp.WithTimeout(sendTime), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
		Enabled: true, InitialInterval: retryTime / 10, MaxInterval: retryTime / 2, MaxElapsedTime: retryTime}))
	metrics, err3 := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(at("metrics")), otlpmetrichttp.WithTimeout(sendTime), otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{
		Enabled: true, InitialInterval: retryTime / 10, MaxInterval: retryTime / 2, MaxElapsedTime: retryTime}))
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("prepare to send to %s: %w", o.Endpoint, err)
	}
	e.logs, e.spans, e.metrics = &sentLogs{Exporter: logs, e: e}, &sentSpans{SpanExporter: spans, e: e}, &sentMetrics{Exporter: metrics, e: e}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(e.failed)) // of this whole process; else they go to stderr
	return e, nil
}

// failed notes why something could not be sent.
func (e *Exporter) failed(err error) {
	if err == nil {
		return
	}
	e.mu.Lock()
	first := e.trouble == nil
	e.trouble = err
	e.mu.Unlock()
	if first && e.o.Say != nil {
		e.o.Say(fmt.Sprintf("sending to %s failed: %v; it is tried again with what comes", e.o.Endpoint, err))
	}
}

// mostProcesses is how many one Exporter takes; each has queues of its own.
const mostProcesses = 1000

// Process returns the Process of that Source, whose first one is kept; nil where there
// are too many.
func (e *Exporter) Process(s Source) *Process {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.processes[s.ID]; p != nil {
		return p
	}
	if len(e.processes) >= mostProcesses {
		if e.trouble == nil {
			e.trouble = fmt.Errorf("there are more than %d processes", mostProcesses)
		}
		return nil
	}
	p := newProcess(e, s)
	e.processes[s.ID] = p
	return p
}

// Confirm is Process.Confirm for every Process: of counts that are of all together.
func (e *Exporter) Confirm(text string, dropped uint64, now time.Time, last bool) {
	e.mu.Lock()
	all := slices.Collect(maps.Values(e.processes))
	e.mu.Unlock()
	for _, p := range all {
		p.Confirm(text, dropped, now, last)
	}
}

// Close sends what waits, and returns an error that says what was lost, if anything
// was. Every Process is of no more use then.
func (e *Exporter) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	e.mu.Lock()
	all := slices.Collect(maps.Values(e.processes))
	e.mu.Unlock()
	var ended sync.WaitGroup
	for _, p := range all {
		ended.Go(func() { e.failed(p.close(ctx)) })
	}
	ended.Wait()
	e.failed(errors.Join(e.logs.Exporter.Shutdown(ctx), e.spans.SpanExporter.Shutdown(ctx), e.metrics.Exporter.Shutdown(ctx)))
	return e.lost(all)
}

// lost says what did not arrive.
func (e *Exporter) lost(all []*Process) error {
	var records, spans uint64
	for _, p := range all {
		r, s := p.given()
		records, spans = records+r, spans+s
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	missing := records - min(records, e.logs.sent.Load())
	unsent := spans - min(spans, e.spans.sent.Load())
	if missing == 0 && unsent == 0 && !e.metrics.failing.Load() {
		return nil
	}
	why := ""
	if e.trouble != nil {
		why, _, _ = strings.Cut(": "+e.trouble.Error(), "\n")
	}
	return fmt.Errorf("%d of %d records, and %d of %d spans, could not be sent to %s%s", missing, records, unsent, spans, e.o.Endpoint, why)
}

// serviceOf is what a program is called where nobody says.
func serviceOf(s Source) string {
	switch {
	case s.Service != "":
		return s.Service
	case s.Program != "":
		return s.Program
	}
	return "python"
}

// hostname is this machine's.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
