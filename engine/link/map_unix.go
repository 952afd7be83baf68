//go:build !windows

package link

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps size bytes of f. With sealed the file must be one that nobody
// can shrink, where the system knows such files.
func mapFile(f *os.File, size int64, sealed bool) ([]byte, func() error, error) {
	if sealed {
		if err := checkSeals(f); err != nil {
			return nil, nil, err
		}
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return data, func() error { return unix.Munmap(data) }, nil
}

// mapSection maps what only Windows has.
func mapSection(string, int64) ([]byte, func() error, error) {
	return nil, nil, errors.New("memory is not shared by a name here")
}
