package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"go.lsp.dev/protocol"
)

const loopSource = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"

// loopFile is loopSource after so many rounds of its loop.
func loopFile(t testing.TB, path string, rounds int) *tally.File {
	f := tallyFile(t, path, loopSource, fmt.Sprintf(`1:0 def <module> hits=1 calls=1
2:4 assign f hits=1 total=0
3:4 for f hits=%d i=0,1
4:8 assign f hits=%d total=0,1
5:4 return f hits=0`, rounds+1, rounds))
	f.Revision = uint64(rounds)
	return f
}

// session is a made-up program that a real hub serves.
type session struct {
	*hub.Server
	id, path string

	mu    sync.Mutex // guards specs
	specs map[string][]tracepoint.Spec
}

func serveSession(t *testing.T, dir, workspace, id, path string) *session {
	t.Helper()
	s := &session{id: id, path: path, specs: map[string][]tracepoint.Spec{}}
	server, err := hub.Serve(t.Context(), dir, hub.Info{Session: id, Program: path, Workspace: workspace, Started: began},
		hub.Options{Replace: s.replace, Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = server
	t.Cleanup(server.Close)
	return s
}

// replace arms what a client asks for, as a Session does.
func (s *session) replace(owner string, specs []tracepoint.Spec) {
	s.mu.Lock()
	s.specs[owner] = specs
	var all []tracepoint.Status
	for owner, specs := range s.specs {
		for _, spec := range specs {
			all = append(all, tracepoint.Status{ID: len(all) + 1, Owner: hub.Owner(owner), Spec: spec, State: tracepoint.Armed, Line: spec.Line, Places: 1})
		}
	}
	s.mu.Unlock()
	s.SetStatuses(all)
}

func (s *session) asked() []tracepoint.Spec {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []tracepoint.Spec
	for _, specs := range s.specs {
		all = append(all, specs...)
	}
	return all
}

func (s *session) publish(t testing.TB, state tally.State, rounds int) *tally.Snapshot {
	snap := snapshot(s.id, state, loopFile(t, s.path, rounds))
	snap.Revision = uint64(rounds)
	s.Publish(snap)
	return snap
}

// seeHints waits until the hints of a document are such.
func (e *editor) seeHints(path, what string, ok func([]string) bool) []string {
	e.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		hints := e.hints(path)
		if ok(hints) {
			return hints
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("%s: it did not come; the hints are %q", what, hints)
		}
		// What changes is announced; asking again before that shows nothing new.
		e.mu.Lock()
		changed := e.changed
		e.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func has(part string) func([]string) bool {
	return func(hints []string) bool {
		return slices.ContainsFunc(hints, func(h string) bool { return strings.Contains(h, part) })
	}
}

// live is an editor on a workspace in which a program runs.
func live(t *testing.T, options any) (*editor, *session, Options) {
	t.Helper()
	dir := t.TempDir()
	o := Options{HubDir: t.TempDir(), Store: hub.OpenStore(filepath.Join(t.TempDir(), "runs"))}
	s := serveSession(t, o.HubDir, dir, "s1", filepath.Join(dir, "loop.py"))
	e := startEditor(t, o)
	e.initialize(dir, fullClient(), options)
	e.open(s.path, "python", loopSource)
	return e, s, o
}

func TestHintsWhileAProgramRuns(t *testing.T) {
	e, s, o := live(t, nil)
	s.publish(t, tally.Running, 10)
	e.seeHints(s.path, "the first hints", has("×10"))
	s.publish(t, tally.Running, 25)
	e.until("a refresh", func(notes []note) bool { return count(notes, "workspace/inlayHint/refresh") > 0 })
	e.seeHints(s.path, "newer hints", has("×25"))

	e.edit(s.path, 2, 3, 17, 3, 18, "i * 2")
	e.seeHints(s.path, "the edited line's hint", has("3:22 ~ ×25"))
	e.edit(s.path, 3, 3, 17, 3, 22, "i")
	e.seeHints(s.path, "the values again", has("3:18 ×25  total=0 … 1"))

	last := s.publish(t, tally.Ended, 40)
	e.seeHints(s.path, "the end", has("3:18 ×40"))
	if err := o.Store.Save(filepath.Dir(s.path), last); err != nil {
		t.Fatal(err)
	}
	s.Close()
	e.alive()
	e.seeHints(s.path, "what is left", has("3:18 ×40"))

	// Another editor, tomorrow.
	again := startEditor(t, o)
	again.initialize(filepath.Dir(s.path), fullClient(), nil)
	again.open(s.path, "python", loopSource)
	again.seeHints(s.path, "the kept run", has("3:18 ×40"))
}

func TestARunThatIsOverBeforeItIsFound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "loop.py")
	store := hub.OpenStore(filepath.Join(t.TempDir(), "runs"))
	e := startEditor(t, Options{Store: store})
	e.initialize(dir, fullClient(), nil)
	e.open(path, "python", loopSource)
	e.seeHints(path, "no run", func(h []string) bool { return len(h) == 0 })
	deadline := time.Now().Add(patience)
	for started := began; !has("×7")(e.hints(path)); started = started.Add(time.Second) {
		snap := snapshot(started.String(), tally.Ended, loopFile(t, path, 7))
		snap.Started = started
		if err := store.Save(dir, snap); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatal("the saved run was not found")
		}
	}
}

