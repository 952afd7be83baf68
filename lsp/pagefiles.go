package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"go.lsp.dev/uri"
)

// pageFiles are the pages of a client that cannot show virtual documents: files that
// only the person can read, in a folder that goes when the server ends.
type pageFiles struct {
	mu    sync.Mutex // guards what follows
	dir   string     // "" until there is one
	files map[string]uri.URI
}

// write puts a page where it was before, or in a new file, and returns its path. An
// editor that reads meanwhile sees the old page or the new one.
func (p *pageFiles) write(t target, page string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "tallyho-samples-")
		if err != nil {
			return "", fmt.Errorf("keep the samples: %w", err)
		}
		p.dir, p.files = dir, map[string]uri.URI{}
	}
	path := p.place(t)
	fresh := filepath.Join(p.dir, ".fresh")
	if err := os.WriteFile(fresh, []byte(page), 0o600); err != nil {
		return "", fmt.Errorf("keep the samples: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return "", fmt.Errorf("keep the samples: %w", err)
	}
	return path, nil
}

// place is the path of a target's page: two files of one name have pages of two.
func (p *pageFiles) place(t target) string {
	u := t.virtual()
	name := strings.TrimSuffix(t.pageName(), ".md")
	for n := 1; ; n++ {
		path := filepath.Join(p.dir, name+".md")
		if n > 1 {
			path = filepath.Join(p.dir, fmt.Sprintf("%s (%d).md", name, n))
		}
		if of, taken := p.files[path]; !taken || of == u {
			p.files[path] = u
			return path
		}
	}
}

// remove ends what write began.
func (p *pageFiles) remove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}
