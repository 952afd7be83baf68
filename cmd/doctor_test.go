package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestDoctorNamesAnInterpreterOnce puts python3 and python on PATH, in one
// directory and in two: the second of those may be a virtual environment's.
func TestDoctorNamesAnInterpreterOnce(t *testing.T) {
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
