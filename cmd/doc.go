// Package cmd is the command line: one file for each subcommand, and the only
// place that knows both edges, dap and lsp.
//
// # Where to begin
//
// root.go: Main makes the command, runs it and turns its error into an exit code. Each
// subcommand is made by newNAME, which holds its flags and help, and done by the method
// NAME of world, which has the streams and is what a test calls:
//
//   - run.go, with runflags.go, runargs.go, runconfig.go, runqueries.go: from a command
//     line to an engine.Config. record.go adds a recording, pyproject.go what a project says;
//   - runoutput.go, sink.go, page.go, reportrun.go, otlp.go: where answers go while the program
//     runs, and when it has ended;
//   - replay.go, export.go, invariants.go, diff.go, diffpage.go: what recordings are asked;
//   - report.go, keptrun.go, append.go, sessions.go: runs that are kept;
//   - query.go, doctor.go, version.go: what needs no program;
//   - dap.go, lsp.go, mcp.go, listen.go: the servers, on standard streams or on an address;
//   - hub.go, agent.go, trace.go, traceview.go, table.go, pipes.go: a fleet;
//   - mistakes.go: what a person got wrong, and what they may have meant.
//
// # What every command keeps to
//
// Exit codes are those of the help of tallyho itself: 0, 1 where something failed, 2 for a
// mistake on the command line, 126 and 127 as shells have them; run and record end with the
// program's own. docs/cli.md is made from the flags' own texts, and a test compares it.
//
// Stdout is for what was asked for, and with --json for programs alone; everything else goes
// to stderr. What comes from a program or a file is made printable first: no control character
// reaches a terminal, and nothing but ASCII one that has no more.
//
// A file that is to be written is looked at before anything is started, and written over
// nothing but another result (internal/results). Ctrl-C once ends a command in good order, and a
// second time what it is still busy with.
package cmd