func TestARefreshIsNotRepeatedUntilAnswered(t *testing.T) {
	e, s, _ := live(t, nil)
	e.onCall(func(method string, _ any) (any, bool) { return nil, method != "workspace/inlayHint/refresh" })
	s.publish(t, tally.Running, 1)
	e.seeHints(s.path, "the first hints", has("×1"))
	for i := 2; i < 30; i++ {
		s.publish(t, tally.Running, i)
		e.seeHints(s.path, "newer hints", has(fmt.Sprintf("3:18 ×%d", i)))
	}
	s.publish(t, tally.Ended, 30)
	e.seeHints(s.path, "the end", has("3:18 ×30"))
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := count(e.notes, "workspace/inlayHint/refresh"); n != 1 {
		t.Errorf("%d refreshes without an answer to the first", n)
	}
}

// A refresh of lenses that falls due while the client has not answered the one before
// is sent once it has: the end of a run would be missed.
func TestLensesAreRefreshedAgain(t *testing.T) {
	e, s, _ := live(t, nil)
	answer := make(chan struct{})
	e.onCall(func(method string, _ any) (any, bool) {
		if method == "workspace/codeLens/refresh" {
			<-answer
		}
		return nil, true
	})
	lenses := func(notes []note) int { return count(notes, "workspace/codeLens/refresh") }
	s.publish(t, tally.Running, 1)
	e.seeHints(s.path, "the first hints", has("×1"))
	s.publish(t, tally.Running, 2)
	e.until("a refresh of lenses", func(notes []note) bool { return lenses(notes) > 0 })
	asked := 0
	e.until("any", func(notes []note) bool { asked = lenses(notes); return true })
	e.seeHints(s.path, "newer hints", has("×2"))
	s.publish(t, tally.Ended, 30)
	e.seeHints(s.path, "the end", has("3:18 ×30"))
	close(answer)
	e.until("another refresh of lenses", func(notes []note) bool { return lenses(notes) > asked })
}

func TestAClientThatNeverAnswersAboutLenses(t *testing.T) {
	e, s, _ := live(t, nil)
	e.onCall(func(method string, _ any) (any, bool) { return nil, method != "workspace/codeLens/refresh" })
	s.publish(t, tally.Running, 1)
	e.seeHints(s.path, "the first hints", has("×1"))
	for i := 2; i < 5; i++ {
		before := 0
		e.until("any", func(notes []note) bool {
			before = count(notes, "workspace/inlayHint/refresh")
			return true
		})
		s.publish(t, tally.Running, i)
		e.until("a refresh of hints", func(notes []note) bool { return count(notes, "workspace/inlayHint/refresh") > before })
		e.seeHints(s.path, "newer hints", has(fmt.Sprintf("3:18 ×%d", i)))
	}
}

func TestNoRefreshWhereItIsNotSupported(t *testing.T) {
	dir := t.TempDir()
	o := Options{HubDir: t.TempDir()}
	s := serveSession(t, o.HubDir, dir, "s1", filepath.Join(dir, "loop.py"))
	e := startEditor(t, o)
	e.initialize(dir, J{}, nil)
	e.open(s.path, "python", loopSource)
	for i := range 5 {
		s.publish(t, tally.Running, i+1)
		e.seeHints(s.path, "hints", has(fmt.Sprintf("3:18 ×%d", i+1)))
	}
	s.publish(t, tally.Ended, 6)
	e.seeHints(s.path, "the end", has("3:18 ×6"))
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.notes {
		if n.Call {
			t.Errorf("the server asked a client that supports nothing: %s", n.Method)
		}
	}
}

