package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// phase is how far a connection has come.
type phase int

const (
	fresh       phase = iota // nothing but initialize is taken
	initialized              // a launch may come
	launching                // the engine is starting the program
	waiting                  // the program waits for configurationDone
	running
	ended
)

// adapter is the state of one connection. Its goroutine (run) owns every field
// below inbox; others hand it work through post.
type adapter struct {
	opts    Options
	ctx     context.Context
	out     *wire.Writer        // any goroutine may send
	driver  *driver             // calls the engine
	console *console.Console    // takes records and output, from any goroutine
	inbox   *wire.Queue[func()] // what run has to do
	left    chan struct{}       // closed when run returns
	plain   atomic.Bool         // noDebug: nothing may be armed
	asides  sync.WaitGroup      // calls that may take long; Serve waits for them

	phase      phase              // how far the run has come
	client     client             // what initialize said of the other side
	settings   *config.Settings   // nil before a launch
	session    Session            // nil before the program is there
	pid        int                // of the program, as the client was told
	program    engine.ProgramInfo // what its interpreter said of itself
	progress   progress
	started    time.Time          // when the program was there
	abort      context.CancelFunc // ends a launch under way
	configured bool               // configurationDone has come
	stopping   int                // how often the client asked the program to end
	ledger     ledger             // all that was asked for
	following  following
	retraced   json.RawMessage // the list "trace" that was set since the launch
	threads    threadList
	asks       asks
	stops      stops
	links      links           // how the client names files; the engine goroutine asks it too
	restart    *restarting     // the run that follows this one
	arguments  json.RawMessage // of the launch
	exit       *engine.Exit
	past       *past         // a recording that was opened instead of a program
	leaving    *wire.Message // the disconnect that is owed an answer
	closed     bool          // the client is gone or has been told goodbye
	detached   bool          // the program is to run on without us
	forced     bool          // the program would not end in time
}

// newAdapter is a connection on which nothing has been said yet; run begins it.
func newAdapter(ctx context.Context, out *wire.Writer, opts Options) *adapter {
	return &adapter{
		opts:    opts,
		ctx:     ctx,
		out:     out,
		driver:  newDriver(opts.start(), attachEngine),
		console: console.New(out),
		inbox:   wire.NewQueue[func()](),
		left:    make(chan struct{}),
		asks:    asks{},
	}
}

// post has f run by the adapter goroutine; it never waits.
func (a *adapter) post(f func()) { a.inbox.Push(f) }

// run handles requests and posted work until the connection is over.
func (a *adapter) run(ctx context.Context, incoming <-chan wire.Message, broken <-chan error) error {
	defer close(a.left)
	var err error
	gone := a.out.Unread()
	for !a.finished() {
		select {
		case m := <-incoming:
			a.receive(&m)
		case <-a.inbox.Ready:
			work, _ := a.inbox.Take()
			for _, f := range work {
				f()
			}
		case err = <-broken:
			broken, gone = nil, nil
			a.lost(err)
		case <-gone: // what we write is read by nobody
			broken, gone = nil, nil
			a.lost(nil)
		case <-ctx.Done():
			a.lost(nil)
			ctx, gone = context.Background(), nil
		}
	}
	return err
}

// finished reports whether nothing is left to be done for the client.
func (a *adapter) finished() bool {
	over := a.phase < launching || a.phase == ended
	return a.closed && (over || a.forced)
}

// receive takes one message of the client.
// What cannot be read at all has a Fault; answered where its sender waits, logged where not.
func (a *adapter) receive(m *wire.Message) {
	a.out.Received(m)
	switch {
	case m.Response != nil:
		if !a.out.Answered(m.Response) {
			a.opts.logf("tallyho dap: a response to no request (request_seq %d)", m.Response.GetResponse().RequestSeq)
		}
	case m.Fault != nil && m.Answers != 0:
		a.out.Answered(&dap.ErrorResponse{Response: dap.Response{RequestSeq: m.Answers, Message: m.Fault.Error()}})
	case m.Fault != nil && m.Answerable:
		a.fail(m, errBadRequest, m.Fault)
	case m.Fault != nil:
		a.opts.logf("tallyho dap: skipped %v", m.Fault)
	default:
		a.handle(m)
	}
}

