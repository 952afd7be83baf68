package testkit

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Package lays the Python package `tallyho` out and returns the directory that
// PYTHONPATH needs.
func Package(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(t.TempDir(), "package")
	script := filepath.Join(filepath.Dir(here), "..", "..", "scripts", "package")
	if out, err := exec.Command("sh", script, "--no-wheel", dir).CombinedOutput(); err != nil {
		t.Fatalf("scripts/package: %v\n%s", err, out)
	}
	return dir
}
