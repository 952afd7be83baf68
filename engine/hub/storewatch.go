package hub

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watch calls on, from one goroutine, after runs were saved or removed, by
// whichever process: a program that ends at once is over before a Watcher has found its
// Session. It returns when ctx ends; where the system tells of no changes, at once.
func (s *Store) Watch(ctx context.Context, on func()) {
	n, err := fsnotify.NewWatcher()
	if err != nil || os.MkdirAll(s.dir, 0o700) != nil {
		return
	}
	defer n.Close()
	if n.Add(s.dir) != nil {
		return
	}
	dirs, _ := os.ReadDir(s.dir)
	for _, d := range dirs {
		_ = n.Add(filepath.Join(s.dir, d.Name()))
	}
	// A run is one file put in place; what comes with it is one change.
	const together = 50 * time.Millisecond
	var later <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-n.Events:
			if !ok {
				return
			}
			if filepath.Dir(e.Name) == filepath.Clean(s.dir) {
				_ = n.Add(e.Name) // a new workspace
			}
			if later == nil {
				later = time.After(together)
			}
		case <-later:
			later = nil
			on()
		}
	}
}
