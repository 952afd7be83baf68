package tally

import (
	"strings"
	"time"
)

// fileTally is the Tally of one version of a file, over all processes.
type fileTally struct {
	spans   []Span
	note    string
	unknown string    // why code that ran is not counted
	raw     bool      // some of it was counted without values
	partial bool      // what is counted is not all there was
	numbers []numbers // by span
	keepers []*keeper // by span, nil until there is a sample
	errors  []errorCounts
	config  Config
	part    bool // of one call: its Samples are numbered over all calls

	file    *File // as last published; its Statements are never written again
	touched bool  // something changed besides the spans in changed
	changed []bool
	any     bool   // of changed
	sampled []bool // those of changed whose Samples did
}

// numbers are the counts of one span.
type numbers struct {
	// counted are sums over all that counts the span. One part may be below 0 while
	// the whole is not: of code that began to be counted another way in the middle.
	counted      [numberCount]int64
	ran, atLeast bool
}

// of returns one of the numbers, as it is shown.
func (n *numbers) of(what number) uint64 { return uint64(max(n.counted[what], 0)) }

// newFileTally has a Statement for each span, without hits.
func newFileTally(f FileInfo, c Config) *fileTally {
	n := len(f.Spans)
	t := &fileTally{
		spans: f.Spans, config: c,
		numbers: make([]numbers, n), keepers: make([]*keeper, n),
		errors: make([]errorCounts, n), changed: make([]bool, n), sampled: make([]bool, n),
		file: &File{Path: f.Path, SHA256: f.SHA256, Source: f.Source, ByLine: f.ByLine, Typed: f.Typed,
			Statements: make([]Statement, n)},
		touched: true,
	}
	for i, s := range f.Spans {
		t.file.Statements[i] = Statement{
			Line: s.Line, Col: s.Col, EndLine: s.EndLine, EndCol: s.EndCol,
			HeadLine: s.HeadLine, HeadCol: s.HeadCol,
			Kind: s.Kind, Function: s.Function, NoCode: s.NoCode,
		}
	}
	return t
}

// touch notes that a Statement has changed since the last Snapshot.
func (t *fileTally) touch(span int) { t.changed[span], t.any = true, true }

// isTouched reports whether anything has.
func (t *fileTally) isTouched() bool { return t.touched || t.any }

// touchSamples has every sample published again, under other names.
func (t *fileTally) touchSamples() {
	for i, k := range t.keepers {
		if k != nil {
			t.touch(i)
			t.sampled[i] = true
		}
	}
}

// atLeast makes a lower bound of each count above 0, and of what ran: 0 elsewhere is still 0.
func (t *fileTally) atLeast() {
	for i := range t.numbers {
		if n := &t.numbers[i]; (n.ran || n.of(hitsNumber) > 0) && !n.atLeast {
			n.atLeast = true
			t.touch(i)
		}
	}
}

// lacks says that code of the file ran and is not counted, and why.
func (t *fileTally) lacks(reason string) {
	if reason != "" && t.unknown == "" {
		t.unknown, t.touched = reason, true
	}
}

// remark adds a sentence to the Note, once.
func (t *fileTally) remark(note string) {
	if !strings.Contains(t.note, note) {
		t.note, t.touched = strings.TrimSpace(t.note+" "+note), true
	}
}

// misses says the same where what is counted may have been counted further: all of
// it is a lower bound.
func (t *fileTally) misses(reason string) {
	if t.lacks(reason); reason != "" && !t.partial {
		t.partial, t.any = true, true
		for i := range t.changed {
			t.changed[i] = true
		}
	}
}

// sample keeps a Sample of a span, if it tells more than those that are kept.
func (t *fileTally) sample(span int, s Sample) {
	k := t.keepers[span]
	if k == nil {
		k = newKeeper(t.config.Samples, t.config.SampleLimit)
		t.keepers[span] = k
	}
	k.add(s)
	if s.Raised != nil {
		t.errors[span].sample(*s.Raised)
	}
	t.touch(span)
	t.sampled[span] = true
}

// publish returns the file as it is now: the one published last when nothing
// changed.
func (t *fileTally) publish(revision uint64, name naming) *File {
	if !t.isTouched() {
		return t.file
	}
	f := *t.file
	f.Raw = t.raw
	f.Revision, f.Note, f.Unknown = revision, t.note, t.unknown
	if t.any {
		f.Statements = append([]Statement(nil), t.file.Statements...)
		for i, changed := range t.changed {
			if changed {
				t.fill(&f.Statements[i], i, name)
			}
		}
		clear(t.changed)
		clear(t.sampled)
	}
	t.file, t.touched, t.any = &f, false, false
	return t.file
}

