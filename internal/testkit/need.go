package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
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

// Chromium is the folder that editors/vscode/e2e/setup has filled, with Chromium and playwright-core, once `make test-editors`
// has run; one that is still being filled is none.
func Chromium(t testing.TB) string {
	t.Helper()
	tools := filepath.Join(Cache(), "code-server")
	if _, err := os.Stat(filepath.Join(tools, "ready")); err != nil {
		Missing(t, "chromium", "make test-editors fetches it")
	}
	return tools
}
