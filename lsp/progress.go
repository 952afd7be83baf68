package lsp

import (
	"context"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
)

// progressPause is the shortest time between two reports about one run.
const progressPause = time.Second

// progressOf is how a run is shown in an editor without an extension of ours: as work
// in progress that ends with the run.
type progressOf struct {
	text    string       // the newest line about the run
	over    bool         // the run has ended
	step    progressStep // how far the client is with it
	told    string       // the line that it was told last
	toldAt  time.Time
	refused bool // the client wants none for this run
}

// progressStep is how far a client is with a run's progress: the token is created by a
// request, and only then may be reported on (LSP 3.17, "Server Initiated Progress").
type progressStep int

const (
	progressNew     progressStep = iota
	progressAsked                // the token is being created
	progressCreated              // the client knows the token
	progressBegun
)

// progress takes note of the runs; those that ended before they were ever shown are
// not.
func (a *announcer) progress(runs []RunInfo) {
	a.update(func() {
		if a.working == nil {
			a.working = map[string]*progressOf{}
		}
		known := map[string]bool{}
		for _, run := range runs {
			known[run.Session] = true
			p := a.working[run.Session]
			if p == nil && run.State != tally.Ended {
				p = &progressOf{}
				a.working[run.Session] = p
			}
			if p != nil {
				p.text, p.over = run.Text, run.State == tally.Ended
			}
		}
		for id, p := range a.working {
			p.over = p.over || !known[id]
		}
	})
}

// progressDue advances every run's progress by at most one message, and says after
// which time to look again. The caller holds the lock.
// One message at a time, for each has to be known to have arrived before the next makes sense: a token
// is created, then begun, then reported on.
func (a *announcer) progressDue(ctx context.Context, now time.Time) (send []*protocol.ProgressParams, wait time.Duration) {
	for id, p := range a.working {
		token := protocol.String("tallyho/" + id)
		switch {
		case p.refused || p.step == progressNew && p.over:
			if p.over {
				delete(a.working, id)
			}
		case p.step == progressNew:
			p.step = progressAsked
			go a.createProgress(ctx, p, token)
		case p.step == progressCreated:
			p.step, p.told, p.toldAt = progressBegun, p.text, now
			send = append(send, progressParams(token, &protocol.WorkDoneProgressBegin{Kind: "begin", Title: "Tallyho", Message: ptr(p.text)}))
		case p.step == progressBegun && p.over:
			delete(a.working, id)
			send = append(send, progressParams(token, &protocol.WorkDoneProgressEnd{Kind: "end", Message: ptr(p.text)}))
		case p.step == progressBegun && p.text != p.told:
			if left := p.toldAt.Add(progressPause).Sub(now); left > 0 {
				wait = soonest(wait, left)
				continue
			}
			p.told, p.toldAt = p.text, now
			send = append(send, progressParams(token, &protocol.WorkDoneProgressReport{Kind: "report", Message: ptr(p.text)}))
		}
	}
	return send, wait
}

// createProgress asks the client to know a token. One that refuses is not asked for that run again.
func (a *announcer) createProgress(ctx context.Context, p *progressOf, token protocol.String) {
	c, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err := a.conn.Call(c, protocol.MethodWindowWorkDoneProgressCreate, &protocol.WorkDoneProgressCreateParams{Token: token}, nil)
	a.update(func() {
		if p.refused = err != nil; err == nil {
			p.step = progressCreated
		}
	})
}

// progressParams are those of one $/progress.
func progressParams(token protocol.String, value any) *protocol.ProgressParams {
	raw, _ := protocol.Marshal(value)
	return &protocol.ProgressParams{Token: token, Value: raw}
}

// soonest is the shorter of two waits, of which zero is none.
func soonest(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
