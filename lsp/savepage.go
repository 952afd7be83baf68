package lsp

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/page"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/results"
	"go.lsp.dev/protocol"
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
	run, err := w.runs.shown(p.Session)
	if err != nil {
		return savedPage{}, err
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

// shown is a run by its id; with none the chosen one, else the newest.
func (r *runs) shown(session string) (*tally.Snapshot, error) {
	if session != "" {
		if run := r.session(session); run != nil {
			return run, nil
		}
		return nil, errors.New("there is no such run")
	}
	if run := r.session(r.chosen); run != nil {
		return run, nil
	}
	if whole := r.whole(); len(whole) > 0 {
		return whole[0], nil
	}
	return nil, errors.New("nothing ran yet")
}

// writePage is the command for an editor without an extension: a page where the target
// says, else in the workspace's folder, under the program's name.
func (s *server) writePage(w *world, t target) error {
	run, err := w.runs.shown(t.Session)
	if err != nil {
		return err
	}
	folders := s.folders.list()
	if t.Path == "" && len(folders) > 0 {
		name := strings.TrimSuffix(filepath.Base(plain(run.Program)), ".py")
		t.Path = filepath.Join(folders[0], name+".html")
	}
	saved, err := s.savePage(w, pageToSave{Session: run.Session, Path: t.Path})
	if err == nil {
		s.announce.message(protocol.MessageTypeInfo, "The run is in "+saved.Path+". Look through it before it is sent.")
	}
	return err
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
