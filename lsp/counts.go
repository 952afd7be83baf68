package lsp

import (
	"os"
	"path/filepath"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// fileCounts is what was counted in a file, where it stands in the text as it is now.
type fileCounts struct {
	Session    string            `json:"session,omitempty"` // "": there is no run of it
	State      tally.State       `json:"state,omitempty"`
	Edited     bool              `json:"edited,omitempty"` // some of it is no longer what ran
	Note       string            `json:"note,omitempty"`   // how it was counted, where that is not as usual
	Most       uint64            `json:"most"`             // hits of one statement
	Statements []statementCounts `json:"statements"`
}

// statementCounts is one statement. What it did is "ran", "never" or "unknown".
type statementCounts struct {
	Range    protocol.Range `json:"range"` // of the part that is its own, without its block
	Hits     uint64         `json:"hits"`
	AtLeast  bool           `json:"atLeast,omitempty"` // Hits is a lower bound
	Raised   uint64         `json:"raised,omitempty"`  // hits that an exception left
	Did      string         `json:"did"`
	Edited   bool           `json:"edited,omitempty"`   // its text is no longer what ran
	Function string         `json:"function,omitempty"` // of a def: what it makes
	Calls    uint64         `json:"calls,omitempty"`    // of a def
}

// counts answers for one file, open or not.
func (s *server) counts(w *world, p here) (fileCounts, error) {
	v := s.viewIn(w, uri.URI(p.URI), p.Session)
	if v == nil {
		return fileCounts{Statements: []statementCounts{}}, nil
	}
	out := fileCounts{Session: v.run.Session, State: v.run.State, Edited: v.text.Edited, Note: plain(v.file.Note), Statements: []statementCounts{}}
	covered := v.file.Coverage()
	for i := range v.text.Places {
		place := &v.text.Places[i]
		st, coverage := &v.file.Statements[place.Statement], covered[place.Statement]
		if place.State == tally.Deleted || coverage == tally.NoCount {
			continue
		}
		c := statementCounts{Range: s.head(v, place), Hits: st.Hits, AtLeast: st.AtLeast, Raised: st.Raised,
			Did: did[coverage], Edited: place.State == tally.Stale}
		if isDef(st.Kind) {
			c.Function, c.Calls = v.functionAt(place), st.Calls
		}
		out.Most = max(out.Most, st.Hits)
		out.Statements = append(out.Statements, c)
	}
	return out, nil
}

// did are the words for what is known of a statement; tally.NoCount has none, for there
// is nothing to know.
var did = map[tally.Coverage]string{tally.DidRun: "ran", tally.NeverRan: "never", tally.Unsure: "unknown"}

// viewIn is the view of a document in one run, or in that which annotates it. A file that
// is not open is read.
func (s *server) viewIn(w *world, u uri.URI, session string) *view {
	d := w.docs[u]
	if d != nil && session == "" {
		return s.views.of(w, u)
	}
	if d == nil {
		d = readDocument(u)
	}
	if d == nil || d.lost || !w.settings.Enable || w.excludes(d) {
		return nil
	}
	t, ok := w.runs.of(d)
	if session != "" {
		t, ok = w.runs.in(d, session)
	}
	if !ok {
		return nil
	}
	return (*view)(nil).next(d, t, w.labelOptions(d, t.run.State), nil)
}

// readDocument is a file that is not open, nil where it cannot be read.
func readDocument(u uri.URI) *document {
	path := filePath(u)
	if path == "" {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return openDocument(&protocol.TextDocumentItem{URI: u, LanguageID: "python", Text: string(content)})
}

// in is a document's Tally of one run.
func (r *runs) in(d *document, session string) (tallied, bool) {
	for _, key := range []string{d.key, d.real} {
		for _, t := range r.byPath[key] {
			if t.run.Session == session {
				return t, true
			}
		}
	}
	if t, ok := r.cells.of(d, r.chosen); ok && t.run.Session == session {
		return t, true
	}
	return tallied{}, false
}

// coverage is how much of each file of a run ran.
type coverage struct {
	Session string         `json:"session,omitempty"`
	Title   string         `json:"title,omitempty"`
	Files   []fileCoverage `json:"files"`
}

// fileCoverage is how much of a file ran, for an editor's own view of coverage.
type fileCoverage struct {
	URI        uri.URI `json:"uri"`
	Ran        int     `json:"ran"`        // statements
	Known      int     `json:"known"`      // of which it is known whether they ran
	Unknown    int     `json:"unknown"`    // of which it is not
	Functions  int     `json:"functions"`  // that a known def makes
	Called     int     `json:"called"`     // of those
	Hits       uint64  `json:"hits"`       // of all its statements
	Incomplete string  `json:"incomplete"` // why some is not known
}

// coverage answers for all files of a run: that asked for, else the chosen one, else the newest.
func (s *server) coverage(w *world, p here) (coverage, error) {
	out := coverage{Files: []fileCoverage{}}
	run := s.runFor(w, p.Session)
	if run == nil {
		return out, nil
	}
	out.Session, out.Title = run.Session, s.runInfo(w, run, nil).Text
	for _, f := range run.Files {
		if f.Typed || !filepath.IsAbs(f.Path) || w.excluded.Has(f.Path) {
			continue
		}
		out.Files = append(out.Files, covered(f))
	}
	return out, nil
}

// covered is how much of a file ran, by the rule of tally.Coverage.
func covered(f *tally.File) fileCoverage {
	c := fileCoverage{URI: uri.File(f.Path), Incomplete: plain(f.Unknown)}
	for i, coverage := range f.Coverage() {
		st := &f.Statements[i]
		c.Hits += st.Hits
		switch coverage {
		case tally.DidRun:
			c.Ran++
			c.Known++
		case tally.NeverRan:
			c.Known++
		case tally.Unsure:
			c.Unknown++
			continue
		default:
			continue
		}
		if isDef(st.Kind) {
			c.Functions++
			if st.Calls > 0 {
				c.Called++
			}
		}
	}
	return c
}

// runFor is the run with that id, else the chosen one, else the newest that is whole.
func (s *server) runFor(w *world, session string) *tally.Snapshot {
	if session == "" {
		session = w.runs.chosen
	}
	if session != "" {
		return w.runs.session(session)
	}
	if whole := w.runs.whole(); len(whole) > 0 {
		return whole[0]
	}
	return nil
}
