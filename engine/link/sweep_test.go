//go:build !windows

package link

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestRunsThatWereKilledAreSwept: their directories go; those of runs that live, of
// runs that begin, and what is none stay.
func TestRunsThatWereKilledAreSwept(t *testing.T) {
	base, err := os.MkdirTemp("/tmp", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	make := func(name string, socket, listens bool, age time.Duration) string {
		dir := filepath.Join(base, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if socket {
			l, err := net.Listen("unix", filepath.Join(dir, socketName))
			if err != nil {
				t.Fatal(err)
			}
			if listens {
				t.Cleanup(func() { _ = l.Close() })
			} else {
				l.(*net.UnixListener).SetUnlinkOnClose(false)
				_ = l.Close()
			}
		}
		_ = os.Chtimes(dir, time.Now().Add(-age), time.Now().Add(-age))
		return dir
	}
	rows := map[string]bool{
		make("tallyho-1", true, false, time.Hour):      false,
		make("tallyho-2", true, true, time.Hour):       true,
		make("tallyho-3", true, false, time.Second):    true,
		make("tallyho-1000", false, false, time.Hour):  true, // where sessions are advertised, for one user
		make("other-1", true, false, time.Hour):        true,
		make("tallyho-mine", true, false, 2*time.Hour): true,
	}
	t.Setenv("XDG_RUNTIME_DIR", base)
	sweep(filepath.Join(base, "tallyho-mine"))
	for dir, want := range rows {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(dir), err == nil, want)
		}
	}
}
