package hub

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"time"

	"github.com/tallyho-dev/tallyho/internal/gone"
)

// dialTimeout bounds the connecting to a Session, which is always on this machine.
const dialTimeout = 2 * time.Second

// List returns the live Sessions advertised in dir, newest first. Those whose
// process is gone are removed.
func List(ctx context.Context, dir string) ([]Info, error) {
	all, err := entries(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Info
	for path, info := range all {
		if !gone.Alive(info.PID) && isStale(ctx, path, info) {
			continue
		}
		out = append(out, info)
	}
	slices.SortFunc(out, func(a, b Info) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(a.Session, b.Session))
	})
	return out, nil
}

// isStale removes an advertisement whose socket nobody answers, and reports
// whether it did. A process id alone proves nothing: there are containers.
func isStale(ctx context.Context, path string, info Info) bool {
	conn, err := dial(ctx, info)
	if err == nil {
		conn.Close()
		return false
	}
	if !isRefused(err) {
		return false
	}
	os.Remove(path)
	if at, err := os.Lstat(info.Address); err == nil && at.Mode()&fs.ModeSocket != 0 {
		os.Remove(info.Address)
	}
	return true
}

// isRefused reports an error that says that nobody listens, and not that it took too long
// or may not be done.
func isRefused(err error) bool {
	return gone.Refused(err) || errors.Is(err, fs.ErrNotExist)
}

// dial connects to where an advertisement says; who is there is for the caller to find out
// (owner.Same).
func dial(ctx context.Context, info Info) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	return d.DialContext(ctx, info.Network, info.Address)
}
