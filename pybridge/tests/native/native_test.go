// Package native_test runs the bridge's tests again, with the accelerator.
package native_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge"
	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

// TestAccelerator runs the tests of the tallies, of events and of exceptions again
// with the accelerator; where that is a trace function, those of all that trace
// functions are for.
func TestAccelerator(t *testing.T) {
	testkit.Need(t, "cc")
	cache := t.TempDir()
	tracing := []string{"test_events", "test_lasting", "test_late", "test_live", "test_native_extras", "test_run", "test_stop_programs", "test_stop_steps", "test_tracebacks", "test_tracer", "test_unbound"}
	events := []string{"test_misread", "test_native_events", "test_native_extras", "test_native_guard", "test_roads", "test_screens", "test_stop_columns", "test_stop_exceptions", "test_stop_groups"}
	accelerate := func(t *testing.T, p launch.Interpreter) launch.Accelerator {
		return launch.Accelerate(t.Context(), p, launch.Recipe{Source: pybridge.Accelerator}, cache)
	}
	tallies := tests.Modules(t, "test_tally_*.py")
	monitoring, older := apart(testkit.Pythons(t))
	runNative(t, monitoring, slices.Concat(tallies, events), accelerate)
	runNative(t, older, slices.Concat(tallies, tracing), accelerate)
}

// apart are the interpreters with sys.monitoring, and those without.
func apart(all []testkit.Interpreter) (monitoring, older []testkit.Interpreter) {
	for _, python := range all {
		if python.Monitoring() {
			monitoring = append(monitoring, python)
		} else {
			older = append(older, python)
		}
	}
	return monitoring, older
}

// TestPrebuiltAccelerator runs them with what a release carries, where nothing can be
// built: no compiler is on PATH, the cache is empty.
func TestPrebuiltAccelerator(t *testing.T) {
	testkit.Need(t, "cc")
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	file := filepath.Join(t.TempDir(), "built")
	build := exec.CommandContext(t.Context(), filepath.Join(testkit.Root(), "scripts", "prebuilt"), file)
	build.Env = append(os.Environ(), "PYTHON="+testkit.Python(t, "3.12").Path)
	if out, err := build.CombinedOutput(); err != nil {
		testkit.Missing(t, "prebuilt", strings.TrimSpace(string(out)))
	}
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	// The stable ABI is 3.12's: what stands between its first Python and the newest adds nothing.
	monitoring, _ := apart(testkit.Some(t))
	runNative(t, monitoring, tests.Modules(t, "test_tally_*.py"), func(t *testing.T, p launch.Interpreter) launch.Accelerator {
		t.Setenv("CC", "")
		t.Setenv("PATH", onlyShells(t))
		accelerator := launch.Accelerate(t.Context(), p, launch.Recipe{Source: pybridge.Accelerator, Prebuilt: module}, cache)
		if accelerator.Path == "" || !strings.Contains(accelerator.Note, "no C compiler") || !strings.HasPrefix(accelerator.Note, "the release's") {
			t.Errorf("Python %s: the release's accelerator is not taken: %q, %q", p.Version, accelerator.Path, accelerator.Note)
		}
		again := launch.Accelerate(t.Context(), p, launch.Recipe{Source: pybridge.Accelerator, Prebuilt: module}, cache)
		if again != accelerator {
			t.Errorf("asked again: %+v, want %+v", again, accelerator)
		}
		got, err := os.ReadFile(accelerator.Path)
		if err != nil || string(got) != string(module) {
			t.Errorf("Python %s loads %s, which is not the release's (%v)", p.Version, accelerator.Path, err)
		}
		return accelerator
	}, testkit.SizeEnv(0.3)) // it is the same C, compiled otherwise
}

// onlyShells is a directory with what a started interpreter may need, and no
// compiler.
func onlyShells(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"sh", "readlink", "dirname", "basename"} {
		at, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(at, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runNative runs test modules with an accelerator on some interpreters.
func runNative(t *testing.T, pythons []testkit.Interpreter, modules []string,
	accelerate func(*testing.T, launch.Interpreter) launch.Accelerator, env ...string) {
	for _, python := range pythons {
		p, err := launch.Probe(t.Context(), []string{python.Path})
		if err != nil {
			t.Fatal(err)
		}
		var accelerator launch.Accelerator
		t.Run(python.Name()+"/accelerator", func(t *testing.T) {
			accelerator = accelerate(t, p)
			if strings.Contains(accelerator.Note, "error:") && !strings.Contains(accelerator.Note, "Python.h") {
				t.Fatalf("there is a compiler, and the interpreter's headers: %s", accelerator.Note)
			}
			if accelerator.Path == "" {
				testkit.Missing(t, "native"+python.Name(), accelerator.Note)
			}
		})
		if accelerator.Path == "" {
			continue
		}
		for _, module := range tests.For(t, python, modules) {
			tests.Run(t, python, module, append(env, "TALLYHO_TEST_NATIVE="+accelerator.Path)...)
		}
	}
}
