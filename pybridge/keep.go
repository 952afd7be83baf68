package pybridge

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// keptStages is how many staged directories are kept: those used last. Each
// version of the bridge has one of its own.
const keptStages = 4

// settled is for how long a directory has to be unused before it may go, so that
// nobody is just about to use it.
const settled = time.Hour

// Hold marks a staged directory as used until release is called or the process
// ends: a program may start children from it for as long as somebody looks.
func Hold(stage string) (release func()) {
	unlock, _ := lock(stage, false)
	return unlock
}

// forgetOld removes the directories that were used least recently, but none that
// is held, and what a process that was killed while staging has left.
func forgetOld(dir, current string) {
	type old struct {
		path string
		used time.Time
	}
	var stages []old
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		info, err := entry.Info()
		switch {
		case err != nil || !entry.IsDir() || path == current:
		case strings.HasSuffix(entry.Name(), suffix):
			stages = append(stages, old{path, info.ModTime()})
		case strings.HasPrefix(entry.Name(), freshPrefix) && time.Since(info.ModTime()) > settled:
			_ = os.RemoveAll(path)
		}
	}
	slices.SortFunc(stages, func(a, b old) int { return b.used.Compare(a.used) })
	for _, stage := range stages[min(keptStages-1, len(stages)):] {
		forget(stage.path)
	}
}

// forget removes one directory, if nobody uses it.
func forget(stage string) {
	unlock, locked := lock(stage, true)
	defer unlock()
	if info, err := os.Stat(stage); err == nil && locked && time.Since(info.ModTime()) > settled {
		_ = os.RemoveAll(stage)
	}
}
