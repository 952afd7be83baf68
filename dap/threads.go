package dap

import (
	"context"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// threadList is the program's threads in the order they were first seen.
type threadList []dap.Thread

// How long the program may take to tell its threads: while it runs it may be busy in C;
// where it is stopped only the machine can be.
const (
	threadsPatience = 500 * time.Millisecond
	stoppedPatience = 10 * time.Second
)

// onThreads asks the program, and where it does not answer, tells what was
// heard of it. A client asks as soon as it has configured us, before the program
// runs.
func (a *adapter) onThreads(m *wire.Message) {
	if a.session == nil || a.phase != running {
		a.answerThreads(m, nil)
		return
	}
	var live []engine.ThreadInfo
	patience := threadsPatience
	if len(a.stops.parked) > 0 {
		patience = stoppedPatience
	}
	a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		live = s.Threads(ctx)
		return nil, nil
	}, func(dap.ResponseMessage, error) { a.answerThreads(m, live) })
}

// answerThreads answers those that the program tells; else those that were heard of; else, before
// there are any, the one that every program has: a client without a thread shows no pause button.
func (a *adapter) answerThreads(m *wire.Message, live []engine.ThreadInfo) {
	threads := []dap.Thread{}
	for _, t := range live {
		threads = append(threads, dap.Thread{Id: t.ID, Name: threadName(t)})
	}
	if len(threads) == 0 {
		threads = append(threads, a.threads...)
	}
	if len(threads) == 0 && a.phase != ended {
		threads = append(threads, dap.Thread{Id: 1, Name: "MainThread"})
	}
	a.reply(m, &dap.ThreadsResponse{Body: dap.ThreadsResponseBody{Threads: threads}})
}

// threadName names the asyncio task with the thread that runs it. A task that
// waits is listed as a thread of its own.
func threadName(t engine.ThreadInfo) string {
	if t.Of != 0 {
		return "task " + t.Name + " (suspended)"
	}
	if t.Task == "" {
		return t.Name
	}
	return t.Name + ": " + t.Task
}

// thread takes the engine's report of a thread that came or went.
// A stop of a thread that is gone is over: whoever waited for it is let go.
func (a *adapter) thread(id int, name string, started bool) {
	at := -1
	for i, t := range a.threads {
		if t.Id == id {
			at = i
		}
	}
	reason := "started"
	switch {
	case started && at >= 0:
		return
	case started:
		a.threads = append(a.threads, dap.Thread{Id: id, Name: name})
	case at < 0:
		return
	default:
		reason = "exited"
		a.release(id, engine.Together{})
		a.threads = append(a.threads[:at:at], a.threads[at+1:]...)
	}
	a.out.Send(&dap.ThreadEvent{Event: wire.Event("thread"), Body: dap.ThreadEventBody{Reason: reason, ThreadId: id}})
}
