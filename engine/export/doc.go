// Package export writes a recording in the formats of other tools: its calls in time as a
// trace for Perfetto and Chrome, as profiles for speedscope and pprof, and what it was seen
// to run as coverage for lcov and Cobertura. docs/recording.md says what each holds.
//
// Used by cmd, and by internal/results to know such a file again. It reads a recording as
// a stream: what it holds of it are names and sums, never the calls themselves.
//
// Times are the recorded run's, with what recording cost it; nothing is made up where a
// recording does not tell. Coverage is of one run and says so ("observed"): it is no
// measurement of a test suite.
//
// # Where to begin
//
// export.go lists the Formats; each has a function that writes it and nothing else of its
// own. walk.go reads the recording once and tells a sink which call began and ended on
// which thread: trace.go and speedscope.go write as they are told, frames.go adds up for
// pprof.go and for speedscope's second half. coverage.go reads no steps at all: it is given
// tallies.
//
// Everything runs on the caller's goroutine, and a long reading asks Options.Cancelled
// every 1024 steps. What was written before an error or a cancellation stays with the
// writer: cmd puts a file in its place only when the whole of it is there.
package export
