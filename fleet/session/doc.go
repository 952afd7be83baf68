// Package session has the processes of a fleet look like one program that is attached
// to: what is asked is asked of all of them, each is a thread, and hits are their sum.
// Nothing stops: a breakpoint counts.
//
// Its place: dap asks it in place of an engine.Session, by the same methods.
package session
