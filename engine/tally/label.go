package tally

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// LabelOptions are what a person can set about the labels at line ends.
// DefaultLabelOptions has the defaults.
type LabelOptions struct {
	Counts      bool  // ×3
	Zero        bool  // ×0, on code that was not reached although what it is in ran
	Values      bool  // x=1 … 9
	Changes     bool  // of Values only those that changed, or that a statement's one hit assigned
	Returns     bool  // → 5.0
	Raised      bool  // ✗1 ZeroDivisionError
	MaxLength   int   // of a whole label, in UTF-16 units; default 40
	ValueLength int   // of one value; longer ones are cut in the middle; default 16
	ASCII       bool  // nothing but ASCII, values included
	HoverRows   int   // samples in a hover, besides those that raised; default 6
	State       State // Running and Paused are marked, once: at the first count; with any other state nothing is
	Unmarked    bool  // those are not marked either: the state stands elsewhere
}

// DefaultLabelOptions shows everything, and no state.
func DefaultLabelOptions() LabelOptions {
	return LabelOptions{
		Counts: true, Zero: true, Values: true, Returns: true, Raised: true,
		MaxLength: 40, ValueLength: 16,
	}
}

// PartKind says what a Part of a label tells.
type PartKind string

// The kinds of Part.
const (
	PartCount  PartKind = "count" // with the marks of its state
	PartValue  PartKind = "value"
	PartReturn PartKind = "return"
	PartRaised PartKind = "raised"
	PartMore   PartKind = "more" // there was no room for the rest
)

// Part is one piece of a label. The label is the Texts one after the other:
// what separates two Parts is at the start of the second. Labeler.Tooltip has
// more to say about it.
type Part struct {
	Kind      PartKind
	Text      string
	Statement int    // index in File.Statements
	Name      string // of a PartValue: whose value it is
	stale     bool
}

// LineLabel is the label of one line.
type LineLabel struct {
	Line  int // from 1
	Parts []Part
}

// Text is the whole label.
func (l LineLabel) Text() string { return Text(l.Parts) }

