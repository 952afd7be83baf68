package mcp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// roots are the folders that a client may see into, symbolic links resolved.
type roots []string

// newRoots resolves the folders once: paths are compared without links on both sides.
func newRoots(folders []string) roots {
	var all roots
	for _, folder := range folders {
		all = append(all, resolved(folder))
	}
	return all
}

// resolved is a path without symbolic links, as far as it exists.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	// What does not exist yet may still lie below a link.
	dir, name := filepath.Split(filepath.Clean(path))
	if dir == "" || dir == path || name == "" {
		return path
	}
	return filepath.Join(resolved(filepath.Clean(dir)), name)
}

// holds reports whether a path lies in one of the folders.
// Links are resolved on both sides, so that one within a root that leads out of it does not.
func (r roots) holds(path string) bool {
	path = resolved(path)
	for _, root := range r {
		rest, err := filepath.Rel(root, path)
		if err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// path makes a path of the caller's absolute (it counts from the first folder,
// or from the one in which it exists) and refuses one that leads out.
func (r roots) path(name string) (string, error) {
	if strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("a path cannot hold a NUL character")
	}
	found := name
	if !filepath.IsAbs(name) {
		found = filepath.Join(r[0], name)
		for _, root := range r {
			if _, err := os.Stat(filepath.Join(root, name)); err == nil {
				found = filepath.Join(root, name)
				break
			}
		}
	}
	if !r.holds(found) {
		return "", fmt.Errorf("%s is outside the folders that this server may look into (%s)", name, strings.Join(r, ", "))
	}
	return filepath.Clean(found), nil
}

// short is a path as it reads best: from the folder that holds it.
// The answer's paths can be given back as arguments: path finds them from there.
func (r roots) short(path string) string {
	for _, root := range r {
		if rest, err := filepath.Rel(root, resolved(path)); err == nil && !strings.HasPrefix(rest, "..") {
			return filepath.ToSlash(rest)
		}
	}
	return path
}
