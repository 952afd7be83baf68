//go:build !windows

package engine

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/planner"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// rawProgram is what programs begin with that count raw as the bridge does: by
// the bridge's own records and memory, with files of ids that it does not use.
const rawProgram = `
import gc, itertools, os, signal, struct, sys, time, types, zlib
def ours(module, name):
    return next(one for one in gc.get_objects() if type(one).__name__ == name and type(one).__module__ == module)
records, memory = ours("_tallyho.wire.records", "Records"), ours("_tallyho.wire.memory", "Memory")
ids = itertools.count(1000)
def code_objects(code):
    yield code
    for one in code.co_consts:
        if type(one) is types.CodeType:
            yield from code_objects(one)
def codes(text):
    return {one.co_name: one for one in code_objects(compile(text, "", "exec"))}
class Chunk:
    def __init__(self, slots=4096):
        first = memory.allocate(slots)
        self.at, self.bytes = 8 * first, memory.counters.cast("B")
        records.json(10, {"first": first, "slots": slots})
    def add(self, file, code, hits, key=None):
        units = len(code.co_code) // 2
        head = struct.pack("<IIII", file, zlib.crc32(code.co_linetable) if key is None else key, code.co_firstlineno, units)
        self.bytes[self.at:self.at + 16] = head
        self.bytes[self.at + 16:self.at + 16 + units] = bytes([hits]) * units
        self.at += 16 + (units + 7 & ~7)
class File:
    def __init__(self, name, text=None, mtime=None):
        self.path, self.id = os.path.join(folder, name), next(ids)
        if text is not None:
            with open(self.path, "w") as stream:
                stream.write(text)
        about = os.stat(self.path) if os.path.exists(self.path) else None
        records.json(11, {"id": self.id, "path": self.path, "mtime": about.st_mtime_ns if about else -1,
                          "size": about.st_size if about else -1})
        self.codes = codes(text or "")
def until(name):
    while not os.path.exists(os.path.join(folder, name)):
        time.sleep(0.002)
folder = %q
text = "def one():\n    return 1\ndef two():\n    return 2\n"
`

// countRaw starts a program that counts raw.
func countRaw(t *testing.T, body string, c Config) (s *Session, h *heard, folder string) {
	t.Helper()
	folder = testkit.Folder(t)
	c.Program = filepath.Join(testkit.Folder(t), "raw.py")
	if err := os.WriteFile(c.Program, []byte(fmt.Sprintf(rawProgram, folder)+body), 0o644); err != nil {
		t.Fatal(err)
	}
	c.Exclude, c.Native = []string{c.Program}, "off"
	if c.RawPatience == 0 {
		c.RawPatience = time.Hour // however busy the machine is
	}
	s, h = begin(t, c)
	return s, h, folder
}

// run lets it run to its end.
func (h *heard) run(t *testing.T, s *Session) {
	t.Helper()
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	finish(t, s)
}

// hitsIn are the hits of a file's statements by line, "" where it is not there.
func hitsIn(s *tally.Snapshot, path string) string {
	if s == nil {
		return ""
	}
	var out []string
	for _, f := range s.Files {
		if f.Path != path {
			continue
		}
		for _, st := range f.Statements {
			one := fmt.Sprint(st.Line, ":", st.Hits)
			if st.Calls > 0 {
				one += fmt.Sprint(" called ", st.Calls)
			}
			if !st.Ran {
				one += " not ran"
			}
			out = append(out, one)
		}
	}
	return strings.Join(out, ", ")
}

func (h *heard) told() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.notices)
}

// settled is what was told but for what is told where the machine is slow, and of values,
// which nothing here has.
func (h *heard) settled() []string {
	return slices.DeleteFunc(h.told(), func(text string) bool {
		return strings.HasPrefix(text, "Working out") || strings.HasPrefix(text, "Worked out") || strings.Contains(text, "has no values")
	})
}

