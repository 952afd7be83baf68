package tally

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Followed is where a File's Statements stand in a text.
type Followed struct {
	Places []Place // by Statement
	// Edited reports that some code differs from what ran; comments, blank
	// lines and blanks at line ends are no code.
	Edited bool
}

// Follow finds the Statements of f in the text that is in the editor now. It
// compares with what ran, from scratch: undoing an edit undoes its effect.
func Follow(f *File, text string) *Followed { return NewFollower(f).Follow(text) }

// Follower is Follow for a File that is followed again and again. It is not
// changed by use, and any goroutine may use it.
type Follower struct {
	file *File
	code *code
	ran  *ran
	rows []int32 // for each line of the source, the first line of code from it on
	runs []run   // by Statement
}

// run is where a Statement lies, in lines of code: its head and its whole.
// within is the def around it, or itself if it is one; -1 at the top.
type run struct{ from, headTo, to, within int32 }

// NewFollower prepares to follow f. A newer File of the same content, whose
// Statements have other counts, can go on with the same Follower.
func NewFollower(f *File) *Follower {
	w := &Follower{file: f, code: newCode(f.Source), runs: make([]run, len(f.Statements))}
	w.ran = newRan(w.code.lines)
	total := strings.Count(f.Source, "\n") + 2
	w.rows = make([]int32, total+1)
	for line, row := 0, 0; line <= total; line++ {
		for row < len(w.code.number) && int(w.code.number[row]) < line {
			row++
		}
		w.rows[line] = int32(row)
	}
	text := newLines(f.Source)
	var defs []int32
	for i := range f.Statements {
		s := &f.Statements[i]
		for len(defs) > 0 && f.Statements[defs[len(defs)-1]].EndLine < s.Line {
			defs = defs[:len(defs)-1]
		}
		if isDef(s.Kind) {
			defs = append(defs, int32(i))
		}
		w.runs[i] = w.runOf(s, text)
		w.runs[i].within = -1
		if len(defs) > 0 {
			w.runs[i].within = defs[len(defs)-1]
		}
	}
	return w
}

func (w *Follower) runOf(s *Statement, text *lines) run {
	headLine := s.HeadLine
	if at := text.offset(headLine, s.HeadCol); headLine > s.Line && blank(text.text[text.offset(headLine, 0):at]) {
		headLine--
	}
	from := w.row(s.Line)
	return run{from: from, headTo: max(from, w.row(headLine+1)-1), to: max(from, w.row(s.EndLine+1)-1)}
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// row is the first line of code at or after a line of the source.
func (w *Follower) row(line int) int32 {
	return w.rows[max(0, min(line, len(w.rows)-1))]
}

// Follow finds the Statements in a text.
func (w *Follower) Follow(text string) *Followed {
	now := newCode(text)
	c := &comparison{Follower: w, now: now, match: w.ran.compare(now.lines)}
	edited := c.editedDefs()
	out := &Followed{Places: make([]Place, len(w.runs)), Edited: len(c.hunks) > 0}
	for i := range w.runs {
		p := c.place(i)
		if d := w.runs[i].within; d >= 0 {
			p.FunctionEdited = edited[d]
		}
		out.Places[i] = p
	}
	return out
}

// comparison is one Follow.
type comparison struct {
	*Follower
	*match
	now *code
}

func (c *comparison) place(i int) Place {
	s, r := &c.file.Statements[i], c.runs[i]
	p := Place{
		Statement: i, Col: s.Col, EndCol: s.EndCol, HeadCol: s.HeadCol,
		EndLine: s.EndLine, HeadLine: s.HeadLine,
	}
	if !c.stands(r) {
		return c.stale(p, r)
	}
	p.Line = c.line(r.from) + s.Line - int(c.code.number[r.from])
	p.HeadLine = c.line(r.headTo) + s.HeadLine - int(c.code.number[r.headTo])
	p.EndLine = p.HeadLine
	for row := r.to; row > r.headTo; row-- {
		if at := c.near(row); at >= 0 {
			p.EndLine = int(c.now.number[at])
			break
		}
	}
	return p
}

// stands reports whether all lines of a head are still there, with nothing
// between them.
func (c *comparison) stands(r run) bool {
	if int(r.headTo) >= len(c.to) || c.to[r.from] < 0 || c.to[r.headTo]-c.to[r.from] != r.headTo-r.from {
		return false
	}
	for row := r.from; row <= r.headTo; row++ {
		if c.to[row] < 0 {
			return false
		}
	}
	return true
}

// line is the line in the text of a row that is still there.
func (c *comparison) line(row int32) int { return int(c.now.number[c.to[row]]) }

// stale puts a Statement whose text was changed on what stands in its place,
// one line for one: of three lines that became one, two are gone.
func (c *comparison) stale(p Place, r run) Place {
	p.State = Deleted
	for row := r.from; row <= r.headTo && int(row) < len(c.to); row++ {
		at := c.near(row)
		if at < 0 {
			continue
		}
		line := c.now.lines[at]
		p.State, p.Line = Stale, int(c.now.number[at])
		p.Col = len(line) - len(strings.TrimLeft(line, " \t"))
		p.EndLine, p.HeadLine = p.Line, p.Line
		p.EndCol = utf8.RuneCountInString(line)
		p.HeadCol = p.EndCol
		break
	}
	return p
}

// near is the row in the text that is, or stands for, an old row; -1: none.
func (c *comparison) near(row int32) int32 {
	if c.to[row] >= 0 {
		return c.to[row]
	}
	i := sort.Search(len(c.hunks), func(i int) bool { return c.hunks[i].oldTo > row })
	h := c.hunks[i]
	if at := h.newFrom + row - h.oldFrom; at < h.newTo {
		return at
	}
	return -1
}

// editedDefs says for each def whether anything in it changed.
func (c *comparison) editedDefs() []bool {
	out := make([]bool, len(c.runs))
	if len(c.hunks) == 0 {
		return out
	}
	for i := range c.runs {
		if c.runs[i].within == int32(i) {
			out[i] = c.changedIn(c.runs[i], c.file.Statements[i].Col)
		}
	}
	return out
}

// changedIn reports a difference between the first and the last row of a def.
// Lines added after the last one are the def's if they are indented like it.
func (c *comparison) changedIn(r run, col int) bool {
	first := sort.Search(len(c.hunks), func(i int) bool { return c.hunks[i].oldTo > r.from })
	if first == len(c.hunks) {
		return false
	}
	h := c.hunks[first]
	if h.oldFrom <= r.to {
		return true
	}
	if h.oldFrom != r.to+1 || h.newFrom == h.newTo {
		return false
	}
	line := c.now.lines[h.newFrom]
	return len(line)-len(strings.TrimLeft(line, " \t")) > col
}
