package dap

import (
	"context"
	"errors"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
)

// asking is a request that waits for the program's answer.
type asking struct {
	cancel    context.CancelFunc
	cancelled bool // the client has given it up
}

// asks are the requests that wait for the program. The adapter goroutine owns
// them.
type asks map[*wire.Message]*asking

var (
	// Why a question to the program is not answered: there is none, or the client has
	// cancelled it or let go of it.
	errNoProgram = errors.New("no program is running")
	errGivenUp   = errors.New("cancelled")
)

// look answers a request by what work finds out, off the adapter goroutine:
// the program may take its time, and the client may cancel.
func (a *adapter) look(m *wire.Message, work func(context.Context, Session) (dap.ResponseMessage, error)) {
	a.ask(m, work, func(answer dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errProgram, err)
			return
		}
		a.reply(m, answer)
	})
}

// failed answers what the program could not, or the client gave up.
func (a *adapter) failed(m *wire.Message, id errorID, err error) { a.out.Send(a.failure(m, id, err)) }

// failure is the error response; what the client gave up itself has the id of that.
func (a *adapter) failure(m *wire.Message, id errorID, err error) *dap.ErrorResponse {
	if errors.Is(err, errGivenUp) {
		id = errCancelled
	}
	return errorResponse(m, id, err)
}

// ask is look whose outcome goes to done, on the adapter goroutine; it reports
// whether there is a program to ask. Without one the request is answered.
func (a *adapter) ask(m *wire.Message, work func(context.Context, Session) (dap.ResponseMessage, error),
	done func(dap.ResponseMessage, error)) bool {
	if a.session == nil || a.phase != running && a.phase != waiting {
		a.fail(m, errNotStopped, errNoProgram)
		return false
	}
	session := a.session
	ctx, cancel := context.WithCancel(a.ctx)
	this := &asking{cancel: cancel}
	a.asks[m] = this
	a.asides.Go(func() {
		answer, err := work(ctx, session)
		a.post(func() {
			cancel()
			if a.asks[m] != this {
				return // answered when the connection ended
			}
			delete(a.asks, m)
			if this.cancelled && err != nil {
				err = errGivenUp
			}
			done(answer, err)
		})
	})
	return true
}

// onCancel gives up a request that waits for the program. One that is answered
// already is none: there is nothing to do.
func (a *adapter) onCancel(m *wire.Message) {
	args := m.Request.(*dap.CancelRequest).Arguments
	if args.ProgressId != "" && args.ProgressId == a.progress.id() {
		a.abort()
	}
	for other, asking := range a.asks {
		if args.ProgressId == "" && other.Seq == args.RequestId {
			asking.cancelled = true
			asking.cancel()
		}
	}
	a.reply(m, &dap.CancelResponse{})
}

// dropAsks answers what the program will not answer any more.
func (a *adapter) dropAsks() {
	for m, asking := range a.asks {
		asking.cancel()
		delete(a.asks, m)
		a.fail(m, errNotStopped, errNoProgram)
	}
}
