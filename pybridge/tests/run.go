// Package tests runs the bridge's own tests, which are written in Python, as tests of
// Go: in this package and in events, roads, stops and tally below on every interpreter, in native
// and its like with the accelerator. They are several packages because of Go's limit: ten minutes
// for each, on a machine with two cores.
package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge"
)

// Laid out by Main for all modules of tests.
var (
	staged   string // the bridge, as programs are given it: they compile it once for each Python
	compiled string // where the modules' own interpreters keep what they compile of it
)

// Main runs the tests of a package, and is called by its TestMain.
func Main(m *testing.M) int {
	testkit.DependsOnSources()
	dir, err := os.MkdirTemp("", "tallyho-stage-")
	if err == nil {
		defer os.RemoveAll(dir)
		compiled = filepath.Join(dir, "compiled")
		staged, err = pybridge.Stage(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Run runs one module of tests as a subtest, so that a failure names it and the Python.
func Run(t *testing.T, python testkit.Interpreter, module string, env ...string) {
	t.Run(python.Name()+"/"+module, func(t *testing.T) {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), python.Path, "-X", "pycache_prefix="+compiled, "-W", "ignore::ResourceWarning", "-m", "unittest", module)
		cmd.Dir = dir()
		cmd.Env = append(append(os.Environ(), testkit.SizeEnv(1), "TALLYHO_TEST_STAGE="+staged, "PYTHONDONTWRITEBYTECODE="), env...)
		out, err := cmd.CombinedOutput()
		// Of 3.12 some releases take it for a mistake where every test is skipped.
		if cmd.ProcessState.ExitCode() == 5 && bytes.Contains(out, []byte("NO TESTS RAN (skipped=")) {
			t.Skip("skipped: none of its tests is for this Python and accelerator")
		}
		if err != nil {
			t.Errorf("%s -m unittest %s: %v\n%s", python.Path, module, err, out)
		}
		t.Logf("%s", lastLines(out, 3)) // how many tests: the scoreboard adds them up
	})
}

// lastLines are the last few lines of an output.
func lastLines(out []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
