// Package dap is the debug adapter: it speaks the Debug Adapter Protocol to an
// editor on one side and drives an engine.Session on the other. google/go-dap's
// types go no further than this folder; cmd is its only caller.
//
// Here are the requests and the state of a connection. How messages are sent is
// dap/wire, what a launch may ask dap/config, what the debug console shows
// dap/console.
//
// Goroutines of one connection, all started by Serve and gone when it returns:
//
//	reader   takes frames off the connection, hands requests to the adapter (wire.Read)
//	adapter  owns the state of the connection; runs every handler, never blocks
//	driver   makes the calls into the engine, one after another, in order
//	console  turns records and program output into batched output events (console.Run)
//	writer   the only one that writes; numbers the messages (wire.Writer)
//
// The invariant: what the adapter goroutine does takes no time, so a disconnect
// is heard while a program starts, and nothing the client sends can stop the
// engine from delivering.
package dap
