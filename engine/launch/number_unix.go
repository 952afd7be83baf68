//go:build !windows

package launch

import (
	"os"

	"golang.org/x/sys/unix"
)

// fileNumber is a file's device and number, as os.fstat of Python has them.
func fileNumber(f *os.File) ([2]uint64, bool) {
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil {
		return [2]uint64{}, false
	}
	return [2]uint64{uint64(st.Dev), st.Ino}, true
}
