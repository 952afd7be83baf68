//go:build !windows

package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const patience = 2 * time.Minute

func begin(t *testing.T, c Config) (*Session, *heard) {
	t.Helper()
	quiet(t)
	if c.Python == nil {
		c.Python = []string{testkit.Python(t, "3.12").Path}
	}
	c.Capture = true
	h := &heard{}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := Start(ctx, c, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Kill(); <-s.Done() })
	return s, h
}

func finish(t *testing.T, s *Session) Exit {
	t.Helper()
	select {
	case <-s.Done():
	case <-time.After(patience):
		t.Fatal("the Session does not end")
	}
	return s.Wait()
}

// loops runs until a file appears, calling price all the time.
func loops(t *testing.T) (path, stop string) {
	t.Helper()
	stop = filepath.Join(testkit.Folder(t), "stop")
	path = filepath.Join(testkit.Folder(t), "loops.py")
	text := fmt.Sprintf(`import os, time
def price(n):
    total = n * 2
    return total
price(0)
print("looping")
n = 0
while not os.path.exists(%q):
    price(n)
    n += 1
    time.sleep(0.002)
print("left after a while")
`, stop)

	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, stop
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTracepointsAreArmedBeforeTheFirstLine(t *testing.T) {
	s, h := begin(t, Config{Code: "x = 1", Tracepoints: map[string][]tracepoint.Spec{"me": {{Query: "kind='line', module='__main__'"}}}})
	if st := s.Statuses(); len(st) != 1 || st[0].State != tracepoint.Pending || st[0].Owner != "me" {
		t.Errorf("before: %+v", st)
	}
	if h.get(func() string { return fmt.Sprint(h.pid) }) != "0" {
		t.Error("the program runs before Go")
	}
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	if exit := finish(t, s); exit != (Exit{}) {
		t.Errorf("exit %+v", exit)
	}
	if h.count(1) != 1 || h.records[0].Line != 1 || h.records[0].Kind != render.Line || h.pid != s.Program().PID {
		t.Errorf("records %+v, pid %d", h.records, h.pid)
	}
	if h.ended == nil || h.after != 0 {
		t.Errorf("ended %v, calls after it %d", h.ended, h.after)
	}
}

func TestTracepointsChangeWhileTheProgramRuns(t *testing.T) {
	path, stop := loops(t)
	s, h := begin(t, Config{Program: path})
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the program's output", func() bool { return h.stdout() == "looping\n" })
	// The program's word may come later than Replace waits for it.
	armed := func(specs ...tracepoint.Spec) []tracepoint.Status {
		t.Helper()
		st, err := s.Replace("a", specs)
		if err != nil || len(st) != len(specs) {
			t.Fatalf("of %+v: %+v %v", specs, st, err)
		}
		testkit.Eventually(t, "all to be armed", func() bool {
			st = s.Statuses()
			return !slices.ContainsFunc(st, func(one tracepoint.Status) bool { return one.State != tracepoint.Armed })
		})
		return st
	}
	first := tracepoint.Spec{Function: "price"}
	st := armed(first)
	if len(st) != 1 || st[0].Places != 1 {
		t.Fatalf("added: %+v", st)
	}
	testkit.Eventually(t, "records of the first", func() bool { return h.count(st[0].ID) > 3 })
	st = armed(first, tracepoint.Spec{Path: path, Line: 4, LogMessage: "total is {total}", HitCondition: "%2"})
	if len(st) != 2 || st[0].ID != 1 || st[0].Hits == 0 || st[1].Line != 4 {
		t.Fatalf("one more: %+v", st)
	}
	testkit.Eventually(t, "records of the second", func() bool { return h.count(st[1].ID) > 3 })
	if _, err := s.Replace("a", nil); err != nil || len(s.Statuses()) != 0 {
		t.Fatalf("removed: %+v %v", s.Statuses(), err)
	}
	touch(t, stop)
	if exit := finish(t, s); exit != (Exit{}) {
		t.Errorf("exit %+v", exit)
	}
	if !strings.HasSuffix(h.stdout(), "left after a while\n") {
		t.Errorf("stdout %q", h.stdout())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.records {
		if r.Tracepoint == 2 && (r.Line != 4 || r.Path != path || len(r.Values) != 1) {
			t.Fatalf("a log record: %+v", r)
		}
	}
	if len(h.notices) != 0 {
		t.Errorf("notices %q", h.notices)
	}
}

func TestATallyIsSeenWhileTheProgramRuns(t *testing.T) {
	path, stop := loops(t)
	s, h := begin(t, Config{Program: path})
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	hits := func() (n uint64) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.tally == nil {
			return 0
		}
		for _, f := range h.tally.Files {
			for _, st := range f.Statements {
				if st.Line == 3 {
					n = st.Hits
				}
			}
		}
		return n
	}
	testkit.Eventually(t, "hits", func() bool { return hits() > 2 })
	seen := hits()
	testkit.Eventually(t, "more hits", func() bool { return hits() > seen })
	if s.Snapshot().State != tally.Running {
		t.Errorf("state %s", s.Snapshot().State)
	}
	touch(t, stop)
	finish(t, s)
	if last := s.Snapshot(); last.State != tally.Ended || h.tally != last {
		t.Errorf("the last Snapshot is %+v", last)
	}
}

func TestForkedChildrenAreSeen(t *testing.T) {
	s, h := begin(t, Config{
		Code: "import os\ndef f():\n    pass\nf()\nfor _ in range(2):\n    if not os.fork():\n        f()\n        os._exit(0)\n" +
			"for _ in range(2):\n    os.wait()\nf()",
		Tracepoints: map[string][]tracepoint.Spec{"me": {{Query: "function='f', kind='call'"}}},
	})
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	if exit := finish(t, s); exit != (Exit{}) {
		t.Errorf("exit %+v", exit)
	}
	pids := map[int]bool{}
	for _, r := range h.records {
		pids[r.PID] = true
	}
	if h.count(1) != 4 || len(pids) != 3 {
		t.Errorf("%d records of %d processes", h.count(1), len(pids))
	}
	if st := s.Statuses()[0]; st.Hits != 4 {
		t.Errorf("status %+v", st)
	}
}

func TestTheClientsTerminalStartsTheProgram(t *testing.T) {
	quiet(t)
	var cmd *exec.Cmd
	h := &heard{}
	s, err := Start(t.Context(), Config{Code: "import sys; sys.exit(5)", Python: []string{testkit.Python(t, "3.12").Path},
		Terminal: func(argv []string, env map[string]*string, cwd string) (int, error) {
			cmd = exec.Command(argv[0], argv[1:]...)
			cmd.Env, cmd.Dir = launch.Environ(os.Environ(), env), cwd
			if err := cmd.Start(); err != nil {
				return 0, err
			}
			go cmd.Wait()
			return cmd.Process.Pid, nil
		}}, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	if exit := finish(t, s); exit.Code != 5 || exit.Error != "" {
		t.Errorf("exit %+v", exit)
	}
}

func TestStartsThatFail(t *testing.T) {
	python := testkit.Python(t, "3.12").Path
	dir := testkit.Folder(t)
	dies := filepath.Join(dir, "dies")
	script := fmt.Sprintf("#!/bin/sh\nfor a; do case $a in *tallyho_boot*) echo no such luck >&2; exit 9;; esac; done\nexec '%s' \"$@\"\n", python)
	if err := os.WriteFile(dies, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	silent := filepath.Join(dir, "silent")
	script = strings.Replace(script, "echo no such luck >&2; exit 9", "exec sleep 600", 1)
	if err := os.WriteFile(silent, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		config Config
		want   string
	}{
		"nothing to run":    {Config{}, "exactly one of a program, a module and code is to be run"},
		"two things to run": {Config{Module: "a", Code: "b"}, "exactly one of"},
		"no such program":   {Config{Program: "/no/such.py"}, "there is no program /no/such.py"},
		"no such directory": {Config{Code: "1", Cwd: "/no/such"}, "the working directory /no/such does not exist"},
		"a directory":       {Config{Program: dir}, "is a directory without a __main__.py"},
		"dies":              {Config{Code: "1", Python: []string{dies}}, dies + " ended with exit code 9 before the program could run: no such luck"},
		"silent":            {Config{Code: "1", Python: []string{silent}, ConnectTimeout: 300 * time.Millisecond}, "did not answer within 300ms"},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t)
			if row.config.Python == nil {
				row.config.Python = []string{python}
			}
			row.config.Capture = true
			h := &heard{}
			_, err := Start(t.Context(), row.config, h)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
			if h.ended != nil {
				t.Error("Ended was called")
			}
			left, _ := filepath.Glob(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "tallyho-*"))
			if len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// TestASlowObserverLosesNothing: the program waits once its memory is full.
func TestASlowObserverLosesNothing(t *testing.T) {
	const n = 60000
	s, h := begin(t, Config{
		Code:        fmt.Sprintf("def f(i):\n    pass\nfor i in range(%d):\n    f('x' * 60)", n),
		Tally:       TallyOff,
		Tracepoints: map[string][]tracepoint.Spec{"me": {{Query: "function='f', kind='call'"}}},
	})
	h.mu.Lock() // the Observer is stuck from its first record on
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	h.mu.Unlock()
	if exit := finish(t, s); exit != (Exit{}) {
		t.Errorf("exit %+v", exit)
	}
	if h.count(1) != n || len(h.notices) != 0 {
		t.Errorf("%d records of %d; notices %q", h.count(1), n, h.notices)
	}
}

func TestNamesAreAskedOfTheProgram(t *testing.T) {
	path, stop := loops(t)
	s, h := begin(t, Config{Program: path, Tracepoints: map[string][]tracepoint.Spec{"me": {{Function: "prise"}}}})
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "output", func() bool { return h.stdout() != "" })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	testkit.Eventually(t, "the name price", func() bool {
		names, err := s.Names(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(strings.Join(names.Functions, " "), "price")
	})
	testkit.Eventually(t, "a suggestion", func() bool { return strings.Contains(s.Statuses()[0].Message, "did you mean price?") })
	touch(t, stop)
	finish(t, s)
}
