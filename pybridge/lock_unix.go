//go:build !windows

package pybridge

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock locks a directory, for this process alone or together with others, and
// reports whether it could; it does not wait.
func lock(dir string, alone bool) (unlock func(), locked bool) {
	f, err := os.Open(dir)
	if err != nil {
		return func() {}, false
	}
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	return func() { _ = f.Close() }, err == nil
}
