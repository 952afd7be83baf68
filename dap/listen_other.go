//go:build !linux

package dap

import "net"

// sameUser cannot tell here whose a client is.
func sameUser(net.Conn) error { return nil }
