package link

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/tallyho-dev/tallyho/internal/gone"
	"github.com/tallyho-dev/tallyho/internal/owner"
)

const (
	socketName = "link.sock"
	// staleAge is how old a run's directory is before it may be stale: a socket
	// that is being made refuses as one that nobody listens on.
	staleAge = time.Minute
	sweepMax = 200
)

// sweep removes the private directories beside dir of runs that were killed: where
// nobody listens on the socket any more.
func sweep(dir string) {
	all, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), runPrefix+"*", socketName))
	for _, socket := range all[:min(len(all), sweepMax)] {
		if old := filepath.Dir(socket); old != dir && isStale(old, socket) {
			_ = os.RemoveAll(old)
		}
	}
}

func isStale(dir, socket string) bool {
	about, err := os.Lstat(dir)
	if err != nil || !about.IsDir() || time.Since(about.ModTime()) < staleAge || owner.Owned(dir) != nil {
		return false
	}
	at, err := os.Lstat(socket)
	if err != nil || at.Mode()&fs.ModeSocket == 0 {
		return false
	}
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err == nil {
		_ = conn.Close()
		return false
	}
	return gone.Refused(err)
}
