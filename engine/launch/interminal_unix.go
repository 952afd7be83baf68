//go:build !windows

package launch

import (
	"os"
	"os/signal"
	"syscall"
)

// heard are the signals that must not end us before the program has ended: those
// of the terminal, which it gets as well, and those that are passed on. One
// that was ignored when we were started is ignored by the program too.
func heard() []os.Signal {
	var all []os.Signal
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2} {
		if !signal.Ignored(s) {
			all = append(all, s)
		}
	}
	return all
}

// passedOn reports whether a signal is sent to one process, as kill does, and not
// by the terminal to all.
func passedOn(s os.Signal) bool {
	return s == syscall.SIGTERM || s == syscall.SIGUSR1 || s == syscall.SIGUSR2
}
