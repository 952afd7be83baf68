package pybridge_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge"
)

// TestAccelerator runs the tests of the tallies, of events and of exceptions again
// with the accelerator; where that is a trace function, those of all that trace
// functions are for.
func TestAccelerator(t *testing.T) {
	testkit.Need(t, "cc")
	cache := t.TempDir()
	tracing := []string{"tests/test_events.py", "tests/test_lasting.py", "tests/test_late.py", "tests/test_live.py", "tests/test_native_extras.py", "tests/test_run.py", "tests/test_stop_programs.py", "tests/test_stop_steps.py", "tests/test_tracebacks.py", "tests/test_tracer.py", "tests/test_unbound.py"}
	events := []string{"tests/test_misread.py", "tests/test_native_events.py", "tests/test_native_extras.py", "tests/test_native_guard.py", "tests/test_roads.py", "tests/test_screens.py", "tests/test_stop_columns.py", "tests/test_stop_exceptions.py", "tests/test_stop_groups.py"}
	accelerate := func(t *testing.T, p launch.Interpreter) launch.Accelerator {
		return launch.Accelerate(t.Context(), p, launch.Recipe{Source: pybridge.Accelerator}, cache)
	}
	tallies := modules(t, "tests/test_tally_*.py")
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
	build := exec.CommandContext(t.Context(), "../scripts/prebuilt", file)
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
	runNative(t, monitoring, modules(t, "tests/test_tally_*.py"), func(t *testing.T, p launch.Interpreter) launch.Accelerator {
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

// modules are the test modules of a pattern.
func modules(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no test modules: %v", err)
	}
	return found
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
			if accelerator = accelerate(t, p); accelerator.Path == "" {
				testkit.Missing(t, "native"+python.Name(), accelerator.Note)
			}
		})
		if accelerator.Path == "" {
			continue
		}
		for _, module := range modulesFor(t, python, modules) {
			unittest(t, python, module, append(env, "TALLYHO_TEST_NATIVE="+accelerator.Path)...)
		}
	}
}

// TestPython runs the Python tests on every interpreter found, but for modules of
// ofAnyVersion, one subtest for each module, so that a failure names both.
func TestPython(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		for _, module := range modulesFor(t, python, modules(t, "tests/test_*.py")) {
			unittest(t, python, module)
		}
	}
}

// ofAnyVersion are the modules of tests that take long and whose subject no version
// of Python changes: some Pythons stand for all there (testkit.Some). What a version
// may change beneath them has tests that run on each.
var ofAnyVersion = map[string]string{
	"test_roads":          "three encoders of a record are compared, all ours; test_events has the events themselves",
	"test_native_events":  "the same, of the accelerator",
	"test_screens":        "questions asked two ways, both ours; what is known of a frame has test_locals_alive",
	"test_one_condition":  "a callback that is compiled by us",
	"test_menagerie":      "values are told apart by exact type; where their frames differ test_locals_alive looks",
	"test_stop_values":    "the same, as trees",
	"test_stop_templates": "how values are shown",
	"test_stop_blocked":   "waits of ours at a stop",
	"test_profile":        "what is recorded of C functions, by two ways of being told of them: 3.12 has both, 3.9 the older one",
}

// modulesFor are those of some modules of tests that run on an interpreter.
func modulesFor(t *testing.T, python testkit.Interpreter, modules []string) []string {
	t.Helper()
	stands := slices.Contains(testkit.Some(t), python)
	var chosen []string
	for _, module := range modules {
		if why := ofAnyVersion[moduleName(module)]; stands || why == "" {
			chosen = append(chosen, module)
		}
	}
	return chosen
}

// TestModulesOfAnyVersionAreThere: a module that is renamed is not to run everywhere
// again, unnoticed.
func TestModulesOfAnyVersionAreThere(t *testing.T) {
	for name := range ofAnyVersion {
		if _, err := os.Stat(filepath.Join("tests", name+".py")); err != nil {
			t.Error(err)
		}
	}
}

func moduleName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".py") }

