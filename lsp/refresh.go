package lsp

import (
	"time"

	"go.lsp.dev/uri"
)

const (
	// typingPause is how long nothing is refreshed after a change: the client asks by
	// itself then, and hints that change width under the cursor disturb.
	typingPause = 800 * time.Millisecond
	// interest is how long after it was asked for a document counts as looked at.
	interest = time.Minute
	// lensPause is how long a client that has fetched lenses is left to draw them, and
	// lensPatience how long one that was asked is left to fetch them.
	lensPause, lensPatience = 2 * time.Second, 10 * time.Second
)

// refresher decides when the client is asked to fetch hints again: one request in
// flight, at least every apart, only for documents somebody looks at, not while
// the person types; at once when a run pauses or ends. It has no clock of its own.
type refresher struct {
	every    time.Duration         // the shortest time between two refreshes
	inFlight bool                  // a request has not been answered yet
	sent     time.Time             // the last refresh
	typed    time.Time             // the last change of a document
	dirty    bool                  // an answer given before is no longer the newest
	urgent   bool                  // a run has paused or ended
	asked    map[uri.URI]time.Time // when hints of each document were fetched last
}

// ask notes that the client has fetched hints of a document.
func (r *refresher) ask(u uri.URI, now time.Time) {
	if r.asked == nil {
		r.asked = map[uri.URI]time.Time{}
	}
	r.asked[u] = now
}

// forget drops a document that was closed.
func (r *refresher) forget(u uri.URI) { delete(r.asked, u) }

// changed notes that the answer for a document would now be another one.
func (r *refresher) changed(u uri.URI, urgent bool, now time.Time) {
	at, ok := r.asked[u]
	if !ok {
		return
	}
	// A client that fetched after the last refresh follows the run, however long
	// the program was silent in between.
	if urgent || now.Sub(at) <= interest || !at.Before(r.sent) {
		r.dirty = true
		r.urgent = r.urgent || urgent
	}
}

// due says whether a refresh is to be sent now and, if not, after which time to
// ask again; zero when only a call of another method can make one due.
func (r *refresher) due(now time.Time) (send bool, wait time.Duration) {
	if !r.dirty || r.inFlight {
		return false, 0
	}
	if !r.urgent {
		wait = max(r.sent.Add(r.every).Sub(now), r.typed.Add(typingPause).Sub(now))
		if wait > 0 {
			return false, wait
		}
	}
	r.dirty, r.urgent, r.inFlight, r.sent = false, false, true, now
	return true, 0
}

// answered ends the refresh in flight.
func (r *refresher) answered() { r.inFlight = false }

// lensRefresher decides when the client is asked to fetch lenses again. They follow the
// hints, but more slowly: VS Code waits before it fetches and once more before it draws,
// each time the longer the slower it was before, and begins either wait anew with each
// request. Asked as often as for hints it would draw none while a program runs, and show
// the counts of its beginning.
type lensRefresher struct {
	dirty     bool // an answer given before is no longer the newest
	urgent    bool // a run paused or ended, or the person asked for something
	inFlight  bool
	unfetched bool      // asked for since the client last fetched
	last      time.Time // the last refresh or fetch
}

// changed notes that the client has lenses that are not the newest.
func (l *lensRefresher) changed(urgent bool) {
	l.dirty = true
	l.urgent = l.urgent || urgent
}

// fetched notes that the client fetches lenses.
func (l *lensRefresher) fetched(now time.Time) { l.unfetched, l.last = false, now }

// due is as a refresher's.
func (l *lensRefresher) due(now time.Time) (send bool, wait time.Duration) {
	if !l.dirty || l.inFlight {
		return false, 0
	}
	pause := lensPause
	if l.unfetched {
		pause = lensPatience
	}
	if wait = l.last.Add(pause).Sub(now); wait > 0 && !l.urgent {
		return false, wait
	}
	l.dirty, l.urgent, l.inFlight, l.unfetched, l.last = false, false, true, true, now
	return true, 0
}
