package lsp

import (
	"context"
	"os"
	"sync"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// recordings finds the recordings of runs among those that are kept. Any goroutine may use it.
type recordings struct {
	list func(folder string) []string // newest first

	mu    sync.Mutex // guards known, and is held while files are read: others wait for the answer
	known map[string]recordedRun
}

// recordedRun is what a recording says of itself.
type recordedRun struct {
	path    string
	size    int64
	session string // "": it cannot be read
	what    string // calls, lines or values
}

func newRecordings(list func(string) []string) *recordings {
	return &recordings{list: list, known: map[string]recordedRun{}}
}

// of is the recording of a run. A file is opened once, and again where it has grown.
func (r *recordings) of(ctx context.Context, folders []string, session string) (recordedRun, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	there := map[string]recordedRun{}
	var found recordedRun
	for _, folder := range folders {
		for _, path := range r.list(folder) {
			if ctx.Err() != nil {
				return recordedRun{}, false
			}
			one := r.look(path)
			there[path] = one
			if found.session == "" && one.session == session {
				found = one
			}
		}
	}
	r.known = there
	return found, found.session != ""
}

func (r *recordings) look(path string) recordedRun {
	one := recordedRun{path: path}
	about, err := os.Stat(path)
	if err != nil {
		return one
	}
	if one.size = about.Size(); r.known[path].size == one.size {
		return r.known[path]
	}
	file, err := recording.Open(path)
	if err != nil {
		return one
	}
	defer file.Close()
	one.session, one.what = file.State().About.Session, file.State().About.What
	return one
}
