package lsp

import (
	"cmp"
	"context"
	"maps"
	"time"

	"go.lsp.dev/uri"

	"github.com/tallyho-dev/tallyho/internal/globs"
)

// world is all that an answer depends on. It is immutable: what changes it puts a
// new one in its place, and a request answers from the one that was current when
// it was read from the wire.
type world struct {
	docs     map[uri.URI]*document // that are open
	runs     *runs                 // that are known, and which is shown where
	settings *Settings             // replaced whole
	progress bool                  // the client shows work in progress, and so that a program runs
	excluded globs.Set             // by the setting exclude
	read     bool                  // the runs that were kept are among runs
	preview  *preview              // nil unless a query is being written
	fleets   fleets                // by Session: what their processes said
}

// with returns a world in which d has taken the place of its older version.
func (w *world) with(d *document) *world {
	next := *w
	next.docs = maps.Clone(w.docs)
	next.docs[d.uri] = d
	return &next
}

// without is a world in which a document is not open.
func (w *world) without(u uri.URI) *world {
	next := *w
	next.docs = maps.Clone(w.docs)
	delete(next.docs, u)
	return &next
}

// excludes reports whether a document is never to be annotated.
func (w *world) excludes(d *document) bool { return w.excluded.Has(cmp.Or(d.path, d.notebook)) }

// worldKey is the key in a request's context of the world that it answers from.
type worldKey struct{}

// worldOf is the world a request answers from.
func (s *server) worldOf(ctx context.Context) *world {
	if w, ok := ctx.Value(worldKey{}).(*world); ok {
		return w
	}
	return s.world.Load()
}

// readingTime bounds how long a request waits for the runs that were kept.
const readingTime = 3 * time.Second

// haveRuns says that the runs that were kept are in the world.
func (s *server) haveRuns() {
	s.readOnce.Do(func() {
		s.change(func(w *world) *world {
			next := *w
			next.read = true
			return &next
		})
		close(s.runsRead)
	})
}

// settledWorld is worldOf, with the runs that were kept: a client that cannot be told to
// ask again shows what the first answer said. Documents are those of the request.
func (s *server) settledWorld(ctx context.Context) *world {
	w := s.worldOf(ctx)
	if w.read {
		return w
	}
	select {
	case <-s.runsRead:
	case <-ctx.Done():
		return w
	case <-time.After(s.reading):
	}
	next := *w
	next.runs = s.world.Load().runs
	return &next
}

// change replaces the world with what f makes of it. f runs under the lock and must
// not block.
func (s *server) change(f func(*world) *world) {
	s.worldMu.Lock()
	defer s.worldMu.Unlock()
	s.world.Store(f(s.world.Load()))
}
