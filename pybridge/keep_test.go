package pybridge

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestOldStagesGo: the ones used last stay, and those that somebody holds.
func TestOldStagesGo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a directory cannot be locked there, so none is removed")
	}
	dir := t.TempDir()
	at := func(name string, age time.Duration) string {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "some.py"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var old []string
	for n := range 8 {
		old = append(old, at(fmt.Sprintf("%016d%s", n, suffix), time.Duration(n+2)*time.Hour))
	}
	left, fresh := at(freshPrefix+"left", 2*time.Hour), at(freshPrefix+"going-on", time.Minute)
	other := at("somebody-elses", 1000*time.Hour)
	release := Hold(old[6])

	stage, err := Stage(dir)
	if err != nil {
		t.Fatal(err)
	}
	check := func(gone ...string) {
		t.Helper()
		for _, path := range append([]string{stage, left, fresh, other}, old...) {
			_, err := os.Stat(path)
			want := true
			for _, g := range gone {
				want = want && g != path
			}
			if (err == nil) != want {
				t.Errorf("%s: there is %v, want %v", filepath.Base(path), err == nil, want)
			}
		}
	}
	check(left, old[3], old[4], old[5], old[7])
	release()
	if _, err := Stage(dir); err != nil {
		t.Fatal(err)
	}
	check(left, old[3], old[4], old[5], old[6], old[7])
}

// TestUsedStagesAreNew: a directory that is used again counts as new.
func TestUsedStagesAreNew(t *testing.T) {
	dir := t.TempDir()
	stage, err := Stage(dir)
	if err != nil {
		t.Fatal(err)
	}
	when := time.Now().Add(-1000 * time.Hour)
	if err := os.Chtimes(stage, when, when); err != nil {
		t.Fatal(err)
	}
	if _, err := Stage(dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(stage); err != nil || time.Since(info.ModTime()) > time.Hour {
		t.Errorf("used now, says %v, %v", info.ModTime(), err)
	}
}
