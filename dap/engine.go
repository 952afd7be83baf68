package dap

import (
	"context"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Session is what the adapter needs of a program that was started;
// *engine.Session is one. Every method may be called from any goroutine.
type Session interface {
	// Go lets the program's first line run.
	Go() error
	// Replace makes specs all that owner asks for and returns what became of
	// them, in their order.
	Replace(owner string, specs []tracepoint.Spec) ([]tracepoint.Status, error)
	// Statuses returns what became of everything that is asked, by id.
	Statuses() []tracepoint.Status
	// Snapshot returns the latest Tallies; nil when nothing is counted.
	Snapshot() *tally.Snapshot
	Debugger
	// Program returns what the program's interpreter said of itself.
	Program() engine.ProgramInfo
	// Terminate asks the program to end, as Ctrl-C does.
	Terminate() error
	// Kill ends the program and its children.
	Kill() error
	// Detach takes every probe away and leaves the program running.
	Detach() error
}

// startFunc starts a program with the bridge inside and returns when it waits
// for Session.Go.
type startFunc func(context.Context, engine.Config, engine.Observer) (Session, error)

// attachFunc joins a program that runs.
type attachFunc func(context.Context, engine.AttachConfig, engine.Observer) (Session, error)

// driver makes the calls into the engine: one goroutine, in the order of the
// requests that need them, so that a later setBreakpoints cannot overtake an
// earlier one.
type driver struct {
	start   startFunc                  // engine.Start, but in tests
	attach  attachFunc                 // engine.Attach, but in tests
	jobs    *wire.Queue[func(*driver)] // in the order of the requests
	session Session                    // nil before the launch; run's own
}

// newDriver has nothing to do yet; run works until its jobs are closed.
func newDriver(start startFunc, attach attachFunc) *driver {
	return &driver{start: start, attach: attach, jobs: wire.NewQueue[func(*driver)]()}
}

// do queues a job; it never waits.
func (d *driver) do(job func(*driver)) { d.jobs.Push(job) }

// run works until jobs is closed.
func (d *driver) run() {
	for range d.jobs.Ready {
		jobs, closed := d.jobs.Take()
		for _, job := range jobs {
			job(d)
		}
		if closed {
			return
		}
	}
}
