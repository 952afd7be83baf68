// Package console is the debug console of one connection: what is shown there, and what
// a line means that was typed there.
//
// Records and program output become output events (Console), held back so that an
// editor survives a flood; all of them go to the trace file, the durations of timed
// breakpoints are kept for whoever asks, and ReadTyped tells a command, a query and
// Python apart. Used by dap alone. One goroutine, Run, owns what is shown; what other
// goroutines may call says so. It may block on the writer, and so the engine on it: a
// slow client slows the program's output down, never its records.
package console
