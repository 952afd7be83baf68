package dap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// TestAFlightRecorderIsDumpedOnDemand: what is kept in memory is written when it is asked for, each time to a file of its own, and
// the end of the run all the same.
func TestAFlightRecorderIsDumpedOnDemand(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, liveProgram, object{"record": object{"file": "a.rec", "last": "1M"}}, func(d *debuggee) {
			d.breakpoints(object{"line": d.line("cut"), "condition": "o.n >= 3"})
		})
		steps := func(path string) uint64 {
			t.Helper()
			r, err := recording.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if !r.Whole || r.Damaged > 0 {
				t.Errorf("%s: whole %v, %d damaged", path, r.Whole, r.Damaged)
			}
			return r.Steps()
		}
		before := uint64(0)
		typed := func(command string) func() string {
			return func() string {
				said := d.must("evaluate", object{"expression": command, "context": "repl"})["result"].(string)
				path, ok := strings.CutPrefix(said, "written to ")
				if !ok {
					t.Fatalf("%q: %q", command, said)
				}
				return path
			}
		}
		for i, dump := range []func() string{typed("record dump"), func() string {
			path := d.must("tallyho/dump", object{})["path"].(string)
			d.step("stepBack", 1)
			d.nextStop("step")
			if later := typed(":record dump")(); steps(later) != steps(path) { // the program stands where it stood
				t.Errorf("in the past %d steps were written, and %d before", steps(later), steps(path))
			}
			d.step("continue", 1)
			d.nextStop("stop")
			return path
		}} {
			d.nextStop("stop")
			path := dump()
			if steps(path) <= before {
				t.Errorf("%d: %d steps in %s, and %d in the one before", i, steps(path), path, before)
			}
			before = steps(path)
			d.step("continue", 1)
		}
		d.event("terminated")
		d.goodbye()
		all, _ := filepath.Glob(filepath.Join(filepath.Dir(d.path), "a*.rec"))
		if len(all) != 4 || steps(filepath.Join(filepath.Dir(d.path), "a-4.rec")) <= before {
			t.Errorf("written were %q", all)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(d.path), "a.rec")); err != nil {
			t.Error(err)
		}
	})
}

// TestNothingToDump: of a run that is not recorded, or whose file has all of it, that is said.
func TestNothingToDump(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		for says, config := range map[string]object{"is not recorded": {}, "written as it comes": {"record": true}} {
			d := debugging(t, python, liveProgram, config, func(d *debuggee) { d.breakpoints(object{"line": d.line("last")}) })
			d.nextStop("stop")
			if text, _ := d.refused("evaluate", object{"expression": "record dump", "context": "repl"}); !strings.Contains(text, says) {
				t.Errorf("%q, want %q", text, says)
			}
			if text, _ := d.refused("tallyho/dump", object{}); !strings.Contains(text, says) {
				t.Errorf("tallyho/dump: %q, want %q", text, says)
			}
			d.step("continue", 1)
			d.event("terminated")
			d.goodbye()
		}
	})
}
