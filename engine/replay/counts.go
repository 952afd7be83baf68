package replay

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// samplesKept is how many hits of a line are shown with values: the first half of
// them, and the last.
const samplesKept = 10

// Counting counts, by line, what a part of a recording did: as a run on a Python
// that counts by line. It is a recording.Visitor.
type Counting struct {
	Wants     func(uint64, *recording.Process, *recording.Thread, *recording.Frame, *recording.Step) bool
	Cancelled func() bool
	NoValues  bool // hits alone are wanted
	r         *recording.Recording
	n         uint64
	files     map[string]*countedFile
	before    map[frameKey]*countedLine // the line that each frame is in: what its next step has new, this line did
	own       map[string]*tally.File    // what the run itself counted, which knows what a statement is
}

// countedFile has the lines of a file that ran, by number.
type countedFile struct {
	lines map[int]*countedLine
	text  []string
	spans map[int]*tally.Statement // the statement that a line begins with
}

// countedLine is what one line did, and the samples that are kept of it.
type countedLine struct {
	hits, raised uint64
	function     string
	names        []string // that stand in it
	samples      []tally.Sample
}

// NewCounting counts the steps that are wanted.
func NewCounting(r *recording.Recording, wants func(uint64, *recording.Process, *recording.Thread, *recording.Frame, *recording.Step) bool) *Counting {
	c := &Counting{Wants: wants, r: r, files: map[string]*countedFile{}, before: map[frameKey]*countedLine{}, own: map[string]*tally.File{}}
	if run, err := Snapshot(r); err == nil {
		for _, f := range run.Files {
			c.own[f.Path] = f
		}
	}
	return c
}

// Output is not counted.
func (c *Counting) Output(bool, []byte) {}

// Step counts a step.
func (c *Counting) Step(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	if c.n++; c.n&0x3ff == 0 && c.Cancelled != nil && c.Cancelled() {
		return false
	}
	if !c.Wants(at, p, t, f, s) || f.Code.Path == "" {
		return true
	}
	key := frameKey{p.Number, f.Number}
	if line := c.before[key]; line != nil && !c.NoValues {
		// Names is cut to its length, so that appending does not write into the recording's own.
		line.changed(p, append(s.Names[:len(s.Names):len(s.Names)], s.Globals...))
		if s.Kind == recording.Line || s.Kind == recording.Return && s.Flags&recording.FlagWaits == 0 {
			line.looked(&moment{at, p, t, f, s})
		}
	}
	switch s.Kind {
	case recording.Line:
		line := c.line(f)
		line.begin()
		c.before[key] = line
	case recording.Exception:
		if line := c.before[key]; line != nil {
			line.raised++
		}
	case recording.Return:
		if s.Flags&recording.FlagWaits == 0 { // else it goes on with the line
			delete(c.before, key)
		}
	}
	return true
}

// line is the counter of a frame's line, made at its first hit.
func (c *Counting) line(f *recording.Frame) *countedLine {
	file := c.files[f.Code.Path]
	if file == nil {
		file = c.newFile(f.Code.Path)
		c.files[f.Code.Path] = file
	}
	line := file.lines[f.Line]
	if line == nil {
		line = &countedLine{function: f.Code.Qualname, names: NamesIn(file.text, file.spans[f.Line])}
		file.lines[f.Line] = line
	}
	return line
}