func TestRawCounts(t *testing.T) {
	testkit.Long(t)
	for name, test := range map[string]struct {
		body    string
		want    map[string]string // by file's name
		notices []string
	}{
		"are added up": {`
f = File("m.py", text)
c = Chunk()
c.add(f.id, f.codes["<module>"], 1); c.add(f.id, f.codes["one"], 255)
`, map[string]string{"m.py": "1:1 called 255, 2:255, 3:1, 4:0 not ran"}, nil},
		"of two chunks": {`
f, g = File("m.py", text), File("n.py", "x = 1\n")
Chunk(16).add(f.id, f.codes["<module>"], 1)
c = Chunk(16); c.add(g.id, g.codes["<module>"], 2); c.add(f.id, f.codes["two"], 3)
`, map[string]string{"m.py": "1:1, 2:0 not ran, 3:1 called 3, 4:3", "n.py": "1:2"}, nil},
		"survive the process": {`
files = [File("m%d.py" % n, text) for n in range(300)]
c = Chunk(100000)
for f in files:
    c.add(f.id, f.codes["<module>"], 1); c.add(f.id, f.codes["two"], 7)
os.kill(os.getpid(), signal.SIGKILL)
`, map[string]string{"m0.py": "1:1, 2:0 not ran, 3:1 called 7, 4:7", "m299.py": "1:1, 2:0 not ran, 3:1 called 7, 4:7"}, nil},
		"of a child": {`
open(os.path.join(folder, "m.py"), "w").write(text)
if os.fork() == 0:
    records, memory = ours("_tallyho.wire.records", "Records"), ours("_tallyho.wire.memory", "Memory")
    f = File("m.py"); f.codes = codes(text); Chunk().add(f.id, f.codes["one"], 4)
    os._exit(0)
os.wait()
f = File("m.py"); f.codes = codes(text); c = Chunk(); c.add(f.id, f.codes["<module>"], 1); c.add(f.id, f.codes["one"], 5)
`, map[string]string{"m.py": "1:1 called 9, 2:9, 3:1, 4:0 not ran"}, nil},
		"of a file that changed": {`
f, g = File("m.py", text), File("n.py", text)
with open(f.path, "a") as stream:
    stream.write("more = 1\n")
c = Chunk(); c.add(f.id, f.codes["one"], 4); c.add(g.id, g.codes["one"], 4)
`, map[string]string{"m.py": "", "n.py": "1:0 called 4 not ran, 2:4, 3:0 not ran, 4:0 not ran"},
			[]string{"What FOLDER/m.py counted is not shown: the source has changed since it was loaded."}},
		"of a file that is gone": {`
f, g = File("gone.py"), File("n.py", text)
c = Chunk(); c.add(f.id, f.codes["<module>"], 4); c.add(g.id, g.codes["one"], 4)
`, map[string]string{"n.py": "1:0 called 4 not ran, 2:4, 3:0 not ran, 4:0 not ran"},
			[]string{"FOLDER/gone.py: what ran could not be worked out and is not shown: FOLDER/gone.py is no file that can be read."}},
		"of code that is not in its file": {`
f = File("m.py", text)
c = Chunk(); c.add(f.id, f.codes["one"], 4, 99); c.add(f.id, f.codes["two"], 4)
`, map[string]string{"m.py": "1:0 not ran, 2:0 not ran, 3:0 called 4 not ran, 4:4"},
			[]string{"Code that is not compiled from the text of FOLDER/m.py ran under that name, and is not counted."}},
		"that are damaged": {`
f = File("m.py", text)
c = Chunk(16); c.add(f.id, f.codes["one"], 4); c.add(77, f.codes["one"], 4)
c.bytes[c.at:c.at + 16] = struct.pack("<IIII", f.id, 1, 1, 1 << 30)
`, map[string]string{"m.py": "1:0 called 4 not ran, 2:4, 3:0 not ran, 4:0 not ran"},
			[]string{"Process PID: 2 records could not be read."}},
	} {
		t.Run(name, func(t *testing.T) {
			s, h, folder := countRaw(t, test.body, Config{})
			h.run(t, s)
			got := map[string]string{}
			for name := range test.want {
				got[name] = hitsIn(s.Snapshot(), filepath.Join(folder, name))
			}
			if !maps.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			place := strings.NewReplacer(folder, "FOLDER", fmt.Sprint(s.Program().PID), "PID")
			if notices := h.settled(); place.Replace(strings.Join(notices, "\n")) != strings.Join(test.notices, "\n") {
				t.Errorf("notices %q, want %q", notices, test.notices)
			}
		})
	}
}

// What runs later is added to what was shown before.
func TestMoreRawCodeOfAKnownFile(t *testing.T) {
	s, h, folder := countRaw(t, `
f = File("m.py", text); c = Chunk()
c.add(f.id, f.codes["one"], 4)
until("more")
c.add(f.id, f.codes["two"], 5)
until("stop")
c.bytes[c.at - 8] = c.bytes[c.at - 7] = 9
`, Config{})
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	shows := func(want string) func() bool {
		return func() bool { return hitsIn(s.Snapshot(), filepath.Join(folder, "m.py")) == want }
	}
	testkit.Eventually(t, "the first", shows("1:0 called 4 not ran, 2:4, 3:0 not ran, 4:0 not ran"))
	touch(t, filepath.Join(folder, "more"))
	testkit.Eventually(t, "the second", shows("1:0 called 4 not ran, 2:4, 3:0 called 5 not ran, 4:5"))
	touch(t, filepath.Join(folder, "stop"))
	finish(t, s)
	if got := hitsIn(s.Snapshot(), filepath.Join(folder, "m.py")); !shows("1:0 called 4 not ran, 2:4, 3:0 called 9 not ran, 4:9")() {
		t.Errorf("at the end %s", got)
	}
	if got := h.settled(); len(got) > 0 {
		t.Errorf("notices %q", got)
	}
}

