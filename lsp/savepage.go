package lsp

import (
	"fmt"
	"path/filepath"

	"github.com/tallyho-dev/tallyho/engine/page"
	"github.com/tallyho-dev/tallyho/internal/results"
)

// pageToSave is where a run is to be written as a page.
type pageToSave struct {
	Session string `json:"session"` // "": the chosen run, else the newest
	Path    string `json:"path"`
}

// savedPage says what was written.
type savedPage struct {
	Path string `json:"path"`
	Run  string `json:"run"`
}

// savePage writes a run as one HTML page. Like all results it is written over nothing but
// another one.
func (s *server) savePage(w *world, p pageToSave) (savedPage, error) {
	run := w.runs.session(p.Session)
	if p.Session == "" {
		run = w.runs.session(w.runs.chosen)
		if whole := w.runs.whole(); run == nil && len(whole) > 0 {
			run = whole[0]
		}
	}
	if run == nil {
		return savedPage{}, fmt.Errorf("there is no such run")
	}
	if !filepath.IsAbs(p.Path) {
		return savedPage{}, fmt.Errorf("the page needs a path, and %q is none", p.Path)
	}
	f, err := results.Check(p.Path, 0o666)
	if err != nil {
		return savedPage{}, err
	}
	defer f.Close()
	if err := page.Write(f, page.Run{Snapshot: run, Short: s.short()}); err != nil {
		return savedPage{}, fmt.Errorf("%s cannot be written: %w", p.Path, err)
	}
	if err := f.Place(); err != nil {
		return savedPage{}, fmt.Errorf("%s cannot be written: %w", p.Path, err)
	}
	return savedPage{p.Path, run.Session}, nil
}

// short writes paths as seen from the workspace's folder that holds them, where there is
// one folder; with several, two files could have one name.
func (s *server) short() func(string) string {
	folders := s.folders.list()
	return func(path string) string {
		if len(folders) != 1 {
			return path
		}
		if rest, err := filepath.Rel(folders[0], path); err == nil && filepath.IsLocal(rest) {
			return filepath.ToSlash(rest)
		}
		return path
	}
}
