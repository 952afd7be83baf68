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

// memoryFile makes a file without a name that lies in memory. Appending keeps the
// writes of several processes whole.
func memoryFile(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	if _, err := unix.FcntlInt(file.Fd(), unix.F_SETFL, unix.O_RDWR|unix.O_APPEND); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
