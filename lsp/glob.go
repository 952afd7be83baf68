package lsp

import (
	"path"
	"path/filepath"
	"strings"
)

// excluded reports whether a file matches one of globs. In a glob ** stands for any
// number of folders; one that does not start at the root matches below any folder.
func excluded(globs []string, file string) bool {
	if len(globs) == 0 || file == "" {
		return false
	}
	parts := strings.Split(strings.Trim(filepath.ToSlash(file), "/"), "/")
	for _, glob := range globs {
		glob = filepath.ToSlash(glob)
		pattern := strings.Split(strings.Trim(glob, "/"), "/")
		if !strings.HasPrefix(glob, "/") && filepath.VolumeName(glob) == "" {
			pattern = append([]string{"**"}, pattern...)
		}
		if matchParts(pattern, parts) {
			return true
		}
	}
	return false
}

// matchParts keeps, for each part of the path, which parts of the pattern may come
// next, so that no pattern takes long.
func matchParts(pattern, parts []string) bool {
	next := make([]bool, len(pattern)+1)
	next[0] = true
	skipStars(next, pattern)
	for _, part := range parts {
		after := make([]bool, len(pattern)+1)
		for i, glob := range pattern {
			if !next[i] {
				continue
			}
			if glob == "**" {
				after[i] = true
			} else if ok, err := path.Match(glob, part); ok && err == nil {
				after[i+1] = true
			}
		}
		next = after
		skipStars(next, pattern)
	}
	return next[len(pattern)]
}

// skipStars lets each ** stand for no folder.
func skipStars(next []bool, pattern []string) {
	for i, glob := range pattern {
		if next[i] && glob == "**" {
			next[i+1] = true
		}
	}
}