// instead makes a shell's command the planner of a Session.
func (s *Session) instead(t *testing.T, command string) {
	t.Helper()
	key := s.Program().Executable
	c := &pool{most: 1}
	one, err := planner.Start(context.Background(), planner.Options{Argv: []string{"/bin/sh", "-c", command}},
		func(a planner.Answer) { s.post(func() { s.workedOut(a) }) },
		func(err error) { s.post(func() { s.poolBroke(c, err) }) })
	if err != nil {
		t.Fatal(err)
	}
	c.workers = []*worker{{Planner: one}}
	s.call(func() { s.planning.pools[key] = c })
}

const leavesRaw = `
for n in range(20):
    f = File("m%d.py" % n, text)
    Chunk(64).add(f.id, f.codes["one"], 4)
`

func TestPlannerThatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		command, want string
	}{
		"breaks":          {"read line; echo out of luck >&2; exit 3", "the planner ended: out of luck."},
		"talks nonsense":  {"read line; echo nonsense; exec cat >/dev/null", "the planner's answer cannot be read: invalid character 'o' in literal null (expecting 'u')."},
		"says no word":    {"read line; exit 3", "the planner ended: exit status 3."},
		"ends by itself":  {"read line", "the planner ended by itself."},
		"is not asked on": {"read line; exit 0", "the planner ended by itself."},
	} {
		t.Run(name, func(t *testing.T) {
			s, h, _ := countRaw(t, leavesRaw, Config{})
			s.instead(t, test.command)
			h.run(t, s)
			want := []string{"What some files counted cannot be worked out and is not shown: " + test.want}
			if got := h.settled(); !slices.Equal(got, want) {
				t.Errorf("notices %q, want %q", got, want)
			}
		})
	}
}

func TestTheEndWaitsForThePlannerNoLongerThanItMay(t *testing.T) {
	testkit.Long(t)
	for name, test := range map[string]struct {
		config  Config
		meddle  func(*Session)
		notices []string
	}{
		"its patience": {config: Config{RawPatience: 10 * time.Millisecond},
			notices: []string{"FOLDER/m0.py, FOLDER/m1.py, FOLDER/m10.py, FOLDER/m11.py, FOLDER/m12.py and 15 more files: what ran could not be worked out in time and is not shown."}},
		"the person says": {meddle: func(s *Session) { s.Hurry() },
			notices: []string{"FOLDER/m0.py, FOLDER/m1.py, FOLDER/m10.py, FOLDER/m11.py, FOLDER/m12.py and 15 more files: what ran was not worked out and is not shown."}},
		"it is terminated": {meddle: func(s *Session) { _ = s.Terminate() },
			notices: []string{"FOLDER/m0.py, FOLDER/m1.py, FOLDER/m10.py, FOLDER/m11.py, FOLDER/m12.py and 15 more files: what ran was not worked out and is not shown."}},
		"it is killed": {meddle: func(s *Session) { _ = s.Kill() },
			notices: []string{"FOLDER/m0.py, FOLDER/m1.py, FOLDER/m10.py, FOLDER/m11.py, FOLDER/m12.py and 15 more files: what ran was not worked out and is not shown."}},
	} {
		t.Run(name, func(t *testing.T) {
			test.config.RawPatience = max(test.config.RawPatience, time.Millisecond)
			if test.meddle != nil {
				test.config.RawPatience = time.Hour
			}
			s, h, folder := countRaw(t, leavesRaw, test.config)
			s.instead(t, "exec cat >/dev/null")
			if err := s.Go(); err != nil {
				t.Fatal(err)
			}
			if test.meddle != nil {
				testkit.Eventually(t, "the wait", func() bool { return slices.Contains(h.told(), "Working out what 20 files counted …") })
				test.meddle(s)
			}
			finish(t, s)
			if got := strings.ReplaceAll(strings.Join(h.settled(), "\n"), folder, "FOLDER"); got != strings.Join(test.notices, "\n") {
				t.Errorf("notices %q, want %q", got, test.notices)
			}
		})
	}
}
