package replay

import (
	"sort"
	"strings"

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
	n         uint64
	files     map[string]*countedFile
	before    map[frameKey]*countedLine // the line that each frame is in: what its next step has new, this line did
}

// countedFile has the lines of a file that ran, by number.
type countedFile struct{ lines map[int]*countedLine }

// countedLine is what one line did, and the samples that are kept of it.
type countedLine struct {
	hits, raised uint64
	function     string
	samples      []tally.Sample
}

// NewCounting counts the steps that are wanted.
func NewCounting(wants func(uint64, *recording.Process, *recording.Thread, *recording.Frame, *recording.Step) bool) *Counting {
	return &Counting{Wants: wants, files: map[string]*countedFile{}, before: map[frameKey]*countedLine{}}
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
	if line := c.before[key]; line != nil {
		// Names is cut to its length, so that appending does not write into the recording's own.
		line.changed(p, append(s.Names[:len(s.Names):len(s.Names)], s.Globals...))
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
		delete(c.before, key)
	}
	return true
}

// line is the counter of a frame's line, made at its first hit.
func (c *Counting) line(f *recording.Frame) *countedLine {
	file := c.files[f.Code.Path]
	if file == nil {
		file = &countedFile{lines: map[int]*countedLine{}}
		c.files[f.Code.Path] = file
	}
	line := file.lines[f.Line]
	if line == nil {
		line = &countedLine{function: f.Code.Qualname}
		file.lines[f.Line] = line
	}
	return line
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
		text, _ := Text(ch.Value, 200)
		last.Vars = append(last.Vars, tally.Var{Name: name, Type: ValueOf(p, ch.Value).TypeName(), Repr: text})
	}
}

// Snapshot is what was counted, with the sources that were recorded.
func (c *Counting) Snapshot(r *recording.Recording) *tally.Snapshot {
	out := &tally.Snapshot{Session: r.State().About.Session, Program: r.State().About.Program, Python: r.State().About.Python, State: tally.Ended, Files: []*tally.File{}}
	for path := range c.files {
		out.Files = append(out.Files, c.File(r, path))
	}
	sort.Slice(out.Files, func(i, j int) bool { return out.Files[i].Path < out.Files[j].Path })
	return out
}

// File is what was counted of one file, also where that is nothing.
func (c *Counting) File(r *recording.Recording, path string) *tally.File {
	source := r.State().Sources[path]
	// Lines are Python's, for which \r\n and \r end one as well.
	text := strings.ReplaceAll(strings.ReplaceAll(source.Text, "\r\n", "\n"), "\r", "\n")
	f := &tally.File{Path: path, SHA256: source.SHA256, Source: text, ByLine: true}
	var lines map[int]*countedLine
	if counted := c.files[path]; counted != nil {
		lines = counted.lines
	}
	for _, span := range tally.LineSpans(text) {
		s := tally.Statement{Line: span.Line, Col: span.Col, EndLine: span.EndLine, EndCol: span.EndCol, HeadLine: span.HeadLine, HeadCol: span.HeadCol,
			Kind: span.Kind, NoCode: span.NoCode}
		if line := lines[span.Line]; line != nil {
			s.Hits, s.Raised, s.Function, s.Samples, s.Ran = line.hits, line.raised, line.function, line.samples, true
		}
		f.Statements = append(f.Statements, s)
	}
	return f
}
