package lsp

import (
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/uri"
)

// view is one version of a document with the Tally of one run carried over to it.
// It is immutable.
type view struct {
	doc    *document          // the text that is open
	run    *tally.Snapshot    // whose file it is
	file   *tally.File        // as it ran
	text   *tally.Followed    // where file's Statements stand in doc
	follow *tally.Follower    // goes on from here when the text changes
	labels *tally.Labeler     // of the lines
	other  *tally.File        // of the run that it is compared with, or nil
	beside *tally.Beside      // what that had
	using  tally.LabelOptions // by which options
}

// views keeps the newest view of each open document, so that scrolling costs no
// second comparison of texts. Any goroutine may use it.
type views struct {
	mu  sync.Mutex // guards all
	all map[uri.URI]*viewSlot
}

// viewSlot is where the newest view of one document is kept.
type viewSlot struct {
	mu   sync.Mutex // held while a view is made: others wait for it instead of making it too
	last *view

	hints   *view // that the client's hints are of
	hintsAt time.Time
}

// slot is a document's place, made where there is none.
func (v *views) slot(u uri.URI) *viewSlot {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all == nil {
		v.all = map[uri.URI]*viewSlot{}
	}
	s := v.all[u]
	if s == nil {
		s = &viewSlot{}
		v.all[u] = s
	}
	return s
}

// forget drops what is kept of a closed document.
func (v *views) forget(u uri.URI) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.all, u)
}

// of returns the view of a document in a world, nil where nothing is to be shown.
func (v *views) of(w *world, u uri.URI) *view {
	d := w.docs[u]
	if d == nil || d.lost || !w.settings.Enable || w.excludes(d) {
		return nil
	}
	t, ok := w.runs.of(d)
	if !ok {
		return nil
	}
	slot := v.slot(u)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	slot.last = slot.last.next(d, t, w.labelOptions(d, t.run.State), w.runs.beside(d, t))
	return slot.last
}

// show notes that the client was given the hints of a view.
func (v *views) show(shown *view, now time.Time) {
	slot := v.slot(shown.doc.uri)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	slot.hints, slot.hintsAt = shown, now
}

// shown is the view that a hover, a lens or a tooltip tells of: the one whose hints the
// client has, so that all numbers on the screen are of one moment. A client that has not
// fetched hints again when it was due shows none, or cannot be asked to: it is told what
// holds now.
func (s *server) shown(w *world, u uri.URI) *view {
	v := s.views.of(w, u)
	if v == nil || !s.client.refreshHints {
		return v
	}
	slot := s.views.slot(u)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	h := slot.hints
	late := 2*time.Duration(w.settings.RefreshMS)*time.Millisecond + typingPause
	if h == nil || h.doc != v.doc || h.using != v.using || h.other != v.other || h.run.Session != v.run.Session || h.run.State != v.run.State ||
		h.file.Note != v.file.Note || // what is followed
		s.now().Sub(slot.hintsAt) > late {
		return v
	}
	return h
}

// next is the view of d and t, made with what v has ready. other is the file in the run that t is
// compared with, or nil.
func (v *view) next(d *document, t tallied, using tally.LabelOptions, other *tally.File) *view {
	if v != nil && v.doc == d && v.file == t.file && v.run == t.run && v.using == using && v.other == other {
		return v
	}
	next := &view{doc: d, run: t.run, file: t.file, using: using, other: other}
	// While a program runs only the numbers change: the statements stand where they stood.
	if v != nil && v.run.Session == t.run.Session && v.file.SHA256 == t.file.SHA256 && v.file.ByLine == t.file.ByLine &&
		len(v.file.Statements) == len(t.file.Statements) {
		next.follow = v.follow
	} else {
		next.follow = tally.NewFollower(t.file)
	}
	if v != nil && v.doc == d && v.follow == next.follow {
		next.text = v.text
	} else {
		next.text = next.follow.Follow(d.mapper.Text())
	}
	if other != nil {
		next.beside = tally.NewBeside(other, tally.Follow(other, d.mapper.Text()).Places, using)
		next.labels = tally.NewLabeler(t.file, using).Beside(next.beside)
		return next
	}
	next.labels = v.labeler(t.file, using)
	return next
}

// labeler goes on with what v has worked out about a file of the same content.
func (v *view) labeler(f *tally.File, using tally.LabelOptions) *tally.Labeler {
	if v == nil || v.file.ByLine != f.ByLine || v.other != nil {
		return tally.NewLabeler(f, using)
	}
	had := v.using
	had.State = using.State
	switch {
	case v.file == f && v.using == using:
		return v.labels
	case had == using:
		return v.labels.For(f, using.State)
	}
	return tally.NewLabeler(f, using)
}

// labelOptions are the person's settings in tally's words.
func labelOptions(s *Settings, state tally.State) tally.LabelOptions {
	o := tally.DefaultLabelOptions()
	o.Changes = s.Changes
	o.Counts, o.Zero, o.Values, o.Returns, o.Raised = s.Counts, s.Zero, s.Values, s.Returns, s.Exceptions
	switch s.Density {
	case "counts":
		o.Values, o.Returns = false, false
	case "values":
		o.Counts = false
	case "changes":
		o.Changes = true
	}
	o.MaxLength, o.ASCII, o.HoverRows, o.State = s.MaxLength, s.ASCII, s.HoverRows, state
	return o
}

// labelOptions are those of a document. The run's state is told once: by the status bar, as
// work in progress, or else at the first count. A kernel runs for as long as its notebook is
// open, which says nothing about a cell.
func (w *world) labelOptions(d *document, state tally.State) tally.LabelOptions {
	o := labelOptions(w.settings, state)
	o.Unmarked = w.settings.RunState || w.progress || d.notebook != ""
	return o
}

// at is the innermost statement at a line and column counted as Python does (line
// from 1), or else the first that starts on the line; nil where none does.
func (v *view) at(line, col int) *tally.Place {
	var best, first *tally.Place
	for i := range v.text.Places {
		p := &v.text.Places[i]
		if p.State == tally.Deleted || v.file.Statements[p.Statement].NoCode {
			continue
		}
		if p.Line == line && (first == nil || p.Col < first.Col) {
			first = p
		}
		if !covers(p, line, col) {
			continue
		}
		if best == nil || covers(best, p.Line, p.Col) {
			best = p
		}
	}
	if best != nil {
		return best
	}
	return first
}

// placeOf is where the statement that ran at a line of the file stands now: the
// innermost whose head covers the line, nil where none does.
func (v *view) placeOf(line int) *tally.Place {
	best := -1
	for i := range v.file.Statements {
		st := &v.file.Statements[i]
		if line < st.Line || line > st.HeadLine {
			continue
		}
		if best < 0 || st.Line > v.file.Statements[best].Line {
			best = i
		}
	}
	for i := range v.text.Places {
		if best >= 0 && v.text.Places[i].Statement == best {
			return &v.text.Places[i]
		}
	}
	return nil
}

// covers reports whether a place is in the part of p that is p's own: its head, not
// the statements in its body.
func covers(p *tally.Place, line, col int) bool {
	from := line > p.Line || line == p.Line && col >= p.Col
	to := line < p.HeadLine || line == p.HeadLine && col <= p.HeadCol
	return from && to
}
