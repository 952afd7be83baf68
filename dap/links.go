package dap

import (
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/tallyho-dev/tallyho/dap/config"
)

// links are the client's names of files and folders that it reaches by symbolic
// links. Python and the engine know files by what the links lead to; an editor
// that is told of that opens a second copy, without breakpoints and hints.
type links struct {
	mu    sync.Mutex           // guards what is below: the engine asks as well
	files map[string]string    // as they are → as the client has named them
	roots []config.PathMapping // folders: LocalRoot is a link, RemoteRoot what it leads to
}

// learnFile takes the client's name of a file. The last one counts, also where
// it is the file's own.
func (l *links) learnFile(path string) {
	if !filepath.IsAbs(path) {
		return
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return // it is nowhere, or on another machine
	}
	l.mu.Lock()
	if l.files == nil {
		l.files = map[string]string{}
	}
	l.files[real] = path
	l.mu.Unlock()
	l.learnFolder(filepath.Dir(path))
}

// learnFolder takes the client's name of a folder, for all that is in it.
func (l *links) learnFolder(path string) {
	if !filepath.IsAbs(path) {
		return
	}
	for at := filepath.Clean(path); at != filepath.Dir(at); at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			continue
		}
		if real, err := filepath.EvalSymlinks(at); err == nil {
			l.mu.Lock()
			root := config.PathMapping{LocalRoot: at, RemoteRoot: real}
			if !slices.Contains(l.roots, root) {
				l.roots = append(l.roots, root)
			}
			l.mu.Unlock()
		}
		return
	}
}

// shown is the client's name of a file.
func (l *links) shown(path string) string {
	if path == "" {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if name, ok := l.files[path]; ok {
		return name
	}
	return config.PathMappings(l.roots).Local(path)
}
