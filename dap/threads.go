package dap

import "github.com/google/go-dap"

// threadList is the program's threads in the order they were first seen.
type threadList []dap.Thread

func (a *adapter) onThreads(m *message) {
	threads := []dap.Thread(a.threads)
	if len(threads) == 0 && a.phase != ended {
		// A client asks as soon as it has configured us, before the program runs.
		threads = []dap.Thread{{Id: 1, Name: "MainThread"}}
	}
	if threads == nil {
		threads = []dap.Thread{}
	}
	a.reply(m, &dap.ThreadsResponse{Body: dap.ThreadsResponseBody{Threads: threads}})
}

// thread takes the engine's report of a thread that came or went.
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
		a.threads = append(a.threads[:at:at], a.threads[at+1:]...)
	}
	a.out.send(&dap.ThreadEvent{Event: event("thread"), Body: dap.ThreadEventBody{Reason: reason, ThreadId: id}})
}
