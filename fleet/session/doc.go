// Package session has the processes of a fleet look like one program that is attached
// to: what is asked is asked of all of them, each is a thread, and hits are their sum.
// Nothing stops: a breakpoint counts.
//
// Its place: dap asks it in place of an engine.Session, by the same methods.
//
// # Where to begin
//
// session.go: a Session asks all, and its run goroutine owns everything. code.go finds
// which text of a file the processes run, and where the person's line is in it (versions.go
// asks git). debugger.go refuses what would need a stop. advertise.go lets editors show the
// counts.
//
// single.go: a Single is one process that can be stopped; it asks over a fleet.Talk
// (fleet/remote, singleasks.go), and places.go translates lines and files both ways.
//
// # What it keeps to
//
// A breakpoint is never put on a line of other code than the person sees: where the text
// that runs is not the person's and cannot be found, the process says so, and nothing is
// asked. No process is ended from here.
package session
