package dap

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// Options are what cmd decides for the adapter. The zero value works.
type Options struct {
	// Log receives complaints about the connection itself, one to a line;
	// nil discards them.
	Log io.Writer
	// Bug is told of a panic in a request's handler, which has been answered
	// with an error, or in the engine. nil ignores it.
	Bug func(p any, stack []byte)
	// Keeper is the tallyho binary, which terminals of the client are given to
	// run the program with; "" has them run it themselves.
	Keeper string
	// Start starts a program; nil is engine.Start. Tests set it.
	Start func(context.Context, engine.Config, engine.Observer) (Session, error)
}

// start, bug and logf stand in for what was not given.
func (o Options) start() startFunc {
	if o.Start != nil {
		return o.Start
	}
	return startEngine
}

// bug tells of a panic that a barrier has caught.
func (o Options) bug(p any, stack []byte) {
	if o.Bug != nil {
		o.Bug(p, stack)
	}
}

// logf writes a line for whoever looks into the adapter, and nobody else.
func (o Options) logf(format string, args ...any) {
	if o.Log != nil {
		_, _ = fmt.Fprintf(o.Log, format+"\n", args...)
	}
}

// drainTime is how long a client that has gone silent may keep what is left
// from being written, and a program from being seen to end.
const drainTime = 2 * time.Second

// Serve speaks DAP on a connection until the client disconnects or the
// connection ends, and returns once the program it started has ended (unless
// the client asked to leave it running). The error says what was wrong with
// the connection; an orderly end is nil. If rw is an io.Closer it is closed.
func Serve(ctx context.Context, rw io.ReadWriter, opts Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := wire.NewWriter(rw)
	a := newAdapter(ctx, out, opts)
	go out.Run()

	var working sync.WaitGroup
	working.Go(a.driver.run)
	working.Go(a.console.Run)
	incoming := make(chan wire.Message)
	broken := make(chan error, 1)
	go func() { broken <- wire.Read(rw, incoming, a.left) }()

	err := a.run(ctx, incoming, broken)
	a.finish()
	if c, ok := rw.(io.Closer); ok {
		_ = c.Close()
	}
	a.waitShortly(&working)
	return err
}

// finish lets the last messages out; a client that reads no more cannot hold it
// up for long.
func (a *adapter) finish() {
	patience := time.AfterFunc(drainTime, a.out.Abandon)
	defer patience.Stop()
	a.driver.jobs.Close()
	a.console.Sync()
	a.console.Close()
	written := make(chan struct{})
	go func() { a.out.Finish(); close(written) }()
	select {
	case <-written:
	case <-a.out.Unread():
	}
}

// waitShortly waits for the goroutines that may be inside the engine.
func (a *adapter) waitShortly(working *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { working.Wait(); a.asides.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(drainTime):
		a.opts.logf("tallyho dap: the engine did not return in %s", drainTime)
	}
}
