package lsp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/text"
	"github.com/tallyho-dev/tallyho/internal/modules"
	"github.com/tallyho-dev/tallyho/internal/wording"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// preview is the query that somebody is writing: until its file is saved or closed the
// source shows what it would arm. It is immutable.
type preview struct {
	uri     uri.URI // of the document it is written in
	at      int     // its start there
	program *query.Program
}

// previewMark is at the front of a line that the query would arm.
const previewMark = "◇"

// previewOf is the query at an offset of a document, nil where there is none or it is
// not right yet.
func previewOf(d *document, offset int) *preview {
	e, _, ok := queryAt(d, offset)
	if !ok {
		return nil
	}
	program, mistakes := query.ParseTrace(e.text, nil)
	if program == nil || mistakes.HasErrors() {
		return nil
	}
	return &preview{uri: d.uri, at: e.start, program: program}
}

// changedAt is an offset in a document that its last change touched.
func changedAt(before, after *document, events []protocol.TextDocumentContentChangeEvent, enc text.Encoding) int {
	if len(events) > 0 {
		if e, ok := events[len(events)-1].(*protocol.TextDocumentContentChangePartial); ok {
			return after.mapper.Offset(inner(e.Range.Start), enc)
		}
	}
	a, b := before.mapper.Text(), after.mapper.Text()
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// typedQuery makes the query that a change touched the one whose matches are shown. It
// runs in the reader, so it only reads that query; what it matches is found when
// somebody asks.
func (s *server) typedQuery(before, after *document, events []protocol.TextDocumentContentChangeEvent) {
	w := s.world.Load()
	if !w.settings.QueryHelp || !w.settings.QueryHints || after.lost || !holdsQueries(after) {
		return
	}
	s.setPreview(previewOf(after, changedAt(before, after, events, s.client.encoding)))
}

// setPreview replaces the query whose matches are shown; nil: none.
func (s *server) setPreview(p *preview) {
	if s.world.Load().preview == nil && p == nil {
		return
	}
	s.change(func(w *world) *world {
		next := *w
		next.preview = p
		return &next
	})
	s.everythingChanged(false)
}

// endPreview is called when a document is saved or closed.
func (s *server) endPreview(u uri.URI) {
	if p := s.world.Load().preview; p != nil && p.uri == u {
		s.setPreview(nil)
	}
}

// match is what the query would arm in one function.
type match struct {
	lines    []int // of the source, from 1
	whole    bool  // nothing in the query chooses among the lines
	kinds    []string
	residual string
	cost     query.Price // of each event
}

// marked are the lines that stand for the match: the def's where all of a function is meant.
func (m *match) marked() []int {
	if m.whole {
		return m.lines[:1]
	}
	return m.lines
}

// matchesIn are what a query would arm in one Python document, which may run under
// any of the names that it has from the workspace's folders; all reports that nothing
// in the query chooses among the functions.
func matchesIn(d *document, program *query.Program, folders []string) (found []match, all bool) {
	source := query.Source{Path: d.path, Modules: modules.Names(d.path, folders...), Text: d.mapper.Text()}
	codes := query.Scan(d.path, d.module, source.Text)
	explained := program.ExplainSources(source)
	for _, m := range explained.Code {
		i := slices.IndexFunc(codes, func(c query.Code) bool {
			return c.Qualname == m.Qualname && (len(m.Lines) == 0 || slices.Contains(c.Lines, m.Lines[0]))
		})
		if i < 0 || len(codes[i].Lines) == 0 {
			continue
		}
		one := match{lines: m.Lines, kinds: m.Kinds, residual: m.Residual, cost: m.Cost}
		if one.whole = len(m.Lines) == len(codes[i].Lines) || len(m.Lines) == 0; one.whole {
			one.lines = codes[i].Lines
		}
		if slices.Equal(m.Kinds, []string{"call"}) {
			one.lines = codes[i].Lines[:1] // a call has one line, the def's
		}
		found = append(found, one)
	}
	return found, len(explained.Code) == explained.Asked
}

// previewHints are the hints of a range of a Python document: one on each line that
// is named by the query, one on the def where all of a function is.
func (s *server) previewHints(hints *hintList, w *world, d *document, first, last int) {
	if w.preview == nil || !isPython(d) || d.lost {
		return
	}
	found, _ := matchesIn(d, w.preview.program, s.folders.list())
	for _, m := range found {
		for _, line := range m.marked() {
			if line-1 < first || line-1 > last {
				continue
			}
			tooltip := ""
			if m.residual != "" {
				tooltip = fmt.Sprintf("asks at each event: %s (about %d ns, %d without the accelerator)", plain(m.residual), m.cost.Native, m.cost.Python)
			}
			hints.plain(d.lineEnd(line-1, s.client.encoding), previewMark+" "+strings.Join(m.kinds, ", "), tooltip)
		}
	}
}

// previewTotal is the hint behind the query itself: how much it would arm.
func (s *server) previewTotal(hints *hintList, w *world, d *document) {
	p := w.preview
	if p == nil || p.uri != d.uri {
		return
	}
	e, _, ok := queryAt(d, p.at)
	if !ok {
		return
	}
	functions, lines, files := 0, 0, 0
	for _, other := range w.docs {
		if !isPython(other) || other.lost {
			continue
		}
		here, _ := matchesIn(other, p.program, s.folders.list())
		for _, m := range here {
			lines += len(m.lines)
		}
		if functions += len(here); len(here) > 0 {
			files++
		}
	}
	label := fmt.Sprintf("%s %s, %s in %s", previewMark, wording.Count(uint64(functions), "function"), wording.Count(uint64(lines), "line"), wording.Count(uint64(files), "open file"))
	if functions == 0 {
		label = previewMark + " matches nothing in the open files"
	}
	end := d.mapper.Position(e.end, s.client.encoding).Line
	hints.plain(d.lineEnd(end, s.client.encoding), label, "")
}
