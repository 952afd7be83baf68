package hub

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/owner"
)

// News is what a Watcher tells of one Session: all of it, as it is now.
type News struct {
	Info     Info
	Snapshot *tally.Snapshot // nil until the first one came
	Statuses []tracepoint.Status
	// Gone: the Session has ended, was lost, or is followed no longer; this is the
	// last of it, and its state is Ended.
	Gone bool
}

// Watcher follows the Sessions of a workspace: those that are there and those
// that come. Its methods may be called from any goroutine.
//
// Goroutines: one that looks at the directory, and one for each Session, which
// calls the function given to Watch. All end with the context.
type Watcher struct {
	dir    string // of the advertisements
	on     func(News)
	look   chan struct{} // the directory is to be read again
	ended  sync.WaitGroup
	pollAt time.Duration // how long between two readings, where nothing tells of changes

	telling sync.Mutex // held while on runs: one call at a time

	mu        sync.Mutex                      // guards what follows
	folders   []string                        // none: every workspace
	following map[string]*following           // by path of the advertisement
	wanted    map[wantedKey][]tracepoint.Spec // until the Session has gone
}

// wantedKey is one owner's wish for one Session.
type wantedKey struct{ session, owner string }

// How often the directory is read, and how long a lost connection is waited with: twice as
// long each time, up to retryMost.
const (
	pollInterval = 2 * time.Second // where the system tells of no changes
	retryFirst   = 100 * time.Millisecond
	retryMost    = 5 * time.Second
)

// Watch follows the Sessions in dir (Dir()) whose workspace has to do with one
// of the folders; with no folders, all. on is called for one piece of news at
// a time, never twice at once; while it runs nothing piles up, the next call
// has what is newest then.
func Watch(ctx context.Context, dir string, folders []string, on func(News)) *Watcher {
	w := &Watcher{
		dir: dir, on: on, folders: slices.Clone(folders), look: make(chan struct{}, 1), pollAt: pollInterval,
		following: map[string]*following{}, wanted: map[wantedKey][]tracepoint.Spec{},
	}
	w.ended.Add(1)
	go w.run(ctx)
	return w
}

// Wait returns when the context has ended and no call is under way any more.
func (w *Watcher) Wait() { w.ended.Wait() }

// SetFolders changes which Sessions are followed. Those that are no longer
// wanted are told as Gone.
func (w *Watcher) SetFolders(folders []string) {
	w.mu.Lock()
	w.folders = slices.Clone(folders)
	for _, f := range w.following {
		if !concerns(f.info.Workspace, folders) {
			f.stop()
		}
	}
	w.mu.Unlock()
	w.lookAgain()
}

// lookAgain has the directory read soon; it does not wait for that.
func (w *Watcher) lookAgain() {
	select {
	case w.look <- struct{}{}:
	default:
	}
}

