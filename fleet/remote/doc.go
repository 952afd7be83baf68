// Package remote has one process of a fleet asked what a debugger asks, over a
// fleet.Talk: a Desk, beside the process, answers what a Caller, beside the person, asks
// of it, and tells what happens there.
//
// Its place: fleet/local has Desks, fleet/session has Callers. Both are of one release, or
// of two that are alike; what the other end says is bounded, and is checked by whoever
// reads it.
package remote
