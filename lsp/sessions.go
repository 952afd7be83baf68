package lsp

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"go.lsp.dev/protocol"
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

// newFolderSet is empty until the client has said its folders.
func newFolderSet() *folderSet { return &folderSet{news: make(chan struct{}, 1)} }

// change replaces the folders and tells that there is news; list is immutable once read.
func (f *folderSet) change(with func([]string) []string) {
	f.mu.Lock()
	f.all = with(slices.Clone(f.all))
	f.mu.Unlock()
	poke(f.news)
}

// list is the folders of the moment; nobody changes a list that was returned.
func (f *folderSet) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all
}

// maxPast bounds the ended runs in memory that are not, or no longer, kept on disk.
const maxPast = 10

// watch follows the Sessions of the workspace's folders and the runs that were kept of
// them until ctx ends.
// Folders may change at any time; what is known of the others stays.
func (s *server) watch(ctx context.Context) {
	w := &watcher{s: s, live: map[string]*tally.Snapshot{}, asked: map[string][]tracepoint.Status{}, past: map[string]*tally.Snapshot{}, links: links{}, awaited: map[string]bool{}, forgotten: map[string]bool{}}
	store, dir := s.options.Store, s.options.HubDir
	var err error
	if store == nil {
		if store, err = hub.DefaultStore(); err != nil {
			s.log.Warn("past runs are not shown", "error", err)
		}
	}
	if dir == "" {
		if dir, err = hub.Dir(); err != nil {
			s.announce.message(protocol.MessageTypeWarning, "Running programs cannot be found: "+err.Error())
			s.haveRuns()
			return
		}
	}
	w.store = store
	forget := w.forget
	s.forgetting.Store(&forget)
	w.load(s.folders.list())
	w.await(ctx, dir, s.folders.list())
	reached := make(chan struct{})
	follow := hub.Watch(ctx, dir, s.folders.list(), func(n hub.News) {
		<-reached // what a hint or a lens offers of a Session has to be possible
		w.news(n)
	})
	s.tracer.reach(follow.Replace)
	close(reached)
	if store != nil {
		s.goDo(func() { store.Watch(ctx, func() { w.load(s.folders.list()) }) })
	}
	for {
		select {
		case <-ctx.Done():
			follow.Wait()
			return
		case <-s.folders.news:
			folders := s.folders.list()
			follow.SetFolders(folders)
			w.load(folders)
		}
	}
}

// dialTime bounds how long the first answers wait for the programs that run already.
const dialTime = time.Second

// await has the first answers wait for the Sessions that there are.
// An editor asks for hints as soon as it has opened a file; answered before the first Session has been
// dialled, it would show a file without annotations, and refresh a moment later.
func (w *watcher) await(ctx context.Context, dir string, folders []string) {
	live, _ := hub.List(ctx, dir)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, info := range live {
		if info.Concerns(folders) {
			w.awaited[info.Session] = true
		}
	}
	if len(w.awaited) == 0 {
		w.s.haveRuns()
		return
	}
	time.AfterFunc(w.s.dialling, w.s.haveRuns)
}

// watcher gathers the Snapshots of Sessions that run and of those that did.
type watcher struct {
	s     *server
	store *hub.Store

	mu    sync.Mutex                     // guards what follows, and orders the worlds made of it
	live  map[string]*tally.Snapshot     // by Session
	asked map[string][]tracepoint.Status // of fleets, by Session
	past  map[string]*tally.Snapshot     // by Session: those that have ended
	kept  map[string]bool                // those of past that are on disk
	links links                          // where paths lead, as far as that was asked
	// forgotten are runs that the person has deleted.
	forgotten map[string]bool

	awaited map[string]bool // Sessions that were there at the start and have not been heard of
	told    bool            // there was something to publish
}

// news takes in what one Session says.
func (w *watcher) news(n hub.News) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := n.Info.Session
	delete(w.live, id)
	switch {
	case n.Gone:
		w.s.tracer.left(id)
		if n.Snapshot != nil {
			w.past[id] = n.Snapshot
		}
	default:
		had := w.s.tracer.ours(id)
		for _, bad := range w.s.tracer.told(id, n.Statuses) {
			w.s.announce.message(protocol.MessageTypeWarning, plain(describe(bad.Spec)+": "+bad.Message))
		}
		if len(w.s.tracer.ours(id)) != len(had) {
			w.s.announce.lensesChanged()
		}
		if n.Snapshot != nil {
			w.live[id] = n.Snapshot
		}
	}
	w.noteFleet(id, n)
	w.publish()
	if w.awaited[id] && (n.Gone || n.Snapshot != nil) {
		if delete(w.awaited, id); len(w.awaited) == 0 {
			w.s.haveRuns()
		}
	}
}

