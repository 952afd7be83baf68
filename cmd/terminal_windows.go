package cmd

import (
	"os"

	"golang.org/x/sys/windows"
)

// inForeground is true where we have a console: its Ctrl-C reaches all who share it.
func inForeground() bool {
	return hasTerminal(os.Stdin) || hasTerminal(os.Stdout) || hasTerminal(os.Stderr)
}

func hasTerminal(f *os.File) bool {
	var mode uint32
	return windows.GetConsoleMode(windows.Handle(f.Fd()), &mode) == nil
}
