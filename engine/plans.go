package engine

import (
	"os"
	"path/filepath"

	"github.com/tallyho-dev/tallyho/internal/owner"
)

// plansDir is the user's directory of what bridges keep about source files
// from one run to the next; "" where there is none to be had. A bridge uses it
// only if nobody else can write to it, and keeps its size within bounds.
func plansDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(cache, "tallyho", "plans")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	if owner.Private(dir) != nil {
		return ""
	}
	return dir
}
