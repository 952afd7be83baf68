package lsp

import (
	"context"
	"slices"
	"sync"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/uri"
)

// MethodRunState is our own notification: what the runs of the workspace are doing.
const MethodRunState = "tallyho/runState"

// folderSet is the workspace's folders; news is told when they change.
type folderSet struct {
	mu   sync.Mutex // guards all
	all  []string
	news chan struct{}
}

func newFolderSet() *folderSet { return &folderSet{news: make(chan struct{}, 1)} }

func (f *folderSet) change(with func([]string) []string) {
	f.mu.Lock()
	f.all = with(slices.Clone(f.all))
	f.mu.Unlock()
	poke(f.news)
}

func (f *folderSet) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all
}

func (s *server) watch(ctx context.Context) { <-ctx.Done() }

// setRuns puts new Snapshots into the world and has the client fetch what changed.
// Only the watcher calls it.
func (s *server) setRuns(all []*tally.Snapshot, real func(string) string) {
	s.changeRuns(func(old *runs) *runs { return newRuns(all, old.chosen, real) })
}

// changeRuns replaces the runs and says which open documents look different now.
func (s *server) changeRuns(f func(*runs) *runs) {
	var before, after *world
	s.change(func(w *world) *world {
		next := *w
		next.runs = f(w.runs)
		before, after = w, &next
		return &next
	})
	var changed []uri.URI
	urgent := false
	for u, d := range after.docs {
		was, had := before.runs.of(d)
		is, has := after.runs.of(d)
		switch {
		case !had && !has:
			continue
		case had != has || was.run.Session != is.run.Session || was.run.State != is.run.State:
			// Somebody waits for this: a run began, paused or ended.
			urgent = true
		case was.file.Revision == is.file.Revision && was.file.SHA256 == is.file.SHA256:
			continue
		}
		changed = append(changed, u)
	}
	s.announce.changed(changed, urgent)
	poke(s.review)
}

func (s *server) documentChanged(*document) { poke(s.review) }

func (s *server) documentClosed(u uri.URI) {
	s.announce.closed(u)
	s.views.forget(u)
	poke(s.review)
}

// everythingChanged is for changes that no document stands for: settings.
func (s *server) everythingChanged() {
	var all []uri.URI
	for u := range s.world.Load().docs {
		all = append(all, u)
	}
	s.announce.changed(all, true)
	poke(s.review)
}

// poke tells a goroutine that there is news; news that it has not seen yet are one.
func poke(news chan struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}
