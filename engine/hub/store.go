package hub

import (
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Store keeps the last runs of each workspace, and of older ones the newest Tally of
// each file, so that annotations are there when the editor is opened tomorrow: compressed
// Snapshots in files that only the user can read. It has no state but its files; several processes may
// use one.
type Store struct {
	dir string

	// Limits; OpenStore sets the defaults.
	Runs       int              // of one workspace that are kept whole, default 5
	Age        time.Duration    // of what is kept of older ones, default 30 days
	Bytes      int64            // of one workspace, compressed, default 64 MiB
	Workspaces int              // default 100, the longest unused go first
	Now        func() time.Time // the clock
}

// How files are called, and how long one may be.
const (
	runSuffix     = ".json.gz"
	workspaceFile = "workspace"
	runTime       = "20060102T150405.000" // begins a run's name
	maxRun        = 512 << 20             // of one Snapshot's JSON
)

// DefaultStore is the Store in the user's cache directory.
func DefaultStore() (*Store, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find a place for past runs: %w", err)
	}
	return OpenStore(filepath.Join(base, "tallyho", "runs")), nil
}

// OpenStore is a Store in a directory, which is made when something is saved.
func OpenStore(dir string) *Store {
	return &Store{dir: dir, Runs: 5, Age: 30 * 24 * time.Hour, Bytes: 64 << 20, Workspaces: 100, Now: time.Now}
}

// Save keeps snap as the newest run of a workspace; one that the same Session
// saved before is replaced, and what is beyond the limits removed.
// Files are put in place in one step each, and several processes may save at once; what one
// of them reads meanwhile is a whole run.
func (s *Store) Save(workspace string, snap *tally.Snapshot) error {
	workspace = resolved(workspace)
	dir := s.folder(workspace)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the run: %w", err)
	}
	if err := writeFile(filepath.Join(dir, workspaceFile), []byte(workspace)); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, runName(snap)), snap); err != nil {
		return err
	}
	s.prune(dir)
	s.pruneWorkspaces()
	return nil
}

// folder is where the runs of a workspace are, whose links have been followed.
func (s *Store) folder(workspace string) string {
	sum := sha256.Sum256([]byte(workspace))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:8]))
}

// Last returns the newest run kept of just this workspace, nil where there is none.
func (s *Store) Last(workspace string) *tally.Snapshot {
	dir := s.folder(resolved(workspace))
	for _, run := range s.runs(dir) {
		if snap, err := readRun(filepath.Join(dir, run.Name())); err == nil && !snap.Part {
			return snap
		}
	}
	return nil
}

// runName sorts runs by when they started.
func runName(snap *tally.Snapshot) string {
	sum := sha256.Sum256([]byte(snap.Session))
	return snap.Started.UTC().Format(runTime) + "-" + hex.EncodeToString(sum[:6]) + runSuffix
}

// Load returns the runs kept of all workspaces that have to do with one of the
// folders (with none, of all), newest first. What cannot be read is passed
// over: it is a cache.
func (s *Store) Load(folders []string) ([]*tally.Snapshot, error) {
	dirs, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read past runs: %w", err)
	}
	var out []*tally.Snapshot
	for _, d := range dirs {
		dir := filepath.Join(s.dir, d.Name())
		workspace, err := os.ReadFile(filepath.Join(dir, workspaceFile))
		if err != nil || !concerns(string(workspace), folders) {
			continue
		}
		for _, run := range s.runs(dir) {
			if snap, err := readRun(filepath.Join(dir, run.Name())); err == nil {
				out = append(out, snap)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *tally.Snapshot) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(a.Session, b.Session))
	})
	return out, nil
}

// readRun reads a kept run.
func readRun(path string) (*tally.Snapshot, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeRun(f)
}

// decodeRun reads a kept Snapshot and checks it. Nothing of it runs any more,
// whatever it says.
func decodeRun(r io.Reader) (*tally.Snapshot, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxRun+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxRun {
		return nil, errTooLong
	}
	snap := &tally.Snapshot{}
	if err := json.Unmarshal(text, snap); err != nil {
		return nil, err
	}
	if err := snap.Validate(); err != nil {
		return nil, err
	}
	snap.State = tally.Ended
	return snap, nil
}

// runs lists the kept runs of one workspace, newest first.
func (s *Store) runs(dir string) []fs.DirEntry {
	all, _ := os.ReadDir(dir)
	all = slices.DeleteFunc(all, func(e fs.DirEntry) bool { return !strings.HasSuffix(e.Name(), runSuffix) })
	slices.Reverse(all)
	return all
}

// pruneWorkspaces removes the workspaces that have not been run for longest.
func (s *Store) pruneWorkspaces() {
	type used struct {
		dir string
		at  time.Time
	}
	var all []used
	dirs, _ := os.ReadDir(s.dir)
	for _, d := range dirs {
		dir := filepath.Join(s.dir, d.Name())
		if info, err := os.Stat(filepath.Join(dir, workspaceFile)); err == nil {
			all = append(all, used{dir, info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b used) int { return b.at.Compare(a.at) })
	for _, old := range all[min(len(all), s.Workspaces):] {
		os.RemoveAll(old.dir)
	}
}

// Delete removes a run of whichever workspace; one that is not kept is no mistake.
func (s *Store) Delete(snap *tally.Snapshot) error {
	dirs, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete the run: %w", err)
	}
	for _, d := range dirs {
		path := filepath.Join(s.dir, d.Name(), runName(snap))
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete the run: %w", err)
		}
		_ = os.Remove(namesOf(path))
	}
	return nil
}
