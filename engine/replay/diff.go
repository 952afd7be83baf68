package replay

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Divergence is the first place at which two runs part: a name that has another
// value after the statement there, or with Name "" a statement after which they
// went on elsewhere. A and B are the values, or the lines that came next.
type Divergence struct {
	Path     string   `json:"path"`
	Line     int      `json:"line"`
	Function string   `json:"function"`
	Name     string   `json:"name"` // "return" and "exception" are what a call ended with
	A        string   `json:"a"`
	B        string   `json:"b"`
	Thread   string   `json:"thread,omitempty"`
	Led      []string `json:"led,omitempty"` // the values that led there, in the first run
	at       uint64
}

// StatementDiff is a statement that ran otherwise in one of two runs.
type StatementDiff struct {
	Path     string      `json:"path"`
	Line     int         `json:"line"`
	LineB    int         `json:"line_b,omitempty"` // in the second run's text, where it is another one
	Function string      `json:"function"`
	HitsA    uint64      `json:"hits_a"`
	HitsB    uint64      `json:"hits_b"`
	Values   []ValueDiff `json:"values,omitempty"` // names that had other values after it, with the last of each
}

// ValueDiff is a name's last value in two runs.
type ValueDiff struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// Diff is how two runs differ.
type Diff struct {
	First      *Divergence     `json:"first"`
	Statements []StatementDiff `json:"statements"`
	OnlyA      []string        `json:"functions_only_a,omitempty"` // qualified names of functions that were called in one alone
	OnlyB      []string        `json:"functions_only_b,omitempty"`
}

// Same reports whether nothing differs.
func (d *Diff) Same() bool {
	return d.First == nil && len(d.Statements) == 0 && len(d.OnlyA) == 0 && len(d.OnlyB) == 0
}

// entry is a step as it is compared with another run's.
type entry struct {
	at       uint64
	kind     recording.Kind
	key      string // of the file
	path     string
	function string
	line     int
	column   int
	before   int // the line of the frame's statement before: what has changed has changed there
	caller   place
	names    []ValueDiff // name and, in A, its text
	value    string      // of a return or an exception
	thread   string
	source   string
}

type place struct {
	key, path, function string
	line                int
}

// strand is one thread of a run: the n-th of the m-th process that took steps.
type strand struct{ process, thread int }

// Compare lays two recordings side by side. cancelled may be nil.
func Compare(a, b *recording.Recording, cancelled func() bool) (*Diff, error) {
	p := newPairing(a, b)
	d := &Diff{Statements: []StatementDiff{}}
	all := map[strand]bool{}
	countA, err := count(p.a, all, cancelled)
	if err != nil {
		return nil, err
	}
	countB, err := count(p.b, all, cancelled)
	if err != nil {
		return nil, err
	}
	strands := make([]strand, 0, len(all))
	for s := range all {
		strands = append(strands, s)
	}
	sort.Slice(strands, func(i, j int) bool {
		return strands[i].process < strands[j].process || strands[i].process == strands[j].process && strands[i].thread < strands[j].thread
	})
	for _, s := range strands {
		if found := p.first(s, cancelled); found != nil && (d.First == nil || found.at < d.First.at) {
			d.First = found
		}
	}
	d.Statements = append(d.Statements, p.statements(countA, countB)...)
	d.OnlyA, d.OnlyB = onlyIn(countA.called, countB.called), onlyIn(countB.called, countA.called)
	return d, nil
}

// first walks one thread of both runs in step, up to where they part.
func (p *pairing) first(s strand, cancelled func() bool) *Divergence {
	nextA, stopA := iter.Pull(p.a.entries(s, cancelled))
	defer stopA()
	nextB, stopB := iter.Pull(p.b.entries(s, cancelled))
	defer stopB()
	var last *entry
	var led []string
	for {
		a, okA := nextA()
		b, okB := nextB()
		if !okA && !okB {
			return nil
		}
		var found *Divergence
		switch {
		case okA && okB:
			found = p.parts(a, b, last)
		case okA:
			found = p.ends(last, a, describe(a), "the end")
		default:
			found = p.ends(last, b, "the end", describe(b))
		}
		if found != nil {
			found.Led = led
			return found
		}
		last = a
		for _, n := range a.names {
			if led = append(led, n.Name+" = "+n.A); len(led) > 8 {
				led = led[1:]
			}
		}
	}
}

func describe(e *entry) string {
	kind := string(kindName(e.kind))
	return fmt.Sprintf("%s %s:%d %s", kind, e.function, e.line, strings.TrimSpace(e.source))
}

func kindName(k recording.Kind) string {
	if int(k) < len(kinds) {
		return string(kinds[k])
	}
	return "statement"
}

func (p *pairing) ends(last, e *entry, a, b string) *Divergence {
	if last == nil {
		last = e
	}
	return &Divergence{Path: last.path, Line: last.line, Function: last.function, A: a, B: b, Thread: e.thread, at: e.at}
}

