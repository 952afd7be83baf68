package pybridge_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/tallyho-dev/tallyho/pybridge"
)

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
