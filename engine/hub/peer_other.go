//go:build !linux

package hub

import "net"

// samePeer leaves it to the private directory and the token.
func samePeer(net.Conn) error { return nil }
