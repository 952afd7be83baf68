// Package remote has one process of a fleet asked what a debugger asks, over a
// fleet.Talk: a Desk, beside the process, answers what a Caller, beside the person, asks
// of it, and tells what happens there.
//
// Its place: fleet/local has Desks, fleet/session has Callers. Both are of one release, or
// of two that are alike; what the other end says is bounded, and is checked by whoever
// reads it.
//
// # Where to begin
//
// message.go has what is said: asks one way, answers and events the other, each a JSON
// object. answers.go is the table of all questions that there are; desk.go reads them,
// answers each on a goroutine of its own, and passes events on as the Observer of the
// process; caller.go numbers questions and finds the answers to them.
//
// # What it keeps to
//
// No question changes the program, and where the host's policy allows no values none is
// seen: not in an answer, not in a record, not in why it stopped. A file is read for a
// Caller only if code of it was shown. What the Caller asks for beside the fleet's queries
// costs no more than the fleet's budget, unless it stops.
package remote
