package testkit

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collectlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collecttraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Collector is an OpenTelemetry endpoint (OTLP over HTTP) that keeps what it is sent.
// What it has is read once nothing more is sent.
type Collector struct {
	*httptest.Server

	mu       sync.Mutex // guards what follows
	Logs     []*logs.LogRecord
	Spans    []*traces.Span
	Services []string         // whose log records came
	Counts   map[string]int64 // "tallyho.hits of QUERY", as said last
}

// Collect starts a Collector that ends with the test.
func Collect(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{Counts: map[string]int64{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.take(r); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *Collector) take(r *http.Request) error {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			return err
		}
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r.URL.Path {
	case "/v1/logs":
		var m collectlogs.ExportLogsServiceRequest
		if err := proto.Unmarshal(data, &m); err != nil {
			return err
		}
		for _, of := range m.ResourceLogs {
			c.Services = append(c.Services, Attribute(of.Resource.Attributes, "service.name"))
			for _, s := range of.ScopeLogs {
				c.Logs = append(c.Logs, s.LogRecords...)
			}
		}
	case "/v1/traces":
		var m collecttraces.ExportTraceServiceRequest
		if err := proto.Unmarshal(data, &m); err != nil {
			return err
		}
		for _, of := range m.ResourceSpans {
			for _, s := range of.ScopeSpans {
				c.Spans = append(c.Spans, s.Spans...)
			}
		}
	case "/v1/metrics":
		var m collectmetrics.ExportMetricsServiceRequest
		if err := proto.Unmarshal(data, &m); err != nil {
			return err
		}
		for _, of := range m.ResourceMetrics {
			for _, s := range of.ScopeMetrics {
				for _, one := range s.Metrics {
					for _, p := range one.GetSum().DataPoints {
						c.Counts[one.Name+" of "+Attribute(p.Attributes, "tallyho.query")] = p.GetAsInt()
					}
				}
			}
		}
	default:
		return fmt.Errorf("something came to %s", r.URL.Path)
	}
	return nil
}

// Attribute is one of a record's attributes as text, "" where there is none.
func Attribute(all []*common.KeyValue, key string) string {
	for _, a := range all {
		if a.Key == key {
			switch v := a.Value.Value.(type) {
			case *common.AnyValue_IntValue:
				return fmt.Sprint(v.IntValue)
			default:
				return a.Value.GetStringValue()
			}
		}
	}
	return ""
}