// parts compares two steps: what they are, then what has changed before them.
func (p *pairing) parts(a, b, last *entry) *Divergence {
	if found := p.values(a, b); found != nil {
		return found
	}
	lineB, known := p.toA(b.key, b.line)
	if a.kind == b.kind && a.key == b.key && a.function == b.function && known && lineB == a.line && a.column == b.column {
		if a.value != b.value {
			name := "return"
			if a.kind == recording.Exception {
				name = "exception"
			}
			return &Divergence{Path: a.path, Line: a.line, Function: a.function, Name: name, A: a.value, B: b.value, Thread: a.thread, at: a.at}
		}
		return nil
	}
	out := &Divergence{A: describe(a), B: describe(b), Thread: a.thread, at: a.at}
	switch {
	case !p.inBoth(a.key, a.line):
		out.Path, out.Line, out.Function = a.path, a.line, a.function
	case !known:
		out.Path, out.Line, out.Function = b.path, b.line, b.function
	case last != nil:
		out.Path, out.Line, out.Function = last.path, last.line, last.function
	default:
		out.Path, out.Line, out.Function = a.path, a.line, a.function
	}
	return out
}

// values compares what has changed before two steps of one frame, or the
// arguments of two calls of one function.
func (p *pairing) values(a, b *entry) *Divergence {
	if a.key != b.key || a.function != b.function || a.kind == recording.Call != (b.kind == recording.Call) {
		return nil
	}
	other := map[string]string{}
	for _, n := range b.names {
		other[n.Name] = n.A
	}
	mine := map[string]bool{}
	for _, n := range a.names {
		mine[n.Name] = true
		if text, ok := other[n.Name]; !ok || text != n.A {
			if !ok {
				text = "unchanged"
			}
			return p.valueAt(a, n.Name, n.A, text)
		}
	}
	for _, n := range b.names {
		if !mine[n.Name] {
			return p.valueAt(a, n.Name, "unchanged", n.A)
		}
	}
	return nil
}

// valueAt is where a name got its value: the statement before, or of an argument
// where the call was made, unless it is the def that was edited.
func (p *pairing) valueAt(a *entry, name, va, vb string) *Divergence {
	d := &Divergence{Path: a.path, Line: a.before, Function: a.function, Name: name, A: va, B: vb, Thread: a.thread, at: a.at}
	if a.before == 0 {
		d.Line = a.line
		if a.kind == recording.Call && a.caller.line > 0 && (!p.edited(a.key, a.line) || p.edited(a.caller.key, a.caller.line)) {
			d.Path, d.Line, d.Function = a.caller.path, a.caller.line, a.caller.function
		}
	}
	return d
}

var (
	addresses = regexp.MustCompile(`\b0x[0-9a-fA-F]+`)
	taskNames = regexp.MustCompile(`\b(Task|Dummy)-\d+`)
)

// comparable is a value's text without what no two runs share: addresses, the
// order of a set, where the program lies.
func (s side) comparable(p *recording.Process, raw recording.Raw) string {
	v := ValueOf(p, raw)
	text := canonical(v).Repr()
	if i := strings.LastIndexByte(s.main, '/'); i > 0 {
		text = strings.ReplaceAll(text, s.main[:i], "…")
	}
	return taskNames.ReplaceAllString(addresses.ReplaceAllString(text, "0x…"), "$1-…")
}

// canonical has the elements of sets in the order of their texts, and an object's
// attributes in its own.
func canonical(v query.Value) query.Value {
	if len(v.Items) == 0 {
		return v
	}
	if v.Kind == query.Recorded {
		attributes := make([]string, 0, len(v.Items)/2)
		for i := 0; i+1 < len(v.Items); i += 2 {
			attributes = append(attributes, v.Items[i].Str+"="+canonical(v.Items[i+1]).Repr())
		}
		return query.NewRecorded(v.Str, v.Text+" with "+strings.Join(attributes, ", "))
	}
	items := make([]query.Value, len(v.Items))
	for i, item := range v.Items {
		items[i] = canonical(item)
	}
	if v.Kind == query.Set || v.Kind == query.FrozenSet {
		slices.SortFunc(items, func(a, b query.Value) int { return strings.Compare(a.Repr(), b.Repr()) })
	}
	v.Items = items
	return v
}

// walker is a recording.Visitor that makes entries.
type walker struct {
	side    side
	yield   func(strand, *entry) bool
	strands map[threadKey]strand
	threads map[int]int // by process, how many threads have been seen
	before  map[frameKey]int
	stopped func() bool
	n       uint64
}

type frameKey struct {
	process int
	frame   uint64
}

func newWalker(s side, stopped func() bool, yield func(strand, *entry) bool) *walker {
	return &walker{side: s, yield: yield, strands: map[threadKey]strand{}, threads: map[int]int{}, before: map[frameKey]int{}, stopped: stopped}
}

// Output is not compared.
func (w *walker) Output(bool, []byte) {}

