package launch

import (
	"os"

	"golang.org/x/sys/unix"
)

// freeRange gives the bytes between two offsets back to the file system; one
// that cannot do it keeps them until the end.
func freeRange(f *os.File, from, to int64) {
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, from, to-from)
}
