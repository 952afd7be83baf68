//go:build !windows

package owner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Private returns nil where nobody but the user and root can put anything else in
// the place of a directory, or of anything in it: it and all above it are theirs,
// and writable for them alone. A directory that all may write to, where what
// lies in it can be removed by its owner alone (/tmp), may be above.
func Private(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if err := privateAbove(real); err != nil || real == dir {
		return err
	}
	return privateAbove(dir) // who can change a link can change where it leads
}

func privateAbove(dir string) error {
	for at := dir; ; at = filepath.Dir(at) {
		about, err := os.Lstat(at)
		if err != nil {
			return err
		}
		if err := private(at, about, at != dir); err != nil {
			return err
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

func private(path string, about fs.FileInfo, above bool) error {
	stat, ok := about.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	me := uint32(os.Geteuid())
	mode := about.Mode()
	switch writable := mode.Perm() & 0o022; {
	case stat.Uid != me && stat.Uid != 0:
		return fmt.Errorf("%s belongs to user %d", path, stat.Uid)
	case mode&fs.ModeSymlink != 0 || writable == 0:
		return nil
	case above && stat.Uid == 0 && mode&fs.ModeSticky != 0:
		return nil
	case writable == 0o020 && stat.Gid == me && uint32(os.Getegid()) == me:
		return nil // the group that many systems give each user, who is alone in it
	}
	return fmt.Errorf("others than you can write to %s", path)
}

// Owned returns nil where everything below a directory, and itself, is the user's
// or root's.
func Owned(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process has put it in its place meanwhile
		}
		if err != nil {
			return err
		}
		about, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if stat, ok := about.Sys().(*syscall.Stat_t); ok && stat.Uid != uint32(os.Geteuid()) && stat.Uid != 0 {
			return fmt.Errorf("%s belongs to user %d", path, stat.Uid)
		}
		return nil
	})
}