// Text joins the Parts of a label.
func Text(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Labeler writes the labels of one File. Making one costs about as much as
// reading the file once. Any goroutine may use it.
type Labeler struct {
	file    *File
	lines   *lines
	options LabelOptions
	sign    signs
	beside  *Beside                   // another run, nil where there is none
	without func() []bool             // by Statement: whether the compiler has left nothing of it
	told    []atomic.Pointer[[]piece] // by Statement: what values gave, once asked
	marked  atomic.Pointer[markedAt]  // the answer of markedLine for the places it was asked about last
}

// NewLabeler returns a Labeler. Lengths that are not set get their defaults.
func NewLabeler(f *File, o LabelOptions) *Labeler {
	d := DefaultLabelOptions()
	if o.MaxLength <= 0 {
		o.MaxLength = d.MaxLength
	}
	if o.ValueLength <= 0 {
		o.ValueLength = d.ValueLength
	}
	if o.HoverRows <= 0 {
		o.HoverRows = hoverRows
	}
	sign := unicodeSigns
	if o.ASCII {
		sign = asciiSigns
	}
	return newLabeler(f, newLines(f.Source), o, sign)
}

// newLabeler works labels out when they are first asked for: an editor asks for what it shows.
func newLabeler(f *File, lines *lines, o LabelOptions, sign signs) *Labeler {
	return &Labeler{
		file: f, lines: lines, options: o, sign: sign,
		without: sync.OnceValue(func() []bool { return withoutCode(f.Statements) }),
		told:    make([]atomic.Pointer[[]piece], len(f.Statements)),
	}
}

// For is NewLabeler for a newer File of the same content, or other marks of
// state: only what has changed will be worked out again. For a File of other
// content it is NewLabeler.
func (l *Labeler) For(f *File, state State) *Labeler {
	o := l.options
	o.State = state
	if f.Source != l.file.Source || len(f.Statements) != len(l.file.Statements) {
		return NewLabeler(f, o)
	}
	next := newLabeler(f, l.lines, o, l.sign)
	next.beside = l.beside
	changed := make([]int32, len(f.Statements)+1) // how many before each
	for i := range f.Statements {
		changed[i+1] = changed[i]
		if !sameTally(&f.Statements[i], &l.file.Statements[i]) {
			changed[i+1]++
		}
	}
	for i := range f.Statements {
		known := l.told[i].Load()
		if known == nil {
			continue
		}
		now, was := &f.Statements[i], &l.file.Statements[i]
		if isDef(now.Kind) && changed[l.dependsTo(i)] == changed[i] || !isDef(now.Kind) && now.SharesSamples(was) && next.endsAs(l, i) {
			next.told[i].Store(known)
		}
	}
	return next
}

// dependsTo is the end of the Statements, from the def at i on, that its label
// is made from: it shows what its body saw.
func (l *Labeler) dependsTo(i int) int {
	s := &l.file.Statements[i]
	rest := l.file.Statements[i:]
	return i + sort.Search(len(rest), func(n int) bool { return rest[n].Line > s.EndLine })
}

// sameTally reports that nothing was counted or sampled between two versions
// of a Statement.
func sameTally(a, b *Statement) bool {
	return a.Hits == b.Hits && a.Calls == b.Calls && a.Raised == b.Raised && a.SharesSamples(b)
}

// SharesSamples reports that two versions of a Statement have the same Samples,
// which are not written again once they are published.
func (s *Statement) SharesSamples(with *Statement) bool {
	return len(s.Samples) == len(with.Samples) && (len(s.Samples) == 0 || &s.Samples[0] == &with.Samples[0])
}

// Labels returns the labels of the lines from first to last (0: to the end),
// for Places in any order.
func (l *Labeler) Labels(places []Place, first, last int) []LineLabel {
	var out []LineLabel
	for label := range l.All(places, first, last) {
		label.Parts = slices.Clone(label.Parts)
		out = append(out, label)
	}
	return out
}

// All goes through what Labels returns. The Parts are good until the next label.
func (l *Labeler) All(places []Place, first, last int) iter.Seq[LineLabel] {
	shown, marked := between(places, first, last), l.markedLine(places)
	return func(yield func(LineLabel) bool) {
		var room []piece // of one line after the other
		var parts []Part
		for i, j := 0, 0; i < len(shown); i = j {
			for j = i; j < len(shown) && shown[j].Line == shown[i].Line; {
				j++
			}
			room = l.line(room[:0], shown[i:j], marked)
			parts = l.fit(parts[:0], room)
			if len(parts) > 0 && !yield(LineLabel{shown[i].Line, parts}) {
				return
			}
		}
	}
}

// between are the places from the first line to the last (0: to the end), by line and
// column. Mostly they are in that order already.
func between(places []Place, first, last int) []Place {
	if last == 0 {
		last = math.MaxInt
	}
	if slices.IsSortedFunc(places, byLine) {
		from := sort.Search(len(places), func(i int) bool { return places[i].Line >= first })
		to := sort.Search(len(places), func(i int) bool { return places[i].Line > last })
		return places[from:max(from, to)]
	}
	var shown []Place
	for _, p := range places {
		if p.State != Deleted && p.Line >= first && p.Line <= last {
			shown = append(shown, p)
		}
	}
	slices.SortStableFunc(shown, byLine)
	return shown
}

// byLine orders Places as they stand in the text.
func byLine(a, b Place) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col) }

// Line is Label.
func (l *Labeler) Line(places []Place) []Part {
	return l.fit(nil, l.line(nil, places, l.markedLine(places)))
}

