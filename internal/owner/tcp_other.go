//go:build !linux

package owner

import "net"

// SameTCP cannot tell here whose a client is.
func SameTCP(net.Conn) error { return nil }
