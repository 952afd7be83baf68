package hub

import (
	"crypto/rand"
	"encoding/hex"
	"net"
)

// listen opens a port of the loopback interface; the token in the private
// advertisement keeps others out.
func (s *Server) listen(_ string, info *Info) error {
	token, err := newToken()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listener = l
	info.Network, info.Address, info.Token = "tcp", l.Addr().String(), token
	return nil
}

// newToken is 32 random bytes, in hexadecimal.
func newToken() (string, error) {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(b[:]), nil
}
