package link

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// checkSeals refuses a file that could be truncated while it is mapped, which
// would end us with SIGBUS.
func checkSeals(f *os.File) error {
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if err != nil {
		return fmt.Errorf("%w: not a memfd: %w", errMemory, err)
	}
	if seals&unix.F_SEAL_SHRINK == 0 {
		return fmt.Errorf("%w: it is not sealed", errMemory)
	}
	return nil
}