// newFile has nothing counted, and knows what stands on the lines of the file.
func (c *Counting) newFile(path string) *countedFile {
	source := c.r.State().Sources[path]
	// Lines are Python's, for which \r\n and \r end one as well.
	text := strings.ReplaceAll(strings.ReplaceAll(source.Text, "\r\n", "\n"), "\r", "\n")
	f := &countedFile{lines: map[int]*countedLine{}, text: strings.Split(text, "\n"), spans: map[int]*tally.Statement{}}
	for _, span := range tally.LineSpans(text) {
		f.spans[span.Line] = &tally.Statement{Line: span.Line, Col: span.Col, EndLine: span.EndLine, EndCol: span.EndCol, HeadLine: span.HeadLine, HeadCol: span.HeadCol,
			Kind: span.Kind, NoCode: span.NoCode}
	}
	own := c.own[path]
	if own == nil || own.SHA256 != source.SHA256 {
		return f
	}
	// What a line is, the run that counted statements knows. Of several that begin on a line, and of
	// those that make functions, the line is what is counted.
	begun := map[int]int{}
	for i := range own.Statements {
		begun[own.Statements[i].Line]++
	}
	for i := range own.Statements {
		s := &own.Statements[i]
		if begun[s.Line] == 1 && !slices.Contains([]string{"def", "async def", "class", "lambda", "comprehension"}, s.Kind) && f.spans[s.Line] != nil {
			f.spans[s.Line] = &tally.Statement{Line: s.Line, Col: s.Col, EndLine: s.EndLine, EndCol: s.EndCol, HeadLine: s.HeadLine, HeadCol: s.HeadCol, Kind: s.Kind, NoCode: s.NoCode}
		}
	}
	return f
}

// begin counts a hit, and makes room for what it will change.
func (l *countedLine) begin() {
	l.hits++
	if len(l.samples) == samplesKept {
		// The oldest of the last ones goes.
		l.samples = append(l.samples[:samplesKept/2], l.samples[samplesKept/2+1:]...)
	}
	l.samples = append(l.samples, tally.Sample{Hit: l.hits, Vars: []tally.Var{}})
}

// changed notes what the line's last hit has changed.
func (l *countedLine) changed(p *recording.Process, changes []recording.Change) {
	last := &l.samples[len(l.samples)-1]
	for _, ch := range changes {
		name := p.Texts[ch.Name]
		if ch.Value.Tag() == recording.TagGone || strings.HasPrefix(name, "__") {
			continue
		}
		last.Vars = slices.DeleteFunc(last.Vars, func(v tally.Var) bool { return v.Name == name }) // of an earlier step within the line
		last.Vars = append(last.Vars, *variable(name, p, ch.Value))
	}
}

// looked notes what the line's last hit has looked at besides, and what it returned: a test or a call
// changes no name, and is explained by those that stand in it.
func (l *countedLine) looked(m *moment) {
	last := &l.samples[len(l.samples)-1]
	if m.step.Kind == recording.Return && m.step.Flags&recording.FlagReturnOp != 0 && m.step.Flags&recording.FlagValue != 0 {
		last.Return = variable("", m.process, m.step.Value)
	}
	for _, text := range l.names {
		if slices.ContainsFunc(last.Vars, func(v tally.Var) bool { return v.Name == text }) {
			continue
		}
		if v, err := query.Evaluate(text, m.names); err == nil && v.Kind != query.Builtin {
			last.Vars = append(last.Vars, tally.Var{Name: text, Type: v.TypeName(), Repr: cut(oneLine(Shown(v, v.Repr())), shownIteration)})
		}
	}
}

// Snapshot is what was counted, with the sources that were recorded.
func (c *Counting) Snapshot() *tally.Snapshot {
	r := c.r
	out := &tally.Snapshot{Session: r.State().About.Session, Program: r.State().About.Program, Python: r.State().About.Python, State: tally.Ended, Files: []*tally.File{}}
	for path := range c.files {
		out.Files = append(out.Files, c.File(path))
	}
	sort.Slice(out.Files, func(i, j int) bool { return out.Files[i].Path < out.Files[j].Path })
	return out
}

// File is what was counted of one file, also where that is nothing.
func (c *Counting) File(path string) *tally.File {
	counted := c.files[path]
	if counted == nil {
		counted = c.newFile(path)
	}
	f := &tally.File{Path: path, SHA256: c.r.State().Sources[path].SHA256, Source: strings.Join(counted.text, "\n"), ByLine: true}
	for _, number := range slices.Sorted(maps.Keys(counted.spans)) {
		s := *counted.spans[number]
		if line := counted.lines[number]; line != nil {
			s.Hits, s.Raised, s.Function, s.Samples, s.Ran = line.hits, line.raised, line.function, line.samples, true
			if s.Kind != "return" {
				for i := range s.Samples { // a function that ends without one returns nothing that anybody asked for
					s.Samples[i].Return = nil
				}
			}
		}
		f.Statements = append(f.Statements, s)
	}
	return f
}