// line appends what there is to tell of a line. The one that is marked has the run's state.
func (l *Labeler) line(all []piece, places []Place, marked int) []piece {
	if byCol := func(a, b Place) int { return a.Col - b.Col }; !slices.IsSortedFunc(places, byCol) {
		places = slices.Clone(places)
		slices.SortStableFunc(places, byCol)
	}
	count := "" // the last one shown
	for _, p := range places {
		if p.State == Deleted || p.Statement < 0 || p.Statement >= len(l.file.Statements) {
			continue
		}
		from := len(all)
		all = l.pieces(all, p)
		if from == len(all) {
			continue
		}
		// Neighbours that ran equally often share one count.
		if first := &all[from]; first.Kind != PartCount || first.texts[0]+first.after != count {
			first.leads = true
			if first.Kind == PartCount {
				count = first.texts[0] + first.after
			}
		} else {
			all = slices.Delete(all, from, from+1)
		}
		all = withoutRepeats(all, from)
	}
	if at := slices.IndexFunc(all, func(p piece) bool { return p.Kind == PartCount }); at >= 0 && places[0].Line == marked {
		l.mark(&all[at])
	}
	return all
}

// withoutRepeats drops, from an index on, what the line says already.
func withoutRepeats(all []piece, from int) []piece {
	kept := all[:from]
	for _, p := range all[from:] {
		if p.Kind == PartValue && slices.ContainsFunc(kept, p.says) {
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// pieces appends what there is to tell about one Statement, its count first, and what another run
// beside it had there.
func (l *Labeler) pieces(all []piece, p Place) []piece {
	return l.beside.add(l.own(all, p), len(all), l, p)
}

// own is pieces of this run alone.
func (l *Labeler) own(all []piece, p Place) []piece {
	s := &l.file.Statements[p.Statement]
	n := l.hits(p.Statement)
	if !l.tells(p.Statement, n) {
		return all
	}
	if n.unsure {
		if l.options.Counts && l.options.Zero {
			all = append(all, l.unsurePiece(p))
		}
	} else if l.options.Counts {
		all = append(all, l.countPiece(p, n.hits))
	}
	if p.State != Stale && n.hits > 0 {
		all = append(all, l.valuesOnce(p.Statement)...)
		if l.options.Raised && s.Raised > 0 {
			all = append(all, l.raisedPiece(p.Statement))
		}
	}
	return all
}

// tells reports whether there is anything to tell of the Statement at i, which has these hits.
func (l *Labeler) tells(i int, n hits) bool {
	s := &l.file.Statements[i]
	return !s.NoCode && (n.unsure || n.known && (n.hits > 0 || l.showsZero(s)) && !l.isNoise(s, n.hits)) && !l.declares(i)
}

// valuesOnce is values, worked out at the first call.
func (l *Labeler) valuesOnce(i int) []piece {
	if known := l.told[i].Load(); known != nil {
		return *known
	}
	out := l.values(i)
	l.told[i].Store(&out)
	return out
}

// showsZero reports whether it is worth saying that a Statement was not hit: it has
// code, and that it stands in has run.
func (l *Labeler) showsZero(s *Statement) bool { return l.options.Zero && s.Ran }

// isNoise reports what every module does once and nobody asks about.
func (l *Labeler) isNoise(s *Statement, hits uint64) bool {
	return hits == 1 && s.Raised == 0 && (s.Kind == "import" || s.Kind == "class")
}

// declares reports an annotation without a value (`item: str`) that nothing went wrong with. It does nothing that a
// person would count: Python looks at it once before 3.14, and from then on when somebody asks.
func (l *Labeler) declares(i int) bool {
	s := &l.file.Statements[i]
	return s.Kind == "assign" && s.Raised == 0 && !assigns(l.head(i))
}

// signs are the symbols of labels.
type signs struct {
	times, atLeast, dots, to, raised, running, paused, stale, next string
}

var unicodeSigns = signs{"×", "≥", "…", "→", "✗", "●", "‖", "~", "·"}
var asciiSigns = signs{"x", ">=", "..", "->", "!", "*", "||", "~", "|"}
