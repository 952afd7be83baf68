package tally

import (
	"slices"
	"strings"
)

// piece is a Part that has not found its room yet. It has texts, from the
// longest to the shortest that still tells something, or values that can be cut
// to what room there is, or both: texts come first then.
type piece struct {
	Part
	rank   int  // what is left out first has the highest
	leads  bool // it is the first of its Statement
	texts  []string
	enough int    // the width of the shortest text that tells which items came or went
	lead   string // "x=", "→ "
	ends   []end
	spare  bool            // it is left out where its class is all that there is room for
	alike  func() []string // what is shown where the ends look the same in the room there is
	after  string          // behind all of it: " …" where more came that nobody knows
	dots   string
}

// The ranks of pieces. Counts are never left out before anything else is.
const (
	rankCount = iota
	rankRaised
	rankReturn
	rankAssigned
	rankOther
	ranks // how many there are
)

// leastValue is how short a value may be cut, in units, and still be known again.
const leastValue = 8

// fit is the longest text of at most room units, "" if there is none.
func (p *piece) fit(room int) string {
	room -= width(p.after)
	whole := room
	for _, text := range p.texts {
		if width(text) <= room {
			if p.after != "" {
				text = strings.TrimSuffix(text, ", "+p.dots) // the dots that follow say it
			}
			return text + p.after
		}
	}
	switch len(p.ends) {
	case 1:
		room -= width(p.lead)
		if p.ends[0].width <= room || room >= leastValue {
			text := p.ends[0].fit(room)
			if p.spare && p.ends[0].isClassAlone(text) {
				return ""
			}
			return p.lead + text + p.after
		}
	case 2:
		room -= width(p.lead) + width(p.between())
		a, b := share(room, p.ends[0].width, p.ends[1].width)
		if a <= 0 {
			break
		}
		first, last := p.ends[0].fit(a), p.ends[1].fit(b)
		if !lookAlike(first, last, p.dots) {
			return p.lead + first + p.between() + last + p.after
		}
		for _, text := range p.alike() {
			if p.spare && strings.HasSuffix(text, "("+p.dots+")") {
				return ""
			}
			if width(text) <= whole {
				return text + p.after
			}
		}
	}
	return ""
}

// lookAlike reports two texts in which nothing is to be seen that differs: each was cut, and what
// is left of the one agrees with what is left of the other.
func lookAlike(a, b, dots string) bool {
	aHead, aTail, aCut := strings.Cut(a, dots)
	bHead, bTail, bCut := strings.Cut(b, dots)
	if !aCut || !bCut {
		return a == b
	}
	return (strings.HasPrefix(aHead, bHead) || strings.HasPrefix(bHead, aHead)) &&
		(strings.HasSuffix(aTail, bTail) || strings.HasSuffix(bTail, aTail))
}

// between is what stands between the first value and the last.
func (p *piece) between() string { return " " + p.dots + " " }

// share divides room between two values that want a and b units, half to each
// where both want more; 0, 0 where that is too little.
func share(room, a, b int) (int, int) {
	half := room / 2
	switch {
	case a+b <= room:
		return a, b
	case a <= half:
		b = room - a
	case b <= room-half:
		a = room - b
	default:
		a, b = room-half, half
	}
	if a < leastValue && b < leastValue || min(a, b) < 0 || room < leastValue {
		return 0, 0
	}
	return a, b
}

// least is the text with which the piece starts to look for room: what it needs
// to be of use at all. reserve is the room that another one needs beside it.
func (p *piece) least(room, reserve int) string {
	switch p.Kind {
	case PartCount:
		if text := p.texts[len(p.texts)-1]; width(text) <= room {
			return text
		}
		return ""
	case PartRaised:
		// Which exception it was tells more than any value, but for the one that led there.
		if text := p.fit(room - reserve); text != "" {
			return text
		}
		return p.fit(room)
	}
	return p.fit(min(room, p.needs()))
}

// needs is the room that a value needs at least.
func (p *piece) needs() int {
	if len(p.ends) == 0 {
		return width(p.texts[len(p.texts)-1]) + width(p.after)
	}
	need := width(p.after) + width(p.lead) + width(p.between())*(len(p.ends)-1)
	for _, end := range p.ends {
		need += min(end.width, end.least())
	}
	if p.enough > 0 {
		need = min(need, p.enough+width(p.after))
	}
	return need
}

