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

// newRecordings looks through folders when it is asked: there is nothing to watch.
func newRecordings(list func(string) []string) *recordings {
	return &recordings{list: list, known: map[string]recordedRun{}}
}

// of is the recording of a run.
func (r *recordings) of(ctx context.Context, folders []string, session string) (recordedRun, bool) {
	found, ok := r.all(ctx, folders)[session]
	return found, ok
}

// all are the recordings of runs, by the run; of two of one run the newer. A file is opened
// once it says whose it is, and until then whenever it has grown.
func (r *recordings) all(ctx context.Context, folders []string) map[string]recordedRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	there, found := map[string]recordedRun{}, map[string]recordedRun{}
	for _, folder := range folders {
		for _, path := range r.list(folder) {
			if ctx.Err() != nil {
				return nil
			}
			one := r.look(path)
			there[path] = one
			if _, newer := found[one.session]; one.session != "" && !newer {
				found[one.session] = one
			}
		}
	}
	r.known = there
	return found
}

// look is what one file says of itself. A file that only grows is of the run that it was of.
func (r *recordings) look(path string) recordedRun {
	one := recordedRun{path: path}
	about, err := os.Stat(path)
	if err != nil {
		return one
	}
	one.size = about.Size()
	if known, ok := r.known[path]; ok && (known.size == one.size || known.session != "" && known.size < one.size) {
		known.size = one.size
		return known
	}
	file, err := recording.Open(path)
	if err != nil {
		return one
	}
	defer file.Close()
	one.session, one.what = file.State().About.Session, file.State().About.What
	return one
}
