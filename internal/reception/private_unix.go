//go:build unix

package reception

import (
	"strings"
	"syscall"
)

// privateSocket makes a Unix socket the user's own before it has a name, where
// the system lets it (Linux); elsewhere the directory has to be private.
func privateSocket(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "unix") {
		return nil
	}
	return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), 0o600) })
}
