package hub

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Dir returns the directory in which this user's Sessions are advertised, and
// makes it where it is missing: $XDG_RUNTIME_DIR/tallyho, else a directory of
// the user's own beside other temporary files. It is an error if somebody else
// could write there.
func Dir() (string, error) {
	if base := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(base) {
		dir := filepath.Join(base, "tallyho")
		if private(dir) == nil {
			return dir, nil
		}
	}
	dir := filepath.Join(os.TempDir(), folder(os.Getuid()))
	if err := private(dir); err != nil {
		return "", err
	}
	return dir, nil
}

// folder is what a user's directory is called. Where users have no numbers (-1) the
// directory for temporary files is the user's own.
func folder(uid int) string {
	if uid < 0 {
		return "tallyho"
	}
	return "tallyho-" + strconv.Itoa(uid)
}

// private makes sure that dir is a directory, no link, and this user's alone.
func private(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	if !ownedByMe(info) {
		return fmt.Errorf("%s belongs to another user", dir)
	}
	if othersMay(info) {
		return fmt.Errorf("%s is open to other users (mode %v); remove it, or make its mode 0700", dir, info.Mode().Perm())
	}
	return nil
}
