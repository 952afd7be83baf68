package mcp

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// keptRuns is how many runs of this server are held in memory; older ones are
// looked for in the store.
const keptRuns = 8

// runs are the runs that can be looked at: those that this server made, and
// those that the store keeps of its folders.
type runs struct {
	store *hub.Store
	roots roots

	mu  sync.Mutex        // guards own
	own []*tally.Snapshot // newest first
}

// add makes a run the newest.
func (r *runs) add(s *tally.Snapshot) {
	if s == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own = slices.Insert(r.own, 0, s)
	r.own = r.own[:min(len(r.own), keptRuns)]
}

// all lists the runs, newest first.
func (r *runs) all() []*tally.Snapshot {
	r.mu.Lock()
	found := slices.Clone(r.own)
	r.mu.Unlock()
	kept, _ := r.store.Load(r.roots) // what cannot be read is not there: it is a cache
	for _, s := range kept {
		if !slices.ContainsFunc(found, func(o *tally.Snapshot) bool { return o.Session == s.Session }) {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(a, b *tally.Snapshot) int { return b.Started.Compare(a.Started) })
	return found
}

// find is the run of an id, or the newest for "" (with the file in it, if one
// is named).
func (r *runs) find(id, path string) (*tally.Snapshot, error) {
	all := r.all()
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no run to look at yet: call run first")
	}
	for _, s := range all {
		if id != "" && s.Session == id || id == "" && (path == "" || fileOf(s, path) != nil) {
			return s, nil
		}
	}
	if id == "" {
		return nil, fmt.Errorf("no run has counted %s; call run with a program that imports it", path)
	}
	return nil, fmt.Errorf("there is no run %q; sessions lists those that there are", id)
}

// file is a run's tally of a file, or a sentence about which files it has.
func (r *runs) file(id, path string) (*tally.Snapshot, *tally.File, error) {
	s, err := r.find(id, path)
	if err != nil {
		return nil, nil, err
	}
	if f := fileOf(s, path); f != nil {
		return s, f, nil
	}
	return nil, nil, fmt.Errorf("that run has not counted %s; it has counted %s", r.roots.short(path), r.names(s))
}

// fileOf is a run's tally of a file, by its path or by where that leads; nil: none.
func fileOf(s *tally.Snapshot, path string) *tally.File {
	for _, f := range s.Files {
		if f.Path == path || resolved(f.Path) == resolved(path) {
			return f
		}
	}
	return nil
}

// files are those of a run that lie in the folders.
func (r *runs) files(s *tally.Snapshot) []*tally.File {
	var found []*tally.File
	for _, f := range s.Files {
		if r.roots.holds(f.Path) {
			found = append(found, f)
		}
	}
	return found
}

// names lists the files of a run in a sentence, without those outside of the folders.
func (r *runs) names(s *tally.Snapshot) string {
	var names []string
	for _, f := range r.files(s) {
		names = append(names, r.roots.short(f.Path))
	}
	switch {
	case len(names) == 0:
		return "no file of these folders"
	case len(names) > 12:
		return strings.Join(names[:12], ", ") + fmt.Sprintf(" and %d more", len(names)-12)
	}
	return strings.Join(names, ", ")
}
