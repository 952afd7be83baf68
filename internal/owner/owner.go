// Package owner tells whose process is at the other end of a socket, and whether
// a directory is the user's alone.
package owner

import (
	"errors"
	"net"
	"os"
)

// Same refuses a connection with a process of another user; root's is taken where
// rootToo says so. Where nothing is known, it is left to the private directory
// and the token.
func Same(conn net.Conn, rootToo bool) error {
	uid, known, err := Of(conn)
	if err != nil || !known || uid == os.Geteuid() || rootToo && uid == 0 {
		return err
	}
	return errors.New("the peer belongs to another user")
}
