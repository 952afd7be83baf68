package cmd

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestDoctorNamesAnInterpreterOnce puts python3 and python on PATH, in one
// directory and in two: the second of those may be a virtual environment's.
func TestDoctorNamesAnInterpreterOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: Windows starts no Python by a link in another folder, for its libraries are looked for beside the link")
	}
	real := testkit.Pythons(t)[0].Path
	one, other := t.TempDir(), t.TempDir()
	for _, link := range []string{filepath.Join(one, "python3"), filepath.Join(one, "python"), filepath.Join(other, "python")} {
		if err := os.Symlink(real, link); err != nil {
			t.Skipf("skipped: no links can be made here: %v", err)
		}
	}
	t.Setenv("VIRTUAL_ENV", "")
	t.Chdir(t.TempDir())
	t.Setenv("PATH", one)
	out, _, _ := call("", "doctor")
	if n := strings.Count(out, "\nPython "); n != 1 {
		t.Errorf("named %d times:\n%s", n, out)
	}
	if sameInterpreter(filepath.Join(one, "python")) == sameInterpreter(filepath.Join(other, "python")) {
		t.Error("links in two directories are taken for one interpreter")
	}
}

// TestDoctorSaysWhatIsMissingWithoutTheGIL: and what that costs.
func TestDoctorSaysWhatIsMissingWithoutTheGIL(t *testing.T) {
	for _, noGIL := range []bool{false, true} {
		said := strings.Join(factLines(launch.Interpreter{Version: "3.13.15"}, facts{Implementation: "cpython", NoGIL: noGIL}), "\n")
		for _, want := range []string{"wait for each other", "the accelerator is not there", "ten times"} {
			if strings.Contains(said, want) != noGIL {
				t.Errorf("no GIL: %v, said %q: %v\n%s", noGIL, want, !noGIL, said)
			}
		}
	}
}
