package hub

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const deadline = 60 * time.Second

// await fails the test if ok does not come true in time.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in %v there was no %s", deadline, what)
}

// heard collects what a Watcher tells.
type heard struct {
	mu  sync.Mutex // guards all
	all []News
}

func (h *heard) on(n News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, n)
}

func (h *heard) last() (News, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) == 0 {
		return News{}, false
	}
	return h.all[len(h.all)-1], true
}

func privateDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hub")
	if err := private(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func infoOf(session string, workspace string) Info {
	return Info{Session: session, PID: os.Getpid(), Program: "shop.py", Workspace: workspace,
		Started: time.Unix(1000, 0).UTC(), Version: "test"}
}

func serve(t *testing.T, dir string, info Info, o Options) *Server {
	t.Helper()
	o.Interval = time.Millisecond
	s, err := Serve(t.Context(), dir, info, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func watch(t *testing.T, dir string, folders ...string) (*Watcher, *heard) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	h := &heard{}
	w := Watch(ctx, dir, folders, h.on)
	t.Cleanup(func() { stop(); w.Wait() })
	return w, h
}

// run is an Aggregator of one file with as many statements as lines.
type run struct {
	*tally.Aggregator
	counters []uint64
}

func newRun(session string, files, lines int) *run {
	a := tally.NewAggregator(tally.Config{Session: session, Program: "shop.py", Started: time.Unix(1000, 0).UTC()})
	r := &run{Aggregator: a, counters: make([]uint64, files*lines)}
	for f := range files {
		info := tally.FileInfo{ID: uint32(f), Path: fmt.Sprintf("/w/f%d.py", f), SHA256: "ab",
			Source: strings.Repeat("x = 1\n", lines)}
		sums := tally.SumsInfo{File: uint32(f)}
		for i := range lines {
			info.Spans = append(info.Spans, tally.Span{Line: i + 1, EndLine: i + 1, EndCol: 5, HeadLine: i + 1,
				HeadCol: 5, Kind: "assign", Function: "<module>"})
			sums.Hits = append(sums.Hits, tally.Term{Span: i, Slot: uint64(f*lines + i)})
		}
		a.AddFile(1, info)
		a.AddSums(1, sums)
	}
	return r
}

func (r *run) hit(slot int, n uint64) *tally.Snapshot {
	r.counters[slot] += n
	r.Update(1, func(slot uint64) uint64 { return r.counters[slot] })
	return r.Snapshot()
}

func TestAWatcherSeesWhatAServerPublishes(t *testing.T) {
	dir := privateDir(t)
	_, h := watch(t, dir, "/w")
	s := serve(t, dir, infoOf("one", "/w"), Options{})
	r := newRun("one", 3, 4)
	first := r.hit(0, 1)
	s.Publish(first)
	await(t, "first snapshot", func() bool { n, ok := h.last(); return ok && reflect.DeepEqual(n.Snapshot, first) })

	r.AddSample(1, tally.SampleInfo{File: 1, Span: 2, Hit: 1, Vars: []tally.Var{{Name: "x", Type: "int", Repr: "1"}}})
	r.AddException(tally.Exception{Type: "KeyError", Message: "'tea'", Frames: []tally.Frame{{Path: "/w/f0.py", Line: 1}}})
	second := r.hit(6, 3)
	s.Publish(second)
	s.SetStatuses([]tracepoint.Status{{ID: 3, State: tracepoint.Armed, Hits: 7}})
	await(t, "what changed", func() bool {
		n, _ := h.last()
		return reflect.DeepEqual(n.Snapshot, second) && len(n.Statuses) == 1 && n.Statuses[0].Hits == 7
	})

	r.End(time.Unix(1010, 0).UTC())
	last := r.hit(6, 1)
	s.Publish(last)
	s.Close()
	await(t, "the end", func() bool { n, _ := h.last(); return n.Gone && reflect.DeepEqual(n.Snapshot, last) })
	if list, err := List(t.Context(), dir); err != nil || len(list) != 0 {
		t.Errorf("after the end List gives %v, %v", list, err)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
}

// A count that moves leaves the samples where they are, and says so to the client.
func TestSamplesTravelOnce(t *testing.T) {
	r := newRun("one", 1, 2)
	r.AddSample(1, tally.SampleInfo{Span: 1, Hit: 1, Vars: []tally.Var{{Name: "x", Type: "int", Repr: "1"}}})
	first := r.hit(1, 1)
	second := r.hit(1, 1)
	list := changes(first, second)
	if n := len(list[0].Files[0].Changes); len(list) != 1 || n != 1 || list[0].Files[0].Changes[0].Statement.Samples != nil {
		t.Fatalf("%+v", list)
	}
	var c copyOf
	for _, u := range append(changes(nil, first), list...) {
		if _, err := c.apply(&u); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(c.snapshot, second) {
		t.Errorf("got %+v, want %+v", c.snapshot, second)
	}
}

func TestTheDirectoryMayBeMadeAnew(t *testing.T) {
	testkit.Long(t)
	if runtime.GOOS == "windows" {
		t.Skip("skipped: nobody can remove a directory there that is watched")
	}
	dir := privateDir(t)
	_, h := watch(t, dir)
	for _, session := range []string{"one", "two", "three"} {
		s := serve(t, dir, infoOf(session, "/w"), Options{})
		s.Publish(newRun(session, 1, 1).hit(0, 1))
		await(t, session, func() bool { n, ok := h.last(); return ok && n.Info.Session == session })
		s.Close()
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnlySessionsOfTheFoldersAreFollowed(t *testing.T) {
	dir := privateDir(t)
	root := t.TempDir()
	inside, other := filepath.Join(root, "a"), filepath.Join(root, "b")
	for _, d := range []string{inside, other} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, dir, infoOf("in", inside), Options{}).Publish(newRun("in", 1, 1).hit(0, 1))
	serve(t, dir, infoOf("out", other), Options{}).Publish(newRun("out", 1, 1).hit(0, 1))
	w, h := watch(t, dir, inside)
	session := func(name string, gone bool) func() bool { // whatever else is told before or after
		return func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return slices.ContainsFunc(h.all, func(n News) bool { return n.Info.Session == name && n.Gone == gone && n.Snapshot != nil })
		}
	}
	await(t, "session of the folder", session("in", false))
	w.SetFolders([]string{other})
	await(t, "session of the new folder", session("out", false))
	await(t, "end of the old folder's", session("in", true))
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all[0].Info.Session == "out" {
		t.Error("the session of another folder was told")
	}
}

func TestTracepointsReachTheSessionAndLeaveWithTheirClient(t *testing.T) {
	dir := privateDir(t)
	type call struct {
		owner string
		specs []tracepoint.Spec
	}
	var mu sync.Mutex
	var calls []call
	replace := func(owner string, specs []tracepoint.Spec) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, call{owner, specs})
	}
	lastCall := func() call {
		mu.Lock()
		defer mu.Unlock()
		if len(calls) == 0 {
			return call{}
		}
		return calls[len(calls)-1]
	}
	serve(t, dir, infoOf("one", "/w"), Options{Replace: replace}).Publish(newRun("one", 1, 1).hit(0, 1))

	ctx, stop := context.WithCancel(t.Context())
	h := &heard{}
	w := Watch(ctx, dir, nil, h.on)
	await(t, "session", func() bool { _, ok := h.last(); return ok })
	spec := tracepoint.Spec{Query: "function='price'"}
	if err := w.Replace("one", "editor", []tracepoint.Spec{spec}); err != nil {
		t.Fatal(err)
	}
	await(t, "tracepoint", func() bool { c := lastCall(); return c.owner == "editor" && len(c.specs) == 1 && c.specs[0] == spec })
	if err := w.Replace("two", "editor", nil); err == nil {
		t.Error("a session that is not there takes tracepoints")
	}
	stop()
	w.Wait()
	await(t, "removal", func() bool { c := lastCall(); return c.owner == "editor" && len(c.specs) == 0 })
}

// A client that reads nothing costs the Session nothing but its connection.
func TestAClientThatNeverReadsHoldsNothingUp(t *testing.T) {
	dir := privateDir(t)
	s := serve(t, dir, infoOf("one", "/w"), Options{})
	r := newRun("one", 20, 2000)
	s.Publish(r.hit(0, 1))
	conn, err := net.Dial(s.Info().Network, s.Info().Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	token := ""
	if err := writeMessage(conn, request{Token: &token}); err != nil {
		t.Fatal(err)
	}
	_, h := watch(t, dir)
	var last *tally.Snapshot
	for i := range 200 {
		last = r.hit(i, 1)
		s.Publish(last)
	}
	await(t, "the newest snapshot at the other client", func() bool {
		n, _ := h.last()
		return n.Snapshot != nil && n.Snapshot.Revision == last.Revision
	})
	n, _ := h.last()
	if !reflect.DeepEqual(n.Snapshot, last) {
		t.Error("updates that were put together give another snapshot")
	}
	if len(h.all) >= 200 {
		t.Errorf("%d updates for 200 snapshots: nothing was put together", len(h.all))
	}
	start := time.Now()
	s.Close()
	if took := time.Since(start); took > deadline {
		t.Errorf("closing took %v", took)
	}
}

func TestStrangersAreShownOut(t *testing.T) {
	dir := privateDir(t)
	s := serve(t, dir, infoOf("one", "/w"), Options{Replace: func(string, []tracepoint.Spec) { t.Error("a stranger was heard") }})
	s.Publish(newRun("one", 1, 1).hit(0, 1))
	for name, text := range map[string]string{
		"no token":    `{"replace": "x", "specs": []}`,
		"wrong token": `{"token": "guess"}`,
		"http":        "GET / HTTP/1.1\r\nHost: localhost\r\n\r",
		"too long":    `{"token": "` + strings.Repeat("a", maxRequest) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial(s.Info().Network, s.Info().Address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = fmt.Fprintf(conn, "%s\n", text) // the server may hang up while we write
			_ = conn.SetReadDeadline(time.Now().Add(deadline))
			if n, err := conn.Read(make([]byte, 100)); n > 0 || os.IsTimeout(err) {
				t.Errorf("got %d bytes, %v, want nothing and a closed connection", n, err)
			}
		})
	}
}

// abandoned is where nobody listens any more, as kill -9 leaves it: a socket's file, or on Windows a port.
func abandoned(t *testing.T, dir string) (network, address string) {
	t.Helper()
	network, address = "unix", filepath.Join(dir, "s-dead.sock")
	if runtime.GOOS == "windows" {
		network, address = "tcp", "127.0.0.1:0"
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if file, ok := l.(*net.UnixListener); ok {
		file.SetUnlinkOnClose(false)
	}
	return network, l.Addr().String()
}

func TestAdvertisementsOfTheDeadAreRemoved(t *testing.T) {
	dir := privateDir(t)
	s := serve(t, dir, infoOf("lives", "/w"), Options{})
	dead := infoOf("dead", "/w")
	dead.PID, dead.Protocol = 1<<22+1, protocol
	dead.Network, dead.Address = abandoned(t, dir)
	fake := &Server{path: filepath.Join(dir, "s-dead.json")}
	if err := fake.advertise(dead); err != nil {
		t.Fatal(err)
	}
	for _, junk := range []string{"s-half.json", "s-list.json"} {
		if err := os.WriteFile(filepath.Join(dir, junk), []byte(`{"session": [`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := List(t.Context(), dir)
	if err != nil || len(list) != 1 || list[0].Session != "lives" || list[0].Address != s.Info().Address {
		t.Errorf("got %v, %v, want the one that lives", list, err)
	}
	for _, gone := range []string{fake.path, filepath.Join(dir, "s-dead.sock")} {
		if _, err := os.Lstat(gone); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
}

func TestAServerThatIsKilledIsToldGone(t *testing.T) {
	dir := privateDir(t)
	s := serve(t, dir, infoOf("one", "/w"), Options{})
	s.Publish(newRun("one", 1, 1).hit(0, 1))
	_, h := watch(t, dir)
	await(t, "session", func() bool { n, ok := h.last(); return ok && n.Snapshot != nil })
	// As the system does for a process that is killed: everything is closed,
	// nothing is said and nothing removed.
	s.mu.Lock()
	s.closed = true
	for c := range s.clients {
		c.conn.Close()
	}
	if l, ok := s.listener.(*net.UnixListener); ok {
		l.SetUnlinkOnClose(false)
	}
	s.listener.Close()
	close(s.done)
	s.mu.Unlock()
	await(t, "the end", func() bool { n, _ := h.last(); return n.Gone })
	if n, _ := h.last(); n.Snapshot.State != tally.Ended {
		t.Errorf("it is told as %s", n.Snapshot.State)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
}
