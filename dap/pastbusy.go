package dap

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
)

// moving is a walk, or a look at much of the recording, that is under way off the adapter goroutine:
// in a long recording it may take its time. What the client asks meanwhile waits.
type moving struct {
	number    int             // of the progress, for its id
	title     string          // for people: what is looked for
	request   *wire.Message   // what is answered at its end; nil: it has been
	cancelled atomic.Bool     // asked by whoever reads
	percent   atomic.Int32    // how much of what may have to be read has been
	shown     bool            // the client shows that it takes long
	told      int32           // the percentage that it was told
	waiting   []*wire.Message // requests, in order
}

// progressID is what the client calls it when it shows or cancels it.
func (m *moving) progressID() string { return fmt.Sprintf("walk-%d", m.number) }

// begin does work off the adapter goroutine, and then done on it.
func (p *past) begin(title string, work func(), done func(*moving)) *moving {
	p.a.progress.number++
	busy := &moving{number: p.a.progress.number, title: title}
	p.busy = busy
	p.walk.Cancelled = busy.cancelled.Load
	p.walk.Progress = func(done, of int) { busy.percent.Store(int32(100 * done / max(of, 1))) }
	timer := time.AfterFunc(slowStart, func() { p.a.post(func() { p.tellSlow(busy) }) })
	p.a.asides.Go(func() {
		work()
		p.a.post(func() {
			timer.Stop()
			if p.a.past != p || p.busy != busy {
				return
			}
			p.busy = nil
			if busy.shown {
				p.a.out.Send(&dap.ProgressEndEvent{Event: wire.Event("progressEnd"), Body: dap.ProgressEndEventBody{ProgressId: busy.progressID()}})
			}
			done(busy)
			for _, m := range busy.waiting {
				p.a.handle(m)
			}
		})
	})
	return busy
}

// read answers a request by what work finds out: then, which is not done where it was given up.
func (p *past) read(m *wire.Message, title string, work, then func()) {
	p.begin(title, work, func(busy *moving) {
		if busy.cancelled.Load() {
			p.a.fail(m, errCancelled, errGivenUp)
			return
		}
		then()
	}).request = m
}

// tellSlow has the client show that a walk takes long, with a button that ends it, and how far it is.
func (p *past) tellSlow(busy *moving) {
	if p.busy != busy || !p.a.client.progress {
		return
	}
	percent := busy.percent.Load()
	switch {
	case !busy.shown:
		body := dap.ProgressStartEventBody{ProgressId: busy.progressID(), Title: busy.title, Cancellable: true, Percentage: int(percent)}
		if busy.request != nil {
			body.RequestId = busy.request.Seq
		}
		p.a.out.Send(&dap.ProgressStartEvent{Event: wire.Event("progressStart"), Body: body})
	case percent != busy.told:
		p.a.out.Send(&dap.ProgressUpdateEvent{Event: wire.Event("progressUpdate"),
			Body: dap.ProgressUpdateEventBody{ProgressId: busy.progressID(), Percentage: int(percent)}})
	}
	busy.shown, busy.told = true, percent
	time.AfterFunc(progressUpdate, func() { p.a.post(func() { p.tellSlow(busy) }) })
}

// progressUpdate is the time between two looks at how far a walk has come.
const progressUpdate = 250 * time.Millisecond

// interrupt ends a walk that is under way: nothing has moved then.
func (p *past) interrupt() {
	if p.busy != nil {
		p.busy.cancelled.Store(true)
	}
}

// onCancel ends what is under way, or gives up a request that waits for that.
func (p *past) onCancel(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.CancelRequest).Arguments
	if p.busy == nil {
		return &dap.CancelResponse{}, nil
	}
	byRequest := args.RequestId != 0 && p.busy.request != nil && p.busy.request.Seq == args.RequestId
	if byRequest || args.ProgressId == p.busy.progressID() {
		p.interrupt()
	}
	return &dap.CancelResponse{}, nil
}
