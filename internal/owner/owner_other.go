//go:build !linux

package owner

import "net"

// Of says nothing here: the private directory and the token keep others out.
func Of(net.Conn) (uid int, known bool, err error) { return 0, false, nil }