// fill brings a Statement up to what is counted now. A count is never below what a sample or an
// exception has shown to have happened.
func (t *fileTally) fill(s *Statement, i int, name naming) {
	n := &t.numbers[i]
	s.Hits, s.Raised, s.Calls = n.of(hitsNumber), n.of(raisedNumber), n.of(callsNumber)
	s.Ran = n.ran || s.Hits > 0
	s.AtLeast = n.atLeast || t.partial && s.Ran
	if timed := n.of(timedNumber); timed > 0 && n.counted[nanosNumber] >= 0 {
		s.Timing = &Timing{Calls: timed, Total: time.Duration(n.of(nanosNumber)), Sure: n.of(sureNumber)}
	}
	s.Errors = t.errors[i].counts(s.Raised)
	for _, e := range s.Errors {
		s.Raised = max(s.Raised, e.Count)
	}
	if k := t.keepers[i]; k != nil {
		if t.sampled[i] { // others stay the same ones: whoever has them need not be sent them again
			s.Samples = k.samples(name)
		}
		if !isDef(s.Kind) && !t.part {
			s.Hits = max(s.Hits, k.latest) // samples come before the counter is read
		}
	}
}

// isDef reports whether a Statement of this kind makes a function.
func isDef(kind string) bool { return kind == "def" || kind == "async def" }

// errorCounts are the exceptions raised at one span, by type, bounded.
type errorCounts []errorCount

// errorCount is what the counters say of one type, and what Samples told
// before these were read.
type errorCount struct {
	kind, message    string
	counted, sampled uint64
}

const maxErrorTypes = 32

// of is the count of one type, made at its first; nil beyond maxErrorTypes.
func (c *errorCounts) of(kind string) *errorCount {
	for i := range *c {
		if e := &(*c)[i]; e.kind == kind {
			return e
		}
	}
	if len(*c) == maxErrorTypes {
		return nil
	}
	*c = append(*c, errorCount{kind: kind})
	return &(*c)[len(*c)-1]
}

// sample notes an exception that was seen with its message.
func (c *errorCounts) sample(v Var) {
	if e := c.of(v.Type); e != nil {
		e.sampled++
		e.message = v.Repr
	}
}

// count notes exceptions that were counted and not looked at.
func (c *errorCounts) count(kind string, more uint64) {
	if e := c.of(kind); e != nil {
		e.counted += more
	}
}

// counts returns those that were raised at all. Where all were of one type,
// that type has the whole number, whatever is known of types.
func (c errorCounts) counts(raised uint64) []ErrorCount {
	var out []ErrorCount
	for _, e := range c {
		if n := max(e.counted, e.sampled); n > 0 {
			out = append(out, ErrorCount{Type: e.kind, Message: e.message, Count: n})
		}
	}
	if len(out) == 1 {
		out[0].Count = max(out[0].Count, raised)
	}
	return out
}

// callTally is the tally of one call: for each file that it ran through, a
// tally of its own.
type callTally struct {
	function string
	stack    []Frame
	files    map[*fileTally]*fileTally
	order    []*fileTally // keys of files, in order of first sight
}

// file is where a call's counts of a file go; it shares the spans, not the numbers.
func (c *callTally) file(of *fileTally) *fileTally {
	t := c.files[of]
	if t == nil {
		t = newFileTally(FileInfo{Path: of.file.Path, Spans: of.spans}, of.config)
		t.part = true
		c.files[of] = t
		c.order = append(c.order, of)
	}
	return t
}

// publish is the call as it stands, with what ran in it alone.
func (c *callTally) publish(name naming) *Call {
	out := &Call{Function: c.function, Stack: c.stack, Statements: []CallStatement{}}
	for _, of := range c.order {
		for i, s := range c.files[of].publish(0, name).Statements {
			if s.Hits > 0 || s.Raised > 0 {
				out.Statements = append(out.Statements, CallStatement{
					Path: of.file.Path, Index: i, Hits: s.Hits, Raised: s.Raised, Samples: s.Samples,
				})
			}
		}
	}
	return out
}
