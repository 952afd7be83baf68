// Package gone tells that the other end is not there, on every system: Windows
// has numbers of its own for what happens to sockets, which the names of package
// syscall do not stand for there.
//
// Whoever has a socket or a process id of somebody else's uses it. It starts no
// goroutine.
package gone

import (
	"errors"
	"runtime"
	"syscall"
)

// What Windows says of sockets (WSAECONNREFUSED, WSAECONNRESET, WSAECONNABORTED).
const (
	wsaAborted = syscall.Errno(10053)
	wsaReset   = syscall.Errno(10054)
	wsaRefused = syscall.Errno(10061)
)

// Refused reports whether nobody listens where a connection was tried.
func Refused(err error) bool { return refused(err, runtime.GOOS) }

// Reset reports whether the other end was ended with something unread.
func Reset(err error) bool { return reset(err, runtime.GOOS) }

func refused(err error, system string) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || system == "windows" && errors.Is(err, wsaRefused)
}

func reset(err error, system string) bool {
	return errors.Is(err, syscall.ECONNRESET) || system == "windows" && (errors.Is(err, wsaReset) || errors.Is(err, wsaAborted))
}
