package lsp

import (
	"os"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/text"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// broken is a text that a run could not compile: its file has no Tally of that run, for
// nothing of it ran.
type broken struct {
	run   *tally.Snapshot
	error *tally.Exception
	path  string
	line  int // from 1
}

// toldText is how much of a line the bridge tells.
const toldText = 300

// brokenTexts are those of the newest run of each program, unless their file ran later.
func (w *world) brokenTexts() []broken {
	var out []broken
	seen := map[string]bool{} // programs of newer runs
	for _, run := range w.runs.all {
		if !seen[run.Program] || run.Program == "" {
			for i := range run.Exceptions {
				e := &run.Exceptions[i]
				if e.Text == "" || len(e.Frames) == 0 {
					continue
				}
				at := e.Frames[len(e.Frames)-1]
				if list := w.runs.byPath[pathKey(at.Path)]; len(list) == 0 || !list[0].run.Started.After(run.Started) {
					out = append(out, broken{run, e, at.Path, at.Line})
				}
			}
		}
		seen[run.Program] = true
	}
	return out
}

// brokenIn are the problems of a document that could not be compiled, while the line
// that was wrong still stands there.
func (s *server) brokenIn(w *world, d *document) []protocol.Diagnostic {
	if d.lost || !w.settings.Enable || w.settings.Diagnostics == "off" || w.excluded.Has(d.path) {
		return nil
	}
	var list []protocol.Diagnostic
	for _, b := range w.brokenTexts() {
		if key := pathKey(b.path); key != d.key && key != d.real {
			continue
		}
		if problem, ok := s.brokenAt(d.mapper, b); ok {
			list = append(list, problem)
		}
	}
	return list
}

// brokenAt is the problem in a text, if that has the line.
// The bridge tells the line that the compiler stumbled over; once that reads otherwise the problem is
// taken back, without a new run.
func (s *server) brokenAt(m *text.Mapper, b broken) (protocol.Diagnostic, bool) {
	if b.line < 1 || b.line > m.Lines() {
		return protocol.Diagnostic{}, false
	}
	line := strings.TrimRight(m.Line(b.line-1), " \t\r\n\f")
	bare := strings.TrimLeft(line, " \t\f")
	if cut := len(b.error.Text) >= toldText && strings.HasPrefix(bare, b.error.Text); bare != b.error.Text && !cut {
		return protocol.Diagnostic{}, false
	}
	at := func(part string) protocol.Position {
		return outer(text.Position{Line: b.line - 1, Column: text.Length(part, s.client.encoding)})
	}
	where := protocol.Range{Start: at(line[:len(line)-len(bare)]), End: at(line)}
	return diagnostic(where, protocol.DiagnosticSeverityError, b.error.Type, plain(b.error.Type+": "+b.error.Message)), true
}

// broken adds the problems of files that are not open.
func (c *closedFiles) broken(w *world, out map[uri.URI][]protocol.Diagnostic) {
	texts := map[string]readText{}
	for _, b := range w.brokenTexts() {
		d := &document{path: b.path, key: pathKey(b.path), real: pathKey(b.path)}
		if b.run.State != tally.Ended || b.run.Ended.Before(c.s.started) || w.isOpen(d) || w.excluded.Has(b.path) {
			continue
		}
		read, ok := c.read(b.path)
		if !ok {
			continue
		}
		texts[b.path] = read
		if problem, ok := c.s.brokenAt(read.text, b); ok {
			u := uri.File(b.path)
			out[u] = append(out[u], problem)
		}
	}
	c.texts = texts
}

// readText is a file's text as it was when it was last read.
type readText struct {
	size    int64
	changed time.Time
	text    *text.Mapper
}

// read is a file's text; it is read again only when its size or time has changed.
func (c *closedFiles) read(path string) (readText, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxMessage {
		return readText{}, false
	}
	if known, ok := c.texts[path]; ok && known.size == info.Size() && known.changed.Equal(info.ModTime()) {
		return known, true
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return readText{}, false
	}
	return readText{info.Size(), info.ModTime(), text.New(string(data))}, true
}