// says reports whether two pieces tell the same.
func (p *piece) says(other piece) bool {
	return p.lead == other.lead && p.after == other.after && slices.EqualFunc(p.ends, other.ends, func(a, b end) bool { return a.whole == b.whole }) && slices.Equal(p.texts, other.texts)
}

// countPiece is the number of hits: ×12, ≥×12 where it is a lower bound, marked where the
// statement was edited after it ran.
func (l *Labeler) countPiece(p Place, n uint64) piece {
	s := &l.file.Statements[p.Statement]
	mark := ""
	if p.State == Stale {
		mark = l.sign.stale
	}
	if mark != "" {
		mark += " "
	}
	if s.AtLeast {
		mark += l.sign.atLeast
	}
	short := mark + l.sign.times + count(n)
	texts := []string{short}
	if p.State == Stale && l.options.State != Running {
		texts = []string{short + " (edited)", short}
	}
	return piece{Part: Part{Kind: PartCount, Statement: p.Statement, stale: p.State == Stale}, rank: rankCount, texts: texts}
}

// stateSign is what marks the run's state, "" where nothing does.
func (l *Labeler) stateSign() string {
	switch {
	case l.options.Unmarked || !l.options.Counts:
	case l.options.State == Running:
		return l.sign.running
	case l.options.State == Paused:
		return l.sign.paused
	}
	return ""
}

// markedAt is the line that is marked among some places.
type markedAt struct {
	first    *Place
	of, line int
}

// markedLine is the first line with a count, where the run's state is marked; 0 where it is not.
func (l *Labeler) markedLine(places []Place) int {
	if len(places) == 0 || l.stateSign() == "" {
		return 0
	}
	// An editor asks for one range of lines after the other; the answer is the same for the same
	// list of places.
	if known := l.marked.Load(); known != nil && known.first == &places[0] && known.of == len(places) {
		return known.line
	}
	line := l.firstCounted(places)
	l.marked.Store(&markedAt{&places[0], len(places), line})
	return line
}

// firstCounted is the first line among some places that has a count.
func (l *Labeler) firstCounted(places []Place) int {
	line := 0
	for _, p := range places {
		if p.State == Deleted || line > 0 && p.Line >= line || p.Statement < 0 || p.Statement >= len(l.file.Statements) {
			continue
		}
		if n := l.hits(p.Statement); l.tells(p.Statement, n) && !n.unsure {
			line = p.Line
		}
	}
	return line
}

// mark puts the run's state before a count.
func (l *Labeler) mark(p *piece) {
	sign := l.stateSign()
	if !strings.HasPrefix(p.texts[0], l.sign.stale) {
		sign += " "
	}
	texts := make([]string, len(p.texts))
	for i, text := range p.texts {
		rest := strings.TrimPrefix(text, l.sign.stale)
		texts[i] = strings.TrimSuffix(text, rest) + sign + rest
	}
	p.texts = texts
}

// unsurePiece stands where a count would, of what may have run uncounted.
func (l *Labeler) unsurePiece(p Place) piece {
	return piece{Part: Part{Kind: PartCount, Statement: p.Statement, stale: p.State == Stale}, rank: rankCount, texts: []string{"?"}}
}

// raisedPiece says how often the statement raised, and by which types: all names, the first
// one with dots, the first without Error, none.
func (l *Labeler) raisedPiece(i int) piece {
	s := &l.file.Statements[i]
	short := l.sign.raised + count(s.Raised)
	texts := []string{short}
	var types []string
	for _, e := range s.Errors {
		types = append(types, tame(e.Type, l.options.ASCII))
	}
	if len(types) > 0 {
		if name, ok := strings.CutSuffix(types[0], "Error"); ok && name != "" {
			texts = append([]string{short + " " + name + l.sign.dots}, texts...)
		}
	}
	if len(types) > 1 {
		texts = append([]string{short + " " + types[0] + l.sign.dots}, texts...)
	}
	if len(types) > 0 {
		texts = append([]string{short + " " + strings.Join(types, "|")}, texts...)
	}
	return piece{Part: Part{Kind: PartRaised, Statement: i}, rank: rankRaised, texts: texts}
}
