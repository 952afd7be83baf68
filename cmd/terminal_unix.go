//go:build !windows

package cmd

import (
	"os"

	"golang.org/x/sys/unix"
)

// inForeground reports whether Ctrl-C of a terminal reaches our process group, and so
// the program by itself, whatever standard input is.
func inForeground() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// hasTerminal asks for the window's size, which only a terminal has; unlike the
// request for its modes it is called the same on every Unix.
func hasTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}
