// Package dap is the debug adapter: it speaks the Debug Adapter Protocol to an
// editor on one side and drives an engine.Session on the other. google/go-dap's
// types go no further than this folder; cmd is its only caller.
//
// Here are the requests and the state of a connection. How messages are sent is
// dap/wire, what a launch may ask dap/config, what the debug console shows
// dap/console.
//
// # Where to begin
//
// adapter.go: newAdapter makes the state of a connection, handle routes a request by
// the table routes. A handler is called onRequest and lies with its like:
//
//   - initialize.go, launch.go, attach.go, restart.go, end.go: a run from its
//     capabilities to its last event; phase says how far it has come;
//   - breakpoints.go, exceptions.go, databreakpoints.go, modes.go: what a client
//     asks for, as tracepoint.Specs in the ledger (ledger.go), which knows what became of
//     each; following.go tells an editor's own list of it;
//   - stopped.go, stepping.go, threads.go, stack.go, variables.go, evaluateframe.go,
//     code.go: a program that stands still, asked by look and ask (asks.go);
//   - evaluate.go, completions.go, stats.go: what is typed at the debug console;
//   - past.go and all that begins with past: a recording, opened instead of a program or
//     beside one that has stopped, answers the same requests;
//   - columns.go, mapping.go, renamed.go, links.go: places and paths in the client's terms.
//     Inside, lines count from 1, columns from 0 in characters, and paths are ours.
//
// # Who runs what
//
// Goroutines of one connection, all started by Serve and gone when it returns:
//
//	reader   takes frames off the connection, hands requests to the adapter (wire.Read)
//	adapter  owns the state of the connection; runs every handler, never blocks
//	driver   makes the calls into the engine, one after another, in order
//	console  turns records and program output into batched output events (console.Run)
//	writer   the only one that writes; numbers the messages (wire.Writer)
//
// Besides, each call that may take long has one of its own (asides), whose outcome comes
// back to the adapter by post.
//
// The invariant: what the adapter goroutine does takes no time, so a disconnect
// is heard while a program starts, and nothing the client sends can stop the
// engine from delivering.
//
// # What a client may rely on
//
// Every request is answered exactly once, also when a handler panics, the program ends
// or the client cancels. An answer goes out before the events that follow from it (the
// specification's "Requests", and what VS Code needs); the last output of a program before
// exited, and terminated last. Error ids are those of docs/debugging.md.
package dap