// noteFleet takes in what a fleet is asked; the caller holds the lock.
func (w *watcher) noteFleet(id string, n hub.News) {
	was := w.asked[id]
	delete(w.asked, id)
	if !n.Gone && slices.ContainsFunc(n.Statuses, func(st tracepoint.Status) bool { return len(st.Instances) > 0 }) {
		w.asked[id] = n.Statuses
	}
	if !slices.EqualFunc(was, w.asked[id], tracepoint.Status.Equal) {
		w.s.setFleets(w.asked, w.links.real)
	}
}

// load reads the runs that were kept.
func (w *watcher) load(folders []string) {
	if w.store == nil {
		return
	}
	kept, err := w.store.Load(folders)
	if err != nil {
		w.s.log.Warn("past runs are not shown", "error", err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	past, onDisk := map[string]*tally.Snapshot{}, map[string]bool{}
	for _, snap := range kept {
		// What is known already is kept as it is: it has its views.
		if was := w.past[snap.Session]; was != nil && len(was.Files) == len(snap.Files) {
			snap = was
		}
		past[snap.Session], onDisk[snap.Session] = snap, true
	}
	for id, snap := range w.past {
		if past[id] == nil && !w.kept[id] { // what was kept and is no longer has been outdone
			past[id] = snap
		}
	}
	w.past, w.kept = past, onDisk
	w.publish()
}

// forget drops a run that has ended, for good: its Session may not be gone yet, and tell
// of it once more.
func (w *watcher) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgotten[id] = true
	w.publish()
}

// publish makes a world of it. The caller holds the lock.
func (w *watcher) publish() {
	all := make([]*tally.Snapshot, 0, len(w.live)+len(w.past))
	for id, snap := range w.live {
		if !w.forgotten[id] {
			all = append(all, snap)
		}
	}
	var past []*tally.Snapshot
	for id, snap := range w.past {
		if w.live[id] == nil && !w.forgotten[id] {
			past = append(past, snap)
		}
	}
	slices.SortFunc(past, func(a, b *tally.Snapshot) int { return b.Started.Compare(a.Started) })
	others := 0
	for _, snap := range past {
		if !w.kept[snap.Session] {
			if others++; others > maxPast {
				delete(w.past, snap.Session)
				continue
			}
		}
		all = append(all, snap)
	}
	if w.told = w.told || len(all) > 0; w.told {
		w.s.setRuns(all, w.links.real)
	}
}

// setRuns puts new Snapshots into the world and has the client fetch what changed.
// Only the watcher calls it, one call at a time.
func (s *server) setRuns(all []*tally.Snapshot, real func(string) string) {
	s.changeRuns(func(old *runs) *runs {
		next := newRuns(all, old.chosen, real)
		next.followed, next.compared = old.followed, old.compared
		return next
	})
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
		if differs, waited := differs(before, after, d); differs {
			changed, urgent = append(changed, u), urgent || waited
		}
	}
	s.announce.changed(changed, urgent)
	if sessions := newSnapshots(before.runs, after.runs); len(sessions) > 0 {
		s.announce.runsChanged(sessions)
	}
	poke(s.review)
}

// newSnapshots are the Sessions of which there is another Snapshot than before.
func newSnapshots(before, after *runs) map[string]bool {
	sessions := map[string]bool{}
	for _, snap := range after.all {
		if before.session(snap.Session) != snap {
			sessions[snap.Session] = true
		}
	}
	return sessions
}

// differs reports whether a document is annotated otherwise in a later world, and
// whether somebody waits for that: a run began, paused or ended, or a setting changed.
func differs(before, after *world, d *document) (changed, urgent bool) {
	was, had := before.runs.of(d)
	is, has := after.runs.of(d)
	switch {
	case before.settings != after.settings:
		return true, true
	case before.runs.followed != after.runs.followed, before.runs.compared != after.runs.compared:
		return had || has, true
	case before.preview != after.preview:
		return true, false
	case !had && !has:
		return false, false
	case had != has || was.run.Session != is.run.Session || was.run.State != is.run.State:
		return true, true
	}
	return was.file.Revision != is.file.Revision || was.file.SHA256 != is.file.SHA256, false
}

// documentChanged has the reviewer look; the client asks for hints by itself after an edit.
func (s *server) documentChanged(*document) { poke(s.review) }

// documentClosed drops what was kept of a document: its hints' state, its view.
func (s *server) documentClosed(u uri.URI) {
	s.announce.closed(u)
	s.views.forget(u)
	poke(s.review)
}

// everythingChanged is for changes that no document stands for: settings, which somebody
// waits to see, and queries that are being typed.
func (s *server) everythingChanged(urgent bool) {
	var all []uri.URI
	for u := range s.world.Load().docs {
		all = append(all, u)
	}
	s.announce.changed(all, urgent)
	poke(s.review)
}

// poke tells a goroutine that there is news; news that it has not seen yet are one.
func poke(news chan struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}
