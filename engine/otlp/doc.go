// Package otlp sends what queries found to an OpenTelemetry endpoint: each record as
// a log record, how often a query was true as metrics, and calls as spans.
//
// A process of the program is one resource. A span is made only where a call and a
// return are certain to be of one call: of queries that are true of all calls and
// returns of a function (query.Program.Pairs), and while no record is missing. What
// could not be sent is counted and told at the end: JSON Lines stay the truth.
//
// Its place: cmd gives it records and counts. The exporters are OpenTelemetry's own,
// over HTTP and protobuf, and take their headers, certificates and timeouts from the
// OTEL_EXPORTER_OTLP_* variables.
package otlp
