//go:build !linux

package link

import "net"

// sameUser leaves it to the private directory and the token.
func sameUser(net.Conn) error { return nil }
