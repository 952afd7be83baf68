//go:build !windows

package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// leftovers is what a program tells of what we have left in it: descriptors,
// maps of trace memory, the bridge's objects by class, and whether code that was
// traced and a value that was recorded can still go.
const leftovers = `
import gc, weakref
class Recorded:
    pass
def fresh():
    space = {}
    exec("def traced(n, value):\n    more = n + 1\n    try:\n        raise KeyError(n)\n    except KeyError:\n        pass\n    return more\n", space)
    return space["traced"]
def run_traced(times=50):
    traced, value = fresh(), Recorded()
    for n in range(times):
        traced(n, value)
    return traced, value
kept = []
def keep():
    traced, value = run_traced()
    kept.append((traced, value, weakref.ref(traced.__code__), weakref.ref(value)))
    return len(kept)
def drop():
    refs = [one[2:] for one in kept]
    kept.clear()
    gc.collect()
    return [(ref(), gc.get_referrers(ref())) for pair in refs for ref in pair if ref() is not None]
gc.disable() # the memory goes at once, and not when garbage is collected
def mapped():
    with open("/proc/self/maps") as maps:
        return sum("memfd:tallyho" in line for line in maps)
def left():
    gc.collect()
    counts = {}
    for one in gc.get_objects():
        kind = type(one)
        home = type.__getattribute__(kind, "__module__")
        if isinstance(home, str) and "_tallyho" in home:
            counts[kind.__name__] = counts.get(kind.__name__, 0) + 1
    fds = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            fds.append(fd + " " + os.readlink("/proc/self/fd/" + fd).split(":")[0].split("(")[0])
        except OSError:
            pass # of the listing itself
    with open("/proc/self/maps") as maps:
        shared = sum("memfd:tallyho" in line for line in maps)
    return "%s maps %d %s" % (fds, shared, sorted(counts.items()))
`

// TestDetachLeavesNothing: a program that was asked all kinds of things is as it
// was before, with nothing of its own or of ours kept alive.
func TestDetachLeavesNothing(t *testing.T) {
	testkit.Long(t)
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			quiet(t)
			p, _ := launchTarget(t, python.Path, "import tallyho\n"+leftovers+"\nWHERE = tallyho.listen()", "PYTHONPATH="+testkit.Package(t))
			p.ask(t, "keep()")
			if still := p.ask(t, "drop()"); still != "[]" {
				t.Fatalf("the program keeps alive %s itself", still)
			}
			for round, tally := range []TallyMode{TallyOff, TallyValues} {
				p.detachedFrom(t, tally)
				testkit.Eventually(t, "the memory is given back", func() bool { return p.ask(t, "mapped()") == "0" })
				p.asBefore(t)
				if still := p.ask(t, "drop()"); still != "[]" {
					t.Errorf("kept alive after round %d: %s", round, still)
				}
				if round == 0 {
					continue // the modules that a first visit needs stay
				}
				before := p.ask(t, "left()")
				p.detachedFrom(t, tally)
				testkit.Eventually(t, "the memory is given back", func() bool { return p.ask(t, "mapped()") == "0" })
				p.asBefore(t)
				if still := p.ask(t, "drop()"); still != "[]" {
					t.Errorf("kept alive: %s", still)
				}
				if now := p.ask(t, "left()"); now != before {
					t.Errorf("before a visit\n%s\nafter it\n%s", before, now)
				}
			}
			p.end(t)
		})
	}
}

// detachedFrom asks for everything there is, has it hit, and detaches.
func (p *target) detachedFrom(t *testing.T, tally TallyMode) {
	t.Helper()
	c := AttachConfig{PID: p.cmd.Process.Pid}
	c.Tally, c.Stops = tally, true
	c.Tracepoints = map[string][]tracepoint.Spec{"t": {
		{Path: p.path, Line: p.line, LogMessage: "n={n}"},
		{Path: p.path, Line: p.line, Condition: "n < 0", Stop: true},
		{Path: p.path, Line: p.line + 1, HitCondition: "99999999", Stop: true},
		{Path: p.path, Line: p.line + 1, LogMessage: "{n + 1} {total!r}", Condition: "n % 2"},
		{Query: `function="traced", action=CallPrinter`},
		{Query: `Q(function="traced", action=VarsPrinter("value", "more"))`},
		{Query: `From(Q(function="traced"), Q(kind="return"), watermark=1), action=CodePrinter`},
		{Exceptions: "silenced"},
	}}
	s, h, err := attachTo(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	for _, st := range s.Statuses() {
		if st.State == tracepoint.Failed {
			t.Errorf("refused: %+v", st)
		}
	}
	id := s.Statuses()[0].ID
	testkit.Eventually(t, "records come", func() bool { return h.count(id) >= 20 })
	p.ask(t, "keep()")
	if err := s.Detach(); err != nil {
		t.Fatal(err)
	}
	finish(t, s)
}

// detachable runs until the file of its first argument is there, and then writes
// to that of its second what is left of us. Its own process is all it has.
const detachable = `import os, sys, time
import subprocess
def price(n):
    total = n * 2
    return total
%s
go, to = sys.argv[1:]
while not os.path.exists(go):
    price(1)
    time.sleep(0.001)
deadline = time.monotonic() + 100
while time.monotonic() < deadline:
    found = left()
    threads = len(os.listdir("/proc/self/task"))
    mine = [os.execv, getattr(subprocess, "_fork_exec", None), sys.breakpointhook]
    if "Bridge" not in found and threads == 1:
        break
    time.sleep(0.01)
with open(to + ".new", "w") as file:
    file.write("%%s threads %%d trace %%s %%s" %% (found, threads, sys.gettrace(), [getattr(one, "__module__", None) for one in mine]))
os.rename(to + ".new", to)
`

// TestDetachFromLaunched: a program that we started runs on without us, with
// nothing of ours in it but constants.
func TestDetachFromLaunched(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			quiet(t)
			dir := testkit.Folder(t)
			path, release, to := filepath.Join(dir, "detachable.py"), filepath.Join(dir, "go"), filepath.Join(dir, "to")
			if err := os.WriteFile(path, []byte(fmt.Sprintf(detachable, leftovers)), 0o600); err != nil {
				t.Fatal(err)
			}
			h := &heard{}
			s, err := Start(t.Context(), Config{Program: path, Args: []string{release, to}, Python: []string{python.Path}, Capture: true, Stops: true,
				Tracepoints: map[string][]tracepoint.Spec{"t": {{Path: path, Line: 5, LogMessage: "n={n}"}}}}, h)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Kill(); <-s.Done() })
			if err := s.Go(); err != nil {
				t.Fatal(err)
			}
			id := s.Statuses()[0].ID
			testkit.Eventually(t, "records come", func() bool { return h.count(id) >= 20 })
			if err := s.Detach(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(release, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			var said []byte
			testkit.Eventually(t, "the program tells", func() bool { said, err = os.ReadFile(to); return err == nil })
			if n := strings.Count(string(said), "tallyho-output"); n != 0 {
				t.Errorf("%d descriptors are open of output that nobody reads any more: %s", n, said)
			}
			for _, want := range []string{"'1 /dev/null', '2 /dev/null'", " maps 0 ", " threads 1 trace None "} {
				if !strings.Contains(string(said), want) {
					t.Errorf("the program says %q\nwithout %q", said, want)
				}
			}
			for _, not := range []string{"Bridge", "'Memory'", "Plan'", "DispatchTable", "Tracepoint", "'_tallyho", "memfd"} {
				if strings.Contains(string(said), not) {
					t.Errorf("the program says %q\nwith %q", said, not)
				}
			}
		})
	}
}
