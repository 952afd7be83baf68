package results

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// File is a results file that has been checked. Any goroutine may use it.
type File struct {
	name    string // as the person wrote it
	target  string // where it is: a link is followed
	newMode fs.FileMode

	mu     sync.Mutex  // guards the rest
	mode   fs.FileMode // of the file that it replaces, 0: a new one
	fresh  string      // beside the target, "" where it is written in place
	file   *os.File    // nil until something is written
	placed bool
}

// Check looks whether results may be written to name and touches nothing that is
// there. A new file gets the mode; none of those in not may be it: the program,
// say. The error is a sentence.
func Check(name string, mode fs.FileMode, not ...string) (*File, error) {
	f := &File{name: name, target: name, newMode: mode}
	if isSource(name) {
		return nil, fmt.Errorf("%s is Python source by its name; results are never written there", name)
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		f.target = real
	}
	if isSource(f.target) {
		return nil, fmt.Errorf("%s is Python source (%s); results are never written there", name, f.target)
	}
	if slices.ContainsFunc(not, f.is) {
		return nil, fmt.Errorf("%s is needed for something else", name)
	}
	about, err := os.Stat(f.target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, f.probe()
	case err != nil:
		return nil, fmt.Errorf("%s cannot be written: %w", name, cause(err))
	case about.IsDir():
		return nil, fmt.Errorf("%s cannot be written: it is a directory", name)
	case !about.Mode().IsRegular(): // a terminal, a pipe: nothing is lost by writing to it
		f.file, err = os.OpenFile(f.target, os.O_WRONLY, 0)
		f.placed = true
		return f, unwritable(name, err)
	}
	if err := ours(f.target); err != nil {
		return nil, fmt.Errorf("%s %w; remove it, or write to another name", name, err)
	}
	f.mode = about.Mode().Perm()
	return f, f.probe()
}

// is reports whether another name is of the same file, or will be.
func (f *File) is(other string) bool {
	a, errA := os.Stat(f.target)
	b, errB := os.Stat(other)
	if errA == nil && errB == nil {
		return os.SameFile(a, b) && a.Mode().IsRegular()
	}
	one, errA := filepath.Abs(f.target)
	two, errB := filepath.Abs(other)
	return errA == nil && errB == nil && one == two
}

// probe finds out whether there can be a file beside the target, and if not,
// whether the target itself can be written.
func (f *File) probe() error {
	err := f.create()
	if err == nil {
		f.discard()
		return nil
	}
	if f.mode == 0 {
		return unwritable(f.name, err)
	}
	f.file, err = os.OpenFile(f.target, os.O_WRONLY, 0)
	return unwritable(f.name, err)
}

// Name is how the person called it.
func (f *File) Name() string { return f.name }

// Write adds to the new file.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		if err := f.create(); err != nil {
			return 0, err
		}
	}
	if f.fresh == "" && !f.placed { // there can be none beside it
		if err := f.place(); err != nil {
			return 0, err
		}
	}
	return f.file.Write(p)
}

// Place puts the new file, with what was written so far, where its name says. What
// is written later is added there.
func (f *File) Place() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.place()
}

func (f *File) place() error {
	if f.placed {
		return nil
	}
	if f.file == nil {
		if err := f.create(); err != nil {
			return err
		}
	}
	f.placed = true
	if f.fresh == "" {
		return f.file.Truncate(0)
	}
	// Closed in between: an open file is not renamed everywhere.
	err := f.file.Close()
	if err == nil {
		err = os.Rename(f.fresh, f.target)
	}
	if err != nil {
		_ = os.Remove(f.fresh)
		return err
	}
	f.file, err = os.OpenFile(f.target, os.O_WRONLY|os.O_APPEND, 0)
	return err
}

// Close ends the file. One that was never placed leaves nothing behind.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	if !f.placed && f.fresh != "" {
		f.discard()
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// create opens the new file beside the target.
func (f *File) create() error {
	var number [4]byte
	_, _ = rand.Read(number[:])
	fresh := filepath.Join(filepath.Dir(f.target), "."+filepath.Base(f.target)+".new-"+hex.EncodeToString(number[:]))
	file, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.newMode)
	if err != nil {
		return err
	}
	if f.mode != 0 {
		_ = file.Chmod(f.mode)
	}
	f.file, f.fresh = file, fresh
	return nil
}

func (f *File) discard() {
	_ = f.file.Close()
	_ = os.Remove(f.fresh)
	f.file, f.fresh = nil, ""
}

func unwritable(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s cannot be written: %w", name, cause(err))
}

func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
