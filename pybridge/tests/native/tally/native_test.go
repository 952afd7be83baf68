// Package tally_test runs the bridge's tests of counting again, with the accelerator.
package tally_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"github.com/tallyho-dev/tallyho/pybridge"
	"github.com/tallyho-dev/tallyho/pybridge/tests"
)

func TestMain(m *testing.M) { os.Exit(tests.Main(m)) }

func TestAccelerator(t *testing.T) {
	testkit.Need(t, "cc")
	tests.WithAccelerator(t, testkit.Pythons(t), tests.Modules(t, "test_tally_*.py"), tests.Built(t))
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
	monitoring, _ := tests.Apart(testkit.Some(t))
	tests.WithAccelerator(t, monitoring, tests.Modules(t, "test_tally_*.py"), func(t *testing.T, p launch.Interpreter) launch.Accelerator {
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
