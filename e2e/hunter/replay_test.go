package hunter

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// recordedAs are the ways to record: with each version, backend and recorder. The first
// two have most in them that differs, and are asked every query at the usual size.
var recordedAs = []struct{ version, backend, native string }{
	{"3.12", "monitoring", "auto"}, {"3.11", "settrace", "off"},
	{"3.12", "monitoring", "off"}, {"3.12", "settrace", "off"}, {"3.13", "monitoring", "auto"}, {"3.13", "monitoring", "off"},
}

// TestReplayEqualsLive records each program once in each way and asks it the recorded
// queries afterwards: what is told and printed is what was recorded of the running
// program.
func TestReplayEqualsLive(t *testing.T) {
	testkit.Long(t)
	for way, row := range recordedAs {
		t.Run(row.version+" "+row.backend+" "+row.native, func(t *testing.T) {
			python := testkit.Python(t, row.version)
			rows := readDifferences(t)
			recordings := &recordings{dir: testkit.Folder(t), args: []string{"--python", python.Path, "--backend", row.backend, "--native", row.native}}
			asked := newScore()
			t.Run("cases", func(t *testing.T) {
				number := 0
				for _, c := range readCases(t) {
					want, known := c.wanted(row.version)
					if !known || rows[c.ID] != "" || unanswerable(c.Query+c.Config) || want.Phase == "build" {
						continue
					}
					if number++; !askedOf(way, number) {
						continue
					}
					t.Run(c.ID, func(t *testing.T) {
						t.Parallel()
						got := askAgain(t, recordings.of(t, c), c)
						miss := got.mismatch(c, want)
						asked.add(c, miss == "")
						if miss != "" {
							t.Errorf("%s on %s\n%s", c.Query, c.Program, miss)
						}
					})
				}
			})
			t.Log("\n" + asked.table(rows))
		})
	}
}

// askedOf reports whether the query of that number is asked of what a way records: at
// the usual size the last four share them. One reader reads all recordings, and what
// the recorders in C and in Python write is the same (TestBothRecordersSayTheSame).
func askedOf(way, number int) bool {
	const whole = 2
	switch {
	case testing.Short():
		return number%60 == 10*way
	case way < whole, testkit.Size() > 1:
		return true
	}
	return number%(len(recordedAs)-whole) == way-whole
}

// unanswerable are queries that replay refuses by name.
func unanswerable(query string) bool {
	for _, word := range []string{"lambda", "repr_func", "profile=True", "Debugger", "Manhole"} {
		if strings.Contains(query, word) {
			return true
		}
	}
	return false
}

// recordings records each program once.
type recordings struct {
	dir  string
	args []string
	mu   sync.Mutex // guards made
	made map[string]string
}

func (r *recordings) of(t *testing.T, c recorded) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made[c.Program] != "" {
		return r.made[c.Program]
	}
	if r.made == nil {
		r.made = map[string]string{}
	}
	file := filepath.Join(r.dir, strings.ReplaceAll(c.Program, "/", "-")+".rec")
	args := append([]string{"record", "-o", file, "--all", "--no-tally", "--preload", preloads(c)}, r.args...)
	got := e2e.Tallyho(t, e2e.Run{Dir: programs(), Env: fixed, Args: append(args, c.Program)})
	if !strings.Contains(got.Stderr, "are recorded in") {
		t.Fatalf("%s was not recorded: %s", c.Program, got.Stderr)
	}
	r.made[c.Program] = file
	return file
}

// askAgain asks a recording what observe asks of the running program.
func askAgain(t *testing.T, file string, c recorded) observed {
	t.Helper()
	dir := testkit.Folder(t)
	events, printed := filepath.Join(dir, "events.jsonl"), filepath.Join(dir, "printed")
	args := []string{"replay", file, "--output", printed, "--events", events, "-q", c.Query, "-q", theEnd}
	env := []string{}
	if c.Config != "" {
		env = append(env, "PYTHONHUNTERCONFIG="+c.Config)
	}
	r := e2e.Tallyho(t, e2e.Run{Dir: programs(), Env: env, Args: args})
	if r.Code != 0 {
		return observed{refused: r.Stderr}
	}
	return told(t, r, c, events, printed)
}