// staged is the bridge laid out for all modules of tests, which compile it once for
// each Python; the directory is TestMain's.
var staged string

func TestMain(m *testing.M) { os.Exit(testAll(m)) }

func testAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tallyho-stage-")
	if err == nil {
		defer os.RemoveAll(dir)
		staged, err = pybridge.Stage(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// unittest runs one module of tests/ as a subtest.
func unittest(t *testing.T, python testkit.Interpreter, module string, env ...string) {
	name := moduleName(module)
	t.Run(python.Name()+"/"+name, func(t *testing.T) {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), python.Path, "-B", "-W", "ignore::ResourceWarning", "-m", "unittest", name)
		cmd.Dir = "tests"
		cmd.Env = append(append(os.Environ(), testkit.SizeEnv(1), "TALLYHO_TEST_STAGE="+staged), env...)
		out, err := cmd.CombinedOutput()
		// Of 3.12 some releases take it for a mistake where every test is skipped.
		if cmd.ProcessState.ExitCode() == 5 && bytes.Contains(out, []byte("NO TESTS RAN (skipped=")) {
			t.Skip("skipped: none of its tests is for this Python and accelerator")
		}
		if err != nil {
			t.Errorf("%s -m unittest %s: %v\n%s", python.Path, name, err, out)
		}
		t.Logf("%s", lastLines(out, 3)) // how many tests: the scoreboard adds them up
	})
}

// lastLines are the last few lines of an output.
func lastLines(out []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func TestStage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not yet there")
	stage, err := pybridge.Stage(dir)
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.Stat(stage)
	if err != nil || !isPrivate(first) {
		t.Errorf("mode of %s: %v, %v; want 0700", stage, first.Mode(), err)
	}
	again, err := pybridge.Stage(dir)
	if err != nil || again != stage {
		t.Errorf("second Stage = %q, %v; want %q", again, err, stage)
	}
	if second, err := os.Stat(stage); err != nil || !os.SameFile(first, second) {
		t.Errorf("what was there was written anew (%v): another process may be reading it", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left in %s: %v, %v; want the stage alone", dir, entries, err)
	}
}

// isPrivate reports whether a directory is its owner's alone, where its mode says that.
func isPrivate(info os.FileInfo) bool {
	return runtime.GOOS == "windows" || info.Mode().Perm() == 0o700
}

// TestStageRepairs wants a directory that was tampered with to be written anew.
func TestStageRepairs(t *testing.T) {
	tamper := map[string]func(stage string) error{
		"changed": func(stage string) error {
			return os.WriteFile(filepath.Join(stage, pybridge.Boot), []byte("import os"), 0o600)
		},
		"removed": func(stage string) error { return os.Remove(filepath.Join(stage, pybridge.Boot)) },
		"added": func(stage string) error {
			return os.WriteFile(filepath.Join(stage, "_tallyho", "json.py"), nil, 0o600)
		},
		"writable": func(stage string) error { return os.Chmod(stage, 0o777) },
	}
	if runtime.GOOS == "windows" {
		delete(tamper, "writable") // modes say nothing there
	}
	for name, change := range tamper {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			stage, err := pybridge.Stage(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(stage); err != nil {
				t.Fatal(err)
			}
			if again, err := pybridge.Stage(dir); err != nil || again != stage {
				t.Fatalf("Stage = %q, %v; want %q", again, err, stage)
			}
			want, _ := pybridge.FS.ReadFile(pybridge.Boot)
			got, err := os.ReadFile(filepath.Join(stage, pybridge.Boot))
			if err != nil || string(got) != string(want) {
				t.Errorf("%s: %v, not as embedded", pybridge.Boot, err)
			}
			if _, err := os.Stat(filepath.Join(stage, "_tallyho", "json.py")); err == nil {
				t.Error("a foreign module is still there")
			}
			if info, err := os.Stat(stage); err != nil || !isPrivate(info) {
				t.Errorf("mode: %v, %v; want 0700", info.Mode(), err)
			}
		})
	}
}