func TestOtherWorkspacesAreNotShown(t *testing.T) {
	hubDir, mine, other := t.TempDir(), t.TempDir(), t.TempDir()
	path := filepath.Join(mine, "loop.py")
	foreign := serveSession(t, hubDir, other, "foreign", path)
	foreign.publish(t, tally.Running, 99)
	s := serveSession(t, hubDir, mine, "own", path)
	s.publish(t, tally.Running, 3)
	e := startEditor(t, Options{HubDir: hubDir})
	e.initialize(mine, fullClient(), nil)
	e.open(path, "python", loopSource)
	e.seeHints(path, "own hints", has("×3"))
	if has("×99")(e.hints(path)) {
		t.Error("a run of another workspace is shown")
	}
	e.notify("workspace/didChangeWorkspaceFolders", J{"event": J{
		"added":   []J{{"uri": fileURI(other), "name": "other"}},
		"removed": []J{{"uri": fileURI(mine), "name": "mine"}},
	}})
	e.seeHints(path, "the other folder's hints", has("×99"))
}

// startPatient starts an editor whose server has its first answers wait for as long as it takes.
func startPatient(t *testing.T, o Options) *editor {
	t.Helper()
	return startWrapped(t, o, func(s *server) protocol.Server {
		s.reading, s.dialling = patience, patience
		return s
	})
}

// TestTheFirstAnswerWhileAProgramRuns: it waits for the programs that run already, too.
func TestTheFirstAnswerWhileAProgramRuns(t *testing.T) {
	dir, hubDir := t.TempDir(), t.TempDir()
	s := serveSession(t, hubDir, dir, "s1", filepath.Join(dir, "loop.py"))
	s.publish(t, tally.Running, 5)
	for range 10 {
		e := startPatient(t, Options{HubDir: hubDir})
		e.initialize(dir, J{"textDocument": J{"inlayHint": J{}}}, nil)
		e.open(s.path, "python", loopSource)
		if got := e.hints(s.path); !has("3:18 ×5")(got) || !has("0:9 ● ×1")(got) {
			t.Fatalf("the first answer is %q", got)
		}
	}
}

// TestTheFirstAnswer: the first request for hints waits until the runs that were kept have
// been read. An editor that cannot be asked to fetch again would show nothing.
func TestTheFirstAnswer(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "loop.py")
	store := hub.OpenStore(filepath.Join(t.TempDir(), "runs"))
	if err := store.Save(dir, snapshot("kept", tally.Ended, loopFile(t, path, 7))); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		e := startPatient(t, Options{Store: store})
		e.initialize(dir, J{"textDocument": J{"inlayHint": J{}}}, nil)
		e.open(path, "python", loopSource)
		hints, _ := e.start("textDocument/inlayHint", wholeFile(path))
		hover, _ := e.start("textDocument/hover", at(path, 3, 9))
		lens, _ := e.start("textDocument/codeLens", J{"textDocument": J{"uri": fileURI(path)}})
		for what, ch := range map[string]<-chan reply{"hints": hints, "hover": hover, "lenses": lens} {
			if r := e.await(what, ch); r.Error != nil || r.Result == nil {
				t.Fatalf("the first answer has no %s: %+v", what, r)
			}
		}
	}
}

// TestAFileKeepsItsHints: however many other programs run, a file shows its newest run; what
// is left of a run is none to choose.
func TestAFileKeepsItsHints(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "loop.py"), filepath.Join(dir, "other.py")
	for _, name := range []string{path, other} {
		if err := os.WriteFile(name, []byte(loopSource), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store := hub.OpenStore(filepath.Join(t.TempDir(), "runs"))
	store.Now = func() time.Time { return began }
	e := startEditor(t, Options{Store: store})
	e.initialize(dir, fullClient(), nil)
	e.open(path, "python", loopSource)
	save := func(i int, files ...*tally.File) {
		snap := snapshot(fmt.Sprint("run", i), tally.Ended, files...)
		snap.Started = began.Add(time.Duration(i) * time.Second)
		if err := store.Save(dir, snap); err != nil {
			t.Fatal(err)
		}
	}
	save(0, loopFile(t, path, 7), loopFile(t, other, 7))
	for i := range 15 {
		save(i+1, loopFile(t, other, i+10))
	}
	e.eventually("all runs", func() bool {
		all := e.server.world.Load().runs.all
		return len(all) == 6 && all[0].Session == "run15" && all[5].Part
	})
	if got := e.hints(path); !has("3:18 ×7")(got) {
		t.Errorf("got %q", got)
	}
	if whole := e.server.world.Load().runs.whole(); len(whole) != 5 {
		t.Errorf("%d runs to choose from, want 5", len(whole))
	}
}
