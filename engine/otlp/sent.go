package otlp

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
)

// The exporters below are shared by all processes: what one of these shuts down is
// still needed, so that they end with Exporter.Close alone. They count what arrived.

type sentLogs struct {
	log.Exporter
	e    *Exporter
	sent atomic.Uint64
}

func (s *sentLogs) Export(ctx context.Context, records []log.Record) error {
	err := s.Exporter.Export(ctx, records)
	if err == nil {
		s.sent.Add(uint64(len(records)))
	}
	return err
}

func (s *sentLogs) Shutdown(context.Context) error { return nil }

type sentSpans struct {
	trace.SpanExporter
	e    *Exporter
	sent atomic.Uint64
}

func (s *sentSpans) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	err := s.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		s.sent.Add(uint64(len(spans)))
	}
	return err
}

func (s *sentSpans) Shutdown(context.Context) error { return nil }

type sentMetrics struct {
	metric.Exporter
	e       *Exporter
	failing atomic.Bool // the last ones did not arrive
}

func (s *sentMetrics) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	err := s.Exporter.Export(ctx, m)
	s.failing.Store(err != nil)
	return err
}

func (s *sentMetrics) Shutdown(context.Context) error { return nil }