// Step makes an entry of a step.
func (w *walker) Step(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	if w.n++; w.n&0x3ff == 0 && w.stopped != nil && w.stopped() {
		return false
	}
	id := threadKey{p.Number, t.ID}
	own, known := w.strands[id]
	if !known {
		w.threads[p.Number]++
		own = strand{p.Number, w.threads[p.Number]}
		w.strands[id] = own
	}
	e := &entry{at: at, kind: s.Kind, key: w.side.key(f.Code.Path), path: f.Code.Path, function: f.Code.Qualname, line: f.Line, column: s.Column, thread: t.Name}
	if f.Place != nil {
		e.source = f.Place.Source
	}
	frame := frameKey{p.Number, f.Number}
	if s.Kind != recording.Call {
		e.before = w.before[frame]
	}
	if s.Flags&recording.FlagBegins != 0 && f.Back != nil {
		e.caller = place{w.side.key(f.Back.Code.Path), f.Back.Code.Path, f.Back.Code.Qualname, f.Back.Line}
	}
	w.changes(e, p, f, s)
	switch s.Kind {
	case recording.Return:
		e.value = w.side.comparable(p, s.Value)
	case recording.Exception:
		e.value = w.side.comparable(p, s.ErrorValue)
	}
	w.before[frame] = f.Line
	if s.Kind == recording.Call || s.Kind == recording.Return && s.Flags&recording.FlagWaits == 0 {
		delete(w.before, frame)
	}
	return w.yield(own, e)
}

// changes are the names whose values are new. What every module has is left out.
func (w *walker) changes(e *entry, p *recording.Process, f *recording.Frame, s *recording.Step) {
	add := func(changes []recording.Change) {
		for _, ch := range changes {
			name := p.Texts[ch.Name]
			if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
				continue
			}
			text := "no value"
			if ch.Value.Tag() != recording.TagGone {
				text = w.side.comparable(p, ch.Value)
			}
			e.names = append(e.names, ValueDiff{Name: name, A: text})
		}
	}
	add(s.Names)
	add(s.Globals)
}

// entries are the steps of one thread.
func (s side) entries(of strand, cancelled func() bool) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		w := newWalker(s, cancelled, func(own strand, e *entry) bool { return own != of || yield(e) })
		_ = s.r.Read(0, w)
	}
}

// counts are what the statements of one run did.
type counts struct {
	hits   map[place]uint64
	last   map[place]map[string]string
	called map[string]bool
}

// count counts the statements of a run, and notes its threads.
func count(s side, all map[strand]bool, cancelled func() bool) (*counts, error) {
	c := &counts{hits: map[place]uint64{}, last: map[place]map[string]string{}, called: map[string]bool{}}
	w := newWalker(s, cancelled, func(own strand, e *entry) bool {
		all[own] = true
		at := place{e.key, e.path, e.function, e.line}
		switch e.kind {
		case recording.Call:
			c.called[e.key+":"+e.function] = true
		case recording.Line, recording.Statement:
			c.hits[at]++
		}
		if e.before > 0 {
			at.line = e.before
			for _, n := range e.names {
				if c.last[at] == nil {
					c.last[at] = map[string]string{}
				}
				c.last[at][n.Name] = n.A
			}
		}
		return true
	})
	if err := s.r.Read(0, w); err != nil {
		return nil, err
	}
	return c, nil
}

// statements are those that ran more often in one run, or with other values.
func (p *pairing) statements(a, b *counts) []StatementDiff {
	byA := map[place]place{} // statements of the second by what they are in the first
	for at := range b.hits {
		line, ok := p.toA(at.key, at.line)
		if !ok {
			line = -at.line
		}
		byA[place{key: at.key, function: at.function, line: line}] = at
	}
	var out []StatementDiff
	for at, hits := range a.hits {
		key := place{key: at.key, function: at.function, line: at.line}
		other, ok := byA[key]
		delete(byA, key)
		d := StatementDiff{Path: at.path, Line: at.line, Function: at.function, HitsA: hits}
		if ok {
			d.HitsB = b.hits[other]
			if other.line != at.line {
				d.LineB = other.line
			}
			d.Values = differing(a.last[at], b.last[other])
		}
		if d.HitsA != d.HitsB || len(d.Values) > 0 {
			out = append(out, d)
		}
	}
	for _, at := range byA {
		out = append(out, StatementDiff{Path: at.path, LineB: at.line, Function: at.function, HitsB: b.hits[at]})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Path != out[j].Path {
			return out[i].Path < out[j].Path
		}
		return max(out[i].Line, out[i].LineB) < max(out[j].Line, out[j].LineB)
	})
	return out
}

func differing(a, b map[string]string) []ValueDiff {
	var out []ValueDiff
	for name, text := range a {
		if other, ok := b[name]; ok && other != text {
			out = append(out, ValueDiff{name, text, other})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func onlyIn(a, b map[string]bool) []string {
	var out []string
	for name := range a {
		if !b[name] {
			_, function, _ := strings.Cut(name, ":")
			out = append(out, function)
		}
	}
	slices.Sort(out)
	return out
}
