package lsp

import (
	"context"
	"runtime/debug"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// reviewPause is the shortest time between two reviews: a burst of changes is
// looked at once.
const reviewPause = 100 * time.Millisecond

// calm is how long nothing must have happened before memory is given back to the system:
// reading a run takes several times what is kept of it.
const calm = 5 * time.Second

// reviewer publishes what follows from documents and runs without being asked for:
// problems and the state of runs.
//
// Its goroutine starts with initialized and ends with the connection; it blocks on
// nothing but news.
type reviewer struct {
	s         *server
	published map[uri.URI][]byte // the diagnostics last sent, none for an empty list
	state     []byte             // the run state last sent
	closed    closedFiles
}

// newReviewer has published nothing.
func newReviewer(s *server) *reviewer {
	return &reviewer{s: s, published: map[uri.URI][]byte{}, closed: closedFiles{s: s, disk: map[string]onDisk{}}}
}

// run looks whenever there is news, at most once each reviewPause, at the newest world alone.
func (r *reviewer) run(ctx context.Context) {
	var trim <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-trim:
			debug.FreeOSMemory()
			trim = nil
			continue
		case <-r.s.review:
		}
		r.inspect(r.s.world.Load())
		trim = time.After(calm)
		select {
		case <-ctx.Done():
			return
		case <-time.After(reviewPause):
		}
	}
}

// inspect publishes what differs from what was published, and takes back what is no longer so.
func (r *reviewer) inspect(w *world) {
	now := map[uri.URI][]protocol.Diagnostic{}
	for u, d := range w.docs {
		if list := r.s.diagnose(w, d); len(list) > 0 {
			now[u] = list
		}
	}
	for u, list := range r.closed.problems(w) {
		now[u] = list
	}
	for u := range r.published {
		if _, still := now[u]; !still {
			now[u] = nil
		}
	}
	for u, list := range now {
		r.publish(w.docs[u], u, list)
	}
	r.announceRuns(w)
}

// publish sends a document's diagnostics if they are not those it has.
func (r *reviewer) publish(d *document, u uri.URI, list []protocol.Diagnostic) {
	p := &protocol.PublishDiagnosticsParams{URI: u, Diagnostics: list}
	if list == nil {
		p.Diagnostics = []protocol.Diagnostic{}
	}
	raw, err := protocol.Marshal(p)
	if err != nil || string(raw) == string(r.published[u]) {
		return
	}
	if r.published[u] = raw; len(list) == 0 {
		delete(r.published, u)
	}
	if d != nil {
		p.Version = protocol.NewOptional(d.version)
	}
	r.s.announce.publish(p)
}