// Replace makes specs all that owner asks of a Session. It is said again when
// the connection is lost and found.
// An error says that there is no such Session, or no owner; what the Session thinks of the
// specs comes as its Statuses.
func (w *Watcher) Replace(session, owner string, specs []tracepoint.Spec) error {
	if owner == "" {
		return errors.New("tracepoints need an owner")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.following {
		if f.info.Session == session {
			w.wanted[wantedKey{session, owner}] = slices.Clone(specs)
			f.poke()
			return nil
		}
	}
	return fmt.Errorf("session %s is not running", session)
}

// run is the goroutine that looks. Where the system cannot tell of changes, the channels of
// an empty fsnotify.Watcher, which are nil, never do.
func (w *Watcher) run(ctx context.Context) {
	defer w.ended.Done()
	n, err := fsnotify.NewWatcher()
	if err != nil {
		w.loop(ctx, &fsnotify.Watcher{}, func() bool { return false })
		return
	}
	defer n.Close()
	w.loop(ctx, n, func() bool { return n.Add(w.dir) == nil })
}

// loop scans whenever there may be news: when the system tells of some or, where it does
// not, from time to time. watch has it tell of the directory, and is called again
// should that have been removed and made anew.
func (w *Watcher) loop(ctx context.Context, n *fsnotify.Watcher, watch func() bool) {
	watched := watch()
	for {
		w.scan(ctx)
		var poll <-chan time.Time
		if !watched {
			poll = time.After(w.pollAt)
		}
		for again := true; again; {
			again = false
			select {
			case <-ctx.Done():
				return
			case <-w.look:
			case <-poll:
				watched = watch()
			case <-n.Errors: // some news were lost
			case e := <-n.Events:
				if e.Name == w.dir && e.Has(fsnotify.Remove|fsnotify.Rename) {
					watched = watch()
				}
				// Sockets and half-written files are no news.
				again = filepath.Ext(e.Name) != infoSuffix && e.Name != w.dir
			}
		}
	}
}

// scan starts to follow the Sessions that are not followed yet.
func (w *Watcher) scan(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	all, err := entries(w.dir)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for path, info := range all {
		if w.following[path] != nil || info.Protocol != protocol || !concerns(info.Workspace, w.folders) {
			continue
		}
		inner, stop := context.WithCancel(ctx)
		f := &following{watcher: w, path: path, info: info, stop: stop, news: make(chan struct{}, 1)}
		w.following[path] = f
		w.ended.Add(1)
		go f.run(inner)
	}
}

// following is one Session that a Watcher follows.
type following struct {
	watcher *Watcher
	path    string             // of the advertisement
	info    Info               // its State is the one told last
	stop    context.CancelFunc // ends run
	news    chan struct{}      // the wanted tracepoints changed
	told    bool               // on has heard of it
	copy    copyOf             // what has come so far; only run's goroutine touches it
}

// poke has ask look at what is wanted again.
func (f *following) poke() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// run keeps a connection until the Session says goodbye, is gone, or is no
// longer wanted.
func (f *following) run(ctx context.Context) {
	w := f.watcher
	defer w.ended.Done()
	defer f.stop()
	wait := retryFirst
	for ctx.Err() == nil {
		started := time.Now()
		if f.attend(ctx) {
			break
		}
		if _, err := readInfo(f.path); err != nil {
			break
		}
		if time.Since(started) > retryMost {
			wait = retryFirst
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, retryMost)
	}
	f.leave()
}

// leave says that the Session is gone, once nobody can find it here again.
func (f *following) leave() {
	w := f.watcher
	w.mu.Lock()
	delete(w.following, f.path)
	for key := range w.wanted {
		if key.session == f.info.Session {
			delete(w.wanted, key)
		}
	}
	w.mu.Unlock()
	if f.told {
		f.tell(true)
	}
	w.lookAgain() // perhaps another Session took its place meanwhile
}

// tell calls on with all that is known. One call at a time: Sessions wait for each other
// here.
func (f *following) tell(gone bool) {
	w := f.watcher
	w.telling.Lock()
	defer w.telling.Unlock()
	f.told = true
	snapshot := f.copy.snapshot
	if gone {
		f.info.State = tally.Ended
		if snapshot != nil && snapshot.State != tally.Ended {
			last := *snapshot
			last.State = tally.Ended
			snapshot = &last
		}
	}
	w.on(News{Info: f.info, Snapshot: snapshot, Statuses: f.copy.statuses, Gone: gone})
}

// attend dials and follows until the connection ends. It reports whether the
// Session is over.
func (f *following) attend(ctx context.Context) (over bool) {
	conn, err := dial(ctx, f.info)
	if err != nil {
		return isRefused(err) && isStale(ctx, f.path, f.info)
	}
	defer conn.Close()
	if owner.Same(conn, false) != nil {
		return true
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if writeMessage(conn, request{Token: &f.info.Token}) != nil {
		return false
	}
	done := make(chan struct{})
	var asking sync.WaitGroup
	asking.Add(1)
	go func() {
		defer asking.Done()
		f.ask(conn, done)
	}()
	defer asking.Wait()
	defer close(done)
	defer conn.Close()
	f.copy = copyOf{snapshot: f.copy.snapshot, statuses: f.copy.statuses}
	return f.listen(ctx, conn)
}

// listen takes updates in and tells of each whole Snapshot, or of news without one.
func (f *following) listen(ctx context.Context, conn net.Conn) (over bool) {
	r := bufio.NewReaderSize(conn, 64<<10)
	for {
		var u update
		if readMessage(r, maxUpdate, &u) != nil {
			return false
		}
		whole, err := f.copy.apply(&u)
		if err != nil {
			return false
		}
		if u.Run != nil {
			f.info.State = u.Run.State
		}
		if u.Bye {
			return true
		}
		if (whole || u.Info != nil && !u.More) && ctx.Err() == nil {
			f.tell(false)
		}
	}
}

// ask tells the Session which tracepoints are wanted: all when the connection
// is new, then those that changed.
func (f *following) ask(conn net.Conn, done <-chan struct{}) {
	said := map[string][]tracepoint.Spec{}
	for {
		for owner, specs := range f.wanted() {
			if old, ok := said[owner]; ok && slices.Equal(old, specs) {
				continue
			}
			if specs == nil {
				specs = []tracepoint.Spec{}
			}
			if writeMessage(conn, request{Replace: owner, Specs: specs}) != nil {
				return
			}
			said[owner] = specs
		}
		select {
		case <-f.news:
		case <-done:
			return
		}
	}
}

// wanted is what is asked of this Session, by owner.
func (f *following) wanted() map[string][]tracepoint.Spec {
	w := f.watcher
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string][]tracepoint.Spec{}
	for key, specs := range w.wanted {
		if key.session == f.info.Session {
			out[key.owner] = specs
		}
	}
	return out
}
