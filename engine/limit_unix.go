//go:build unix

package engine

import "golang.org/x/sys/unix"

// fileSizeLimit is how large this process may make a file, if that is limited.
func fileSizeLimit() (bytes uint64, limited bool) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return 0, false
	}
	return uint64(limit.Cur), true //nolint:unconvert // signed on some systems
}
