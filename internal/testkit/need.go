package testkit

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Need returns the path of an executable, or skips the test saying what is
// missing.
func Need(t testing.TB, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		Missing(t, tool, "not on PATH")
	}
	return path
}

// Missing ends the test because of something the machine lacks: a failure
// where TALLYHO_REQUIRE names it, else a skip.
func Missing(t testing.TB, what, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("TALLYHO_REQUIRE"), ","), what) {
		t.Fatalf("%s is required here: %s", what, why)
	}
	t.Skipf("skipped: needs %s (%s)", what, why)
}