// handle routes a request. A handler that panics has its request answered and
// the connection goes on.
func (a *adapter) handle(m *wire.Message) {
	defer func() {
		if what := recover(); what != nil {
			a.fail(m, errInternal, fmt.Errorf("internal error in Tallyho: %v", what))
			a.opts.bug(fmt.Sprintf("dap %s: %v", m.Command, what), debug.Stack())
		}
	}()
	route, ok := routes[m.Command]
	switch {
	case a.past != nil && a.leaving == nil && m.Command != "disconnect":
		a.past.handle(m)
	case !ok:
		a.fail(m, errUnsupported, fmt.Errorf("%s is not supported", m.Command))
	case a.phase == fresh && m.Command != "initialize" && m.Command != "disconnect":
		a.fail(m, errOrder, fmt.Errorf("%s before initialize", m.Command))
	case a.leaving != nil:
		a.fail(m, errOrder, errors.New("the client has disconnected"))
	default:
		route(a, m)
	}
}

// routes are the requests that are served. Every handler answers its request
// exactly once, itself or through work it starts.
var routes map[string]func(*adapter, *wire.Message)

func init() { // some handlers hand on to others
	routes = map[string]func(*adapter, *wire.Message){
		"initialize":              (*adapter).onInitialize,
		"launch":                  (*adapter).onLaunch,
		"attach":                  (*adapter).onAttach,
		"configurationDone":       (*adapter).onConfigurationDone,
		"setBreakpoints":          (*adapter).onSetBreakpoints,
		"setFunctionBreakpoints":  (*adapter).onSetFunctionBreakpoints,
		"setExceptionBreakpoints": (*adapter).onSetExceptionBreakpoints,
		"threads":                 (*adapter).onThreads,
		"evaluate":                (*adapter).onEvaluate,
		"setDataBreakpoints":      (*adapter).onSetDataBreakpoints,
		"dataBreakpointInfo":      (*adapter).onDataBreakpointInfo,
		"breakpointLocations":     (*adapter).onBreakpointLocations,
		"stackTrace":              (*adapter).onStackTrace,
		"scopes":                  (*adapter).onScopes,
		"variables":               (*adapter).onVariables,
		"setVariable":             (*adapter).onSetVariable,
		"setExpression":           (*adapter).onSetExpression,
		"exceptionInfo":           (*adapter).onExceptionInfo,
		"continue":                (*adapter).onContinue,
		"next":                    (*adapter).onNext,
		"stepIn":                  (*adapter).onStepIn,
		"stepOut":                 (*adapter).onStepOut,
		"pause":                   (*adapter).onPause,
		"goto":                    (*adapter).onGoto,
		"stepInTargets":           (*adapter).onStepInTargets,
		"gotoTargets":             (*adapter).onGotoTargets,
		"modules":                 (*adapter).onModules,
		"loadedSources":           (*adapter).onLoadedSources,
		"source":                  (*adapter).onSource,
		"locations":               (*adapter).onLocations,
		"cancel":                  (*adapter).onCancel,
		"restart":                 (*adapter).onRestart,
		"completions":             (*adapter).onCompletions,
		"terminate":               (*adapter).onTerminate,
		"disconnect":              (*adapter).onDisconnect,
		"stepBack":                (*adapter).onEnterPast,
		"reverseContinue":         (*adapter).onEnterPast,
		wire.GoRequest:            (*adapter).onEnterPast,
		wire.HistoryRequest:       (*adapter).onHistory,
		wire.DumpRequest:          (*adapter).onDump,
		wire.FollowRequest:        (*adapter).onFollow,
		wire.SetRequest:           (*adapter).onSetTracepoints,
		wire.RemoveRequest:        (*adapter).onRemoveTracepoints,
	}
}

// reply answers a request that went well.
func (a *adapter) reply(m *wire.Message, r dap.ResponseMessage) {
	a.fill(m, r)
	a.out.Send(r)
}

// fill makes a response that of a request; the writer numbers it.
func (a *adapter) fill(m *wire.Message, r dap.ResponseMessage) {
	head := r.GetResponse()
	head.RequestSeq, head.Command, head.Success = m.Seq, m.Command, true
}

// errorID numbers the kinds of error response.
type errorID int

// The kinds of error. Those from errLaunch on are shown to the user.
const (
	errBadRequest errorID = 1000 + iota
	errUnsupported
	errOrder
	errInternal
	errNotStopped
	errProgram
	errCancelled
	errConsole
	errLaunch
)

// fail answers a request that went wrong.
func (a *adapter) fail(m *wire.Message, id errorID, err error) { a.out.Send(errorResponse(m, id, err)) }

// errorResponse has the text twice: message is what older clients show, format what newer ones do.
func errorResponse(m *wire.Message, id errorID, err error) *dap.ErrorResponse {
	text := err.Error()
	return &dap.ErrorResponse{
		Response: dap.Response{RequestSeq: m.Seq, Command: m.Command, Message: text},
		Body:     dap.ErrorResponseBody{Error: &dap.ErrorMessage{Id: int(id), Format: text, ShowUser: id >= errLaunch}},
	}
}
