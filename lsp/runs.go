package lsp

import (
	"cmp"
	"path/filepath"
	"slices"
	"sync"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// runs are the Snapshots an answer may draw from, newest run first. It is
// immutable.
type runs struct {
	all    []*tally.Snapshot
	byPath map[string][]tallied // by pathKey; newest first
	cells  *cells
	names  func() query.Known // what the runs' files, modules and functions are called
	chosen string             // the Session the person picked, "" for the newest of each file

	compared *comparing // nil: with no other run
	followed *following // the part of a recorded run that is shown of it, nil for the whole
}

// tallied is one file in one run.
type tallied struct {
	run  *tally.Snapshot
	file *tally.File
}

// newRuns indexes snapshots. real resolves the links in a path.
func newRuns(all []*tally.Snapshot, chosen string, real func(string) string) *runs {
	r := &runs{all: slices.Clone(all), byPath: map[string][]tallied{}, cells: newCells(), chosen: chosen}
	slices.SortStableFunc(r.all, func(a, b *tally.Snapshot) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(a.Session, b.Session))
	})
	for _, snap := range r.all {
		for _, f := range snap.Files {
			t := tallied{snap, f}
			if f.Typed {
				r.cells.add(t)
			}
			key := pathKey(f.Path)
			r.byPath[key] = append(r.byPath[key], t)
			if other := pathKey(real(f.Path)); other != key {
				r.byPath[other] = append(r.byPath[other], t)
			}
		}
	}
	r.names = sync.OnceValue(r.known)
	return r
}

// known are the names that the runs have seen. Finding the modules of files looks at
// the disk: it is done once, when somebody completes a query.
func (r *runs) known() query.Known {
	n := newNames()
	for _, run := range r.all {
		for _, f := range run.Files {
			if !f.Typed {
				n.file(f.Path)
			}
			for i := range f.Statements {
				n.function(f.Statements[i].Function)
			}
		}
	}
	return n.all
}

// of is the run that d is annotated from: the chosen one where it holds the file or its
// cells, else the newest that does.
func (r *runs) of(d *document) (tallied, bool) {
	t, ok := r.unfollowed(d)
	if !ok {
		return t, false
	}
	return r.followed.of(t)
}

// unfollowed is of with all that the run did.
func (r *runs) unfollowed(d *document) (tallied, bool) {
	whole, ok := r.ofFile(d)
	cells, parts := r.cells.of(d, r.chosen)
	if parts && (!ok || whole.run.Session != r.chosen && (cells.run.Session == r.chosen || cells.run.Started.After(whole.run.Started))) {
		return cells, true
	}
	return whole, ok
}

// ofFile is the run that d as a file is annotated from.
func (r *runs) ofFile(d *document) (tallied, bool) {
	if d.key == "" {
		return tallied{}, false
	}
	list := r.byPath[d.key]
	if len(list) == 0 && d.real != d.key {
		list = r.byPath[d.real]
	}
	for _, t := range list {
		if t.run.Session == r.chosen {
			return t, true
		}
	}
	if len(list) == 0 {
		return tallied{}, false
	}
	return list[0], true
}

// whole are the runs that are all there, newest first.
func (r *runs) whole() []*tally.Snapshot {
	return slices.DeleteFunc(slices.Clone(r.all), func(snap *tally.Snapshot) bool { return snap.Part })
}

// session finds a run by its id.
func (r *runs) session(id string) *tally.Snapshot {
	for _, snap := range r.all {
		if snap.Session == id {
			return snap
		}
	}
	return nil
}

// links resolves symbolic links and remembers the answers: the same few paths come
// with every Snapshot. One goroutine uses it.
type links map[string]string

// real is where a path leads, asked of the system once.
func (l links) real(path string) string {
	if to, ok := l[path]; ok {
		return to
	}
	to, err := filepath.EvalSymlinks(path)
	if err != nil {
		to = path
	}
	l[path] = to
	return to
}
