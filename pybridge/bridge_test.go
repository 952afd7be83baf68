package pybridge_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge"
)

// TestNativeHand runs the tests of the tallies, and of events, again with the
// accelerator.
func TestNativeHand(t *testing.T) {
	modules, err := filepath.Glob("tests/test_tally_*.py")
	if err != nil || len(modules) == 0 {
		t.Fatalf("no test modules: %v", err)
	}
	modules = append(modules, "tests/test_native_events.py")
	testkit.Need(t, "cc")
	cache := t.TempDir()
	for _, python := range testkit.Pythons(t) {
		if !python.Monitoring() {
			continue
		}
		p, err := launch.Probe(t.Context(), []string{python.Path})
		if err != nil {
			t.Fatal(err)
		}
		hand := launch.Accelerate(t.Context(), p, pybridge.Accelerator, cache)
		if hand.Path == "" {
			t.Run(python.Name(), func(t *testing.T) { testkit.Missing(t, "native"+python.Name(), hand.Note) })
			continue
		}
		for _, module := range modules {
			unittest(t, python, module, "TALLYHO_TEST_NATIVE="+hand.Path)
		}
	}
}

// TestPython runs the Python tests on every interpreter found, one subtest for
// each module, so that a failure names both.
func TestPython(t *testing.T) {
	modules, err := filepath.Glob("tests/test_*.py")
	if err != nil || len(modules) == 0 {
		t.Fatalf("no test modules: %v", err)
	}
	for _, python := range testkit.Pythons(t) {
		for _, module := range modules {
			unittest(t, python, module)
		}
	}
}

// unittest runs one module of tests/ as a subtest.
func unittest(t *testing.T, python testkit.Interpreter, module string, env ...string) {
	name := strings.TrimSuffix(filepath.Base(module), ".py")
	t.Run(python.Name()+"/"+name, func(t *testing.T) {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), python.Path, "-B", "-W", "ignore::ResourceWarning", "-m", "unittest", name)
		cmd.Dir = "tests"
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s -m unittest %s: %v\n%s", python.Path, name, err, out)
		}
	})
}

func TestStage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not yet there")
	stage, err := pybridge.Stage(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(stage); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of %s: %v, %v; want 0700", stage, info.Mode(), err)
	}
	again, err := pybridge.Stage(dir)
	if err != nil || again != stage {
		t.Errorf("second Stage = %q, %v; want %q", again, err, stage)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left in %s: %v, %v; want the stage alone", dir, entries, err)
	}
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
			if info, err := os.Stat(stage); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("mode: %v, %v; want 0700", info.Mode(), err)
			}
		})
	}
}
