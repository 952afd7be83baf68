//go:build !windows

package cmd

import (
	"os"

	"golang.org/x/sys/unix"
)

// hasTerminal asks for the window's size, which only a terminal has; unlike the
// request for its modes it is called the same on every Unix.
func hasTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}
