package lsp

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.lsp.dev/protocol"
)

const (
	// readingAfter is how long a recording may be read before the person is told.
	readingAfter = time.Second
	// readingPause is the time between two looks at how far that has come.
	readingPause = 250 * time.Millisecond
)

// reading is a recording that is read for a person: shown as work in progress where it takes longer
// than a moment, with a button that ends it. It ends with its context.
type reading struct {
	title   string             // for people
	token   protocol.String    // "" where the client shows no progress
	cancel  context.CancelFunc // ends the reading
	percent atomic.Uint32      // of its blocks
}

// progress takes in how many blocks of so many have been read.
func (r *reading) progress(done, of int) { r.percent.Store(uint32(100 * done / max(of, 1))) }

// read shows that a recording is read, until ctx ends; cancel ends that sooner.
func (a *announcer) read(ctx context.Context, title string, cancel context.CancelFunc) *reading {
	r := &reading{title: title, cancel: cancel}
	shows := false
	a.update(func() {
		if shows = a.to.progress; !shows {
			return
		}
		a.reads++
		r.token = protocol.String(fmt.Sprintf("tallyho/reading-%d", a.reads))
		a.readings[r.token] = r
	})
	if shows {
		go a.showReading(ctx, r)
	}
	return r
}

// showReading tells the client of a reading that takes long.
func (a *announcer) showReading(ctx context.Context, r *reading) {
	defer a.update(func() { delete(a.readings, r.token) })
	select {
	case <-ctx.Done():
		return
	case <-time.After(readingAfter):
	}
	c, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if _, err := a.conn.Call(c, protocol.MethodWindowWorkDoneProgressCreate, &protocol.WorkDoneProgressCreateParams{Token: r.token}, nil); err != nil {
		return
	}
	// What was begun is ended, though ctx is over by then.
	rest := context.WithoutCancel(ctx)
	told := r.percent.Load()
	a.notify(rest, protocol.MethodProgress, progressParams(r.token,
		&protocol.WorkDoneProgressBegin{Kind: "begin", Title: r.title, Cancellable: ptr(true), Percentage: ptr(told)}))
	defer a.notify(rest, protocol.MethodProgress, progressParams(r.token, &protocol.WorkDoneProgressEnd{Kind: "end"}))
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(readingPause):
		}
		if now := r.percent.Load(); now != told {
			told = now
			a.notify(rest, protocol.MethodProgress, progressParams(r.token, &protocol.WorkDoneProgressReport{Kind: "report", Percentage: ptr(told)}))
		}
	}
}

// cancelReading ends what a client names by its token.
func (a *announcer) cancelReading(token protocol.ProgressToken) {
	a.update(func() {
		if name, ok := token.(protocol.String); ok && a.readings[name] != nil {
			a.readings[name].cancel()
		}
	})
}

// WorkDoneProgressCancel ends the reading of a recording that a person waits for no longer.
func (s *server) WorkDoneProgressCancel(_ context.Context, p *protocol.WorkDoneProgressCancelParams) error {
	s.announce.cancelReading(p.Token)
	return nil
}
