package hub

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// namesSuffix is that of the file beside a run with the paths of its files, one a line,
// so that what a run has is known without reading it.
const namesSuffix = ".files"

// write puts a run into a workspace's directory.
func write(path string, snap *tally.Snapshot) error {
	var text bytes.Buffer
	z := gzip.NewWriter(&text)
	if err := errors.Join(json.NewEncoder(z).Encode(snap), z.Close()); err != nil {
		return fmt.Errorf("keep the run: %w", err)
	}
	if err := writeNames(path, snap); err != nil {
		return err
	}
	return writeFile(path, text.Bytes())
}

// writeNames is called before the run itself is put in place: a run without its list is
// read whole to find out.
func writeNames(path string, snap *tally.Snapshot) error {
	var names strings.Builder
	for _, f := range snap.Files {
		names.WriteString(f.Path + "\n")
	}
	return writeFile(namesOf(path), []byte(names.String()))
}

// namesOf is the list that belongs to a run's file.
func namesOf(path string) string { return strings.TrimSuffix(path, runSuffix) + namesSuffix }

// remove takes a run and its list away.
func remove(path string) {
	os.Remove(path)
	os.Remove(namesOf(path))
}

// prune keeps of a workspace its newest runs, and of older ones the files that none of
// these has: an annotation stays until its file runs again, is gone, or s.Age has passed. Beyond
// s.Bytes the oldest go, and never the newest run.
func (s *Store) prune(dir string) {
	have := map[string]bool{}
	var size int64
	for i, run := range s.runs(dir) {
		path := filepath.Join(dir, run.Name())
		if i >= s.Runs && !s.reduce(path, run.Name(), have) {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			size += info.Size()
		}
		if i > 0 && size > s.Bytes {
			remove(path)
			continue
		}
		for _, name := range filesOf(path) {
			have[name] = true
		}
	}
}

// reduce leaves of a run the files that no newer one has, and reports whether there are
// any.
func (s *Store) reduce(path, name string, have map[string]bool) bool {
	all := filesOf(path)
	wanted := map[string]bool{}
	if s.isRecent(name) {
		for _, file := range all {
			if _, err := os.Stat(file); !have[file] && !errors.Is(err, fs.ErrNotExist) {
				wanted[file] = true
			}
		}
	}
	if len(wanted) == 0 {
		remove(path)
		return false
	}
	if len(wanted) == len(all) && isPart(path) {
		return true
	}
	snap, err := readRun(path)
	if err != nil {
		remove(path)
		return false
	}
	snap.Part, snap.Calls = true, nil
	snap.Files = slices.DeleteFunc(snap.Files, func(f *tally.File) bool { return !wanted[f.Path] })
	if write(path, snap) != nil {
		return true // as it was
	}
	_ = writeFile(namesOf(path), []byte(partMark+strings.Join(sorted(wanted), "\n")+"\n"))
	return true
}

// partMark begins the list of files of a run that has been reduced; no path does.
const partMark = "\n"

// isPart reports whether a run has been reduced already.
func isPart(path string) bool {
	text, err := os.ReadFile(namesOf(path))
	return err == nil && strings.HasPrefix(string(text), partMark)
}

// filesOf are the paths of a run's files.
func filesOf(path string) []string {
	text, err := os.ReadFile(namesOf(path))
	if err != nil { // one that an older version kept
		snap, err := readRun(path)
		if err != nil || writeNames(path, snap) != nil {
			return nil
		}
		text, _ = os.ReadFile(namesOf(path))
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}

// isRecent reports whether a run began no longer than s.Age ago; its name says when.
func (s *Store) isRecent(name string) bool {
	began, err := time.Parse(runTime, name[:min(len(runTime), len(name))])
	return err == nil && s.Now().Sub(began) < s.Age
}

func sorted(set map[string]bool) []string {
	var out []string
	for name := range set {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
