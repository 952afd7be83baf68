package lsp

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/text"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// closedFiles finds the problems of files that are not open, as gopls does: where a
// program died is listed before anybody has opened the file. Runs that ended before the
// editor was started are past: they only show in what is open. The reviewer owns it.
type closedFiles struct {
	s     *server
	views map[*tally.File]*view
	disk  map[string]onDisk
	texts map[string]readText // of files that could not be compiled
}

// onDisk is a file as it was when it was last read.
type onDisk struct {
	size    int64
	changed time.Time
	sum     string
}

// problems are the exceptions that ended a run, each in the innermost of its files.
func (c *closedFiles) problems(w *world) map[uri.URI][]protocol.Diagnostic {
	out, views := map[uri.URI][]protocol.Diagnostic{}, map[*tally.File]*view{}
	if w.settings.Enable && w.settings.Diagnostics != "off" {
		for _, run := range w.runs.all {
			if run.State != tally.Ended || run.Ended.Before(c.s.started) {
				continue
			}
			for i := range run.Exceptions {
				v := c.viewOf(w, run, &run.Exceptions[i])
				if v == nil {
					continue
				}
				views[v.file] = v
				if d, _, ok := c.s.exception(v, &run.Exceptions[i]); ok && len(out[v.doc.uri]) < maxProblems {
					out[v.doc.uri] = append(out[v.doc.uri], d)
				}
			}
		}
		c.broken(w, out)
	}
	c.views = views
	return out
}

// viewOf is the innermost file of an exception, nil where it is open, has run again
// since, or is no longer what ran.
// An exception that ended in a library is shown in the person's file that called it: files that are not
// counted are not among the run's.
func (c *closedFiles) viewOf(w *world, run *tally.Snapshot, e *tally.Exception) *view {
	for i := len(e.Frames) - 1; i >= 0; i-- {
		path := e.Frames[i].Path
		d := &document{uri: uri.File(path), path: path, key: pathKey(path), real: pathKey(path)}
		t, ok := w.runs.of(d)
		if !ok {
			continue
		}
		if t.run != run || w.isOpen(d) || w.excluded.Has(path) || !c.isWhatRan(t.file) {
			return nil
		}
		if v := c.views[t.file]; v != nil {
			return v
		}
		d.mapper = text.New(t.file.Source)
		return (*view)(nil).next(d, t, w.labelOptions(d, run.State), nil)
	}
	return nil
}

// isOpen reports whether the editor shows a file, by this name or another.
func (w *world) isOpen(d *document) bool {
	for _, other := range w.docs {
		if other.key == d.key || other.real == d.key {
			return true
		}
	}
	return false
}

// isWhatRan compares a file with what the interpreter loaded. It is read again only when
// its size or time has changed.
func (c *closedFiles) isWhatRan(f *tally.File) bool {
	info, err := os.Stat(f.Path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxMessage {
		return false
	}
	known := c.disk[f.Path]
	if known.sum == "" || known.size != info.Size() || !known.changed.Equal(info.ModTime()) {
		data, err := os.ReadFile(f.Path)
		if err != nil {
			return false
		}
		sum := sha256.Sum256(data)
		known = onDisk{info.Size(), info.ModTime(), hex.EncodeToString(sum[:])}
		c.disk[f.Path] = known
	}
	return known.sum == f.SHA256
}
