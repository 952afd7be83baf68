package tally

import (
	"path/filepath"
	"slices"
	"sort"

	"github.com/tallyho-dev/tallyho/engine/syntax"
)

// Followed is where a File's Statements stand in a text.
type Followed struct {
	Places []Place // by Statement
	// Edited reports that some code differs from what ran; comments, blank
	// lines and how a statement is laid out are no code.
	Edited bool
}

// Follow finds the Statements of f in the text that is in the editor now. It
// compares with what ran, from scratch: undoing an edit undoes its effect.
func Follow(f *File, text string) *Followed { return NewFollower(f).Follow(text) }

// Follower is Follow for a File that is followed again and again. It is not
// changed by use, and any goroutine may use it.
type Follower struct {
	file  *File
	ran   *syntax.Text
	split func(string) *syntax.Text
	runs  []run // by Statement
}

// run is what of the text that ran a Statement is: its first Token and the last of its
// head, and the last Unit of its whole.
type run struct {
	from, headTo token
	to           int32
	within       int32 // the def around it, or itself if it is one; -1 at the top
}

// token is one of a Unit, by its index in that.
type token struct{ unit, index int32 }

// NewFollower prepares to follow f. A newer File of the same content, whose
// Statements have other counts, can go on with the same Follower.
func NewFollower(f *File) *Follower {
	w := &Follower{file: f, split: splitterFor(f), runs: make([]run, len(f.Statements))}
	w.ran = w.split(f.Source)
	text := newLines(w.ran.Source)
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

// splitterFor is how a file's text is split: by statements, or by lines where it is not
// Python and all that is known of it are its lines.
func splitterFor(f *File) func(string) *syntax.Text {
	isLine := func(s Statement) bool { return s.Kind == "line" }
	switch filepath.Ext(f.Path) {
	case ".py", ".pyw", ".pyi", "":
		return syntax.Parse
	}
	if len(f.Statements) > 0 && isLine(f.Statements[0]) && !slices.ContainsFunc(f.Statements, func(s Statement) bool { return !isLine(s) }) {
		return syntax.Lines
	}
	return syntax.Parse
}

// runOf is where a Statement stands among the tokens of its text: its head, and what it ends with.
func (w *Follower) runOf(s *Statement, text *lines) run {
	start := text.offset(s.Line, s.Col)
	head := max(text.offset(s.HeadLine, s.HeadCol), start+1)
	end := max(text.offset(s.EndLine, s.EndCol), head)
	from := w.unitAt(start)
	if from < 0 {
		return run{from: token{-1, 0}}
	}
	r := run{from: w.tokenAt(from, start), headTo: w.tokenBefore(w.unitAt(head-1), head), to: w.unitAt(end - 1)}
	if r.headTo.unit < r.from.unit || r.headTo.unit == r.from.unit && r.headTo.index < r.from.index {
		r.headTo = r.from
	}
	return r
}

// unitAt is the last Unit that begins at or before an offset, else the first; -1: there
// is none.
func (w *Follower) unitAt(offset int) int32 {
	units := w.ran.Units
	i := sort.Search(len(units), func(i int) bool { return units[i].Start > offset })
	return int32(min(max(i-1, 0), len(units)-1))
}

// tokenAt is the Token of a Unit that is at an offset or behind it.
func (w *Follower) tokenAt(unit int32, offset int) token {
	all := tokens(w.ran, unit)
	i := sort.Search(len(all), func(i int) bool { return int(all[i].End) > offset })
	return token{unit, int32(min(i, len(all)-1))}
}

// tokenBefore is the last Token of a Unit that begins before an offset.
func (w *Follower) tokenBefore(unit int32, offset int) token {
	all := tokens(w.ran, unit)
	i := sort.Search(len(all), func(i int) bool { return int(all[i].Start) >= offset })
	return token{unit, int32(max(i-1, 0))}
}

// Follow finds the Statements in a text.
func (w *Follower) Follow(text string) *Followed {
	c := &comparison{Follower: w, match: compare(w.ran, w.split(text))}
	changed, any := c.changedScopes()
	out := &Followed{Places: make([]Place, len(w.runs)), Edited: any}
	for i := range w.runs {
		p := c.place(i)
		if d := w.runs[i].within; d >= 0 && w.runs[d].from.unit >= 0 {
			p.FunctionEdited = changed[w.runs[d].from.unit]
		}
		out.Places[i] = p
	}
	return out
}

// comparison is one Follow.
type comparison struct {
	*Follower
	*match
}

// place is where a Statement is in the text of now, and whether it is what ran.
func (c *comparison) place(i int) Place {
	r := c.runs[i]
	p := Place{Statement: i, State: Deleted}
	if r.from.unit < 0 || c.to[r.from.unit] < 0 {
		return p
	}
	if c.stands(r) {
		if c.file.ByLine && !c.sameCompany(r.from.unit) {
			return p
		}
		return c.standing(p, r)
	}
	if !c.fresh(r.from.unit) {
		return c.stale(p, r)
	}
	return p
}

// stands reports whether all of a head is still there, with nothing between.
func (c *comparison) stands(r run) bool {
	for unit := r.from.unit; unit <= r.headTo.unit; unit++ {
		if !c.fresh(unit) || c.to[unit]-c.to[r.from.unit] != unit-r.from.unit {
			return false
		}
	}
	return true
}

// sameCompany reports whether what began on one line with a Unit still does: where lines
// are counted, those share a number that is none of theirs alone.
func (c *comparison) sameCompany(unit int32) bool {
	units, line := c.match.was.Units, c.match.was.Units[unit].Line
	first, last := unit, unit
	for first > 0 && units[first-1].Line == line {
		first--
	}
	for int(last)+1 < len(units) && units[last+1].Line == line {
		last++
	}
	if first == last {
		return true
	}
	at := c.to[first]
	for i := first; i <= last; i++ {
		if !c.fresh(i) || c.to[i]-at != i-first || c.now.Units[c.to[i]].Line != c.now.Units[at].Line {
			return false
		}
	}
	return true
}

// standing is the place of a Statement whose tokens are all still there.
func (c *comparison) standing(p Place, r run) Place {
	p.State = Fresh
	start, end := c.startOf(c.to[r.from.unit], int(r.from.index)), c.endOf(c.to[r.headTo.unit], int(r.headTo.index))
	p.Line, p.Col = c.now.Place(c.to[r.from.unit], start)
	if c.file.Statements[p.Statement].Kind == "line" && !c.beginsLine(start) {
		return Place{Statement: p.Statement, State: Deleted} // what has become part of a line is not that line
	}
	p.HeadLine, p.HeadCol = c.now.Place(c.to[r.headTo.unit], end)
	p.EndLine, p.EndCol = p.HeadLine, p.HeadCol
	for unit := r.to; unit > r.headTo.unit; unit-- {
		if at := c.to[unit]; at > c.to[r.headTo.unit] {
			p.EndLine, p.EndCol = c.now.Place(at, c.now.Units[at].End)
			break
		}
	}
	return p
}

// startOf is where a Token of a new Unit begins; before the first one there may be a
// parenthesis that is none.
func (c *comparison) startOf(unit int32, index int) int {
	if index == 0 {
		return c.now.Units[unit].Start
	}
	return int(tokens(c.now, unit)[index].Start)
}

// endOf is where a Token of a new Unit ends, likewise.
func (c *comparison) endOf(unit int32, index int) int {
	all := tokens(c.now, unit)
	if index == len(all)-1 {
		return c.now.Units[unit].End
	}
	return int(all[index].End)
}

// beginsLine reports whether only blanks stand before an offset on its line.
func (c *comparison) beginsLine(offset int) bool {
	for offset--; offset >= 0 && c.now.Source[offset] != '\n'; offset-- {
		if c.now.Source[offset] != ' ' && c.now.Source[offset] != '\t' {
			return false
		}
	}
	return true
}

// stale puts a Statement whose text was changed on what it has become. What is inside
// it, a comprehension or a lambda, is found again if it was not changed itself.
func (c *comparison) stale(p Place, r run) Place {
	now := c.to[r.from.unit]
	from, to := 0, len(tokens(c.now, now))-1
	if r.from.index > 0 {
		if r.headTo.unit != r.from.unit {
			return p
		}
		from = c.onlyIn(tokens(c.match.was, r.from.unit)[r.from.index:r.headTo.index+1], r.from.unit, now)
		if from < 0 {
			return p
		}
		to = from + int(r.headTo.index-r.from.index)
	}
	p.State = Stale
	p.Line, p.Col = c.now.Place(now, c.startOf(now, from))
	p.HeadLine, p.HeadCol = c.now.Place(now, c.endOf(now, to))
	p.EndLine, p.EndCol = p.HeadLine, p.HeadCol
	return p
}

// onlyIn is where some Tokens are in a new Unit, -1 unless they are in both once.
func (c *comparison) onlyIn(part []syntax.Token, was, now int32) int {
	find := func(all []syntax.Token) (at, count int) {
		for i := 0; i+len(part) <= len(all); i++ {
			if slices.EqualFunc(part, all[i:i+len(part)], func(a, b syntax.Token) bool { return a.Sum == b.Sum }) {
				at, count = i, count+1
			}
		}
		return at, count
	}
	_, before := find(tokens(c.match.was, was))
	at, after := find(tokens(c.now, now))
	if before != 1 || after != 1 {
		return -1
	}
	return at
}

// changedScopes says for the Unit of each def whether anything in it changed, and
// whether anything did at all.
func (c *comparison) changedScopes() (changed []bool, any bool) {
	changed = make([]bool, len(c.to))
	mark := func(unit int32) {
		any = true
		for ; unit >= 0; unit = c.match.was.Units[unit].Parent {
			changed[unit] = true
		}
	}
	last := int32(-1)
	for i, now := range c.to {
		u := &c.match.was.Units[i]
		if now < 0 || now < last || !c.fresh(int32(i)) || !c.sameBlock(u.Parent, c.now.Units[now].Parent) {
			mark(int32(i))
		}
		last = max(last, now)
	}
	for j, was := range c.from {
		if was >= 0 {
			continue
		}
		any = true
		at := c.now.Units[j].Parent
		for at >= 0 && c.from[at] < 0 {
			at = c.now.Units[at].Parent
		}
		if at >= 0 {
			mark(c.from[at])
		}
	}
	return changed, any
}

// sameBlock reports whether two blocks, by their headers (-1: the module), are each other's.
func (c *comparison) sameBlock(was, now int32) bool {
	if was < 0 || now < 0 {
		return was < 0 && now < 0
	}
	return c.to[was] == now
}
