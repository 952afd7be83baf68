package pybridge

import (
	"io/fs"
	"testing"
)

// TestWhoMayWrite: Go reports 0777 of every directory on Windows.
func TestWhoMayWrite(t *testing.T) {
	for _, c := range []struct {
		mode   fs.FileMode
		system string
		want   bool
	}{
		{0o700, "linux", false}, {0o755, "linux", false}, {0o775, "linux", true}, {0o777, "darwin", true}, {0o777, "windows", false},
	} {
		if got := othersMayWrite(fs.ModeDir|c.mode, c.system); got != c.want {
			t.Errorf("%v on %s: %v", c.mode, c.system, got)
		}
	}
}
