package engine

import (
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Observer is told what happens in a Session. All calls come from one
// goroutine, in order; a slow Observer makes a launched program wait once its
// trace memory is full. No call comes after Ended.
type Observer interface {
	// Record is one action of one Tracepoint at one event.
	Record(render.Record)
	// Output is what the program wrote; category is "stdout" or "stderr".
	// Only with Config.Capture.
	Output(category string, text []byte)
	// Status reports a Tracepoint that changed, coalesced to a few per second.
	Status(tracepoint.Status)
	// Thread reports a thread that was first seen or has ended.
	Thread(id int, name string, started bool)
	// Stopped reports a thread that waits to be looked at; only with
	// Config.Stops.
	Stopped(Stop)
	// Continued reports a stopped thread that runs on unasked.
	Continued(Resumed)
	// Started reports the program's process id, before its first line runs.
	Started(pid int)
	// Tally reports a new Snapshot, at most twice a second while running.
	Tally(*tally.Snapshot)
	// Notice is one sentence from Tallyho itself for the person.
	Notice(text string)
	// Ended is last: everything else has been delivered.
	Ended(Exit)
}

// LoadObserver is an Observer that hears as well what the program's own process
// loads; only with Config.Stops.
type LoadObserver interface {
	Observer
	// Loaded comes a few times a second at most, with a bounded part of what is
	// new; the rest follows.
	Loaded(Loaded)
}

// Exit is how the program ended.
type Exit struct {
	Code   int    // as a shell reports it: 128+n when killed by signal n
	Signal string // name of the signal that killed it, if one did
	Error  string // one sentence when the program never ran, or the link was lost
}
