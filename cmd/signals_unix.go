//go:build !windows

package cmd

import (
	"os"
	"os/signal"
	"syscall"
)

// endSignals ask a process to end.
var endSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// outlivePipes makes a write to a pipe that nobody reads an error, and no longer the
// end of the process: there is a program to look after. Caught, and not ignored,
// which the processes that we start would inherit.
// Nobody reads the channel: Notify is called for its effect, and drops what finds no room.
func outlivePipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
