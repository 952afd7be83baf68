//go:build unix

package hub

import (
	"errors"
	"net"
	"os"
	"path/filepath"
)

// maxSocketPath is what fits in a socket's address everywhere, its end
// included.
const maxSocketPath = 103

// listen makes the Unix socket that info points to: beside the advertisement,
// or where that path is too long in a private directory of its own.
func (s *Server) listen(path string, info *Info) error {
	if len(path) > maxSocketPath {
		dir, err := os.MkdirTemp(shortTemp(), "tallyho-")
		if err != nil {
			return err
		}
		s.remove = dir
		path = filepath.Join(dir, "s.sock")
	}
	// What is there is a socket that a killed Session of the same name left.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return err
	}
	s.listener = l
	info.Network, info.Address, info.Token = "unix", path, ""
	return nil
}

// shortTemp is a directory of which a socket's path has room: TMPDIR may be as long as
// somebody likes.
func shortTemp() string {
	if dir := os.TempDir(); len(dir) < 60 {
		return dir
	}
	return "/tmp"
}
