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
package export
