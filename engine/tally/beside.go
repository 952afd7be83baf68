package tally

import "strings"

// Beside is what another run made of a file: labels tell of it in parentheses where it was
// otherwise, as in ×5 (×3)  total=12 (11).
type Beside struct {
	labels *Labeler
	at     map[standing]int // its Statements, by where they stand in the text that is labelled
}

// standing is where a Statement begins and what it is: two may begin at one place.
type standing struct {
	line, col int
	kind      string
}

// besideLength is how long what the other run had may be, in units.
const besideLength = 20

// NewBeside is another run's File whose Statements were followed into the text that is
// labelled. Those that were edited since are not compared: they are others.
func NewBeside(f *File, places []Place, o LabelOptions) *Beside {
	o.State = Ended
	b := &Beside{labels: NewLabeler(f, o), at: make(map[standing]int, len(places))}
	for _, p := range places {
		if p.State == Fresh && p.Statement >= 0 && p.Statement < len(f.Statements) {
			b.at[standing{p.Line, p.Col, f.Statements[p.Statement].Kind}] = p.Statement
		}
	}
	return b
}

// Beside is a Labeler of the same File, with another run beside it. There is half as much room
// again for its labels.
func (l *Labeler) Beside(b *Beside) *Labeler {
	o := l.options
	o.MaxLength += o.MaxLength / 2
	next := newLabeler(l.file, l.lines, o, l.sign)
	next.beside = b
	return next
}

// Label is the other run's own label of a Statement that stands at a Place of the text.
func (b *Beside) Label(kind string, p Place) []Part {
	i, ok := b.at[standing{p.Line, p.Col, kind}]
	if !ok {
		return nil
	}
	p.Statement, p.State = i, Fresh
	return b.labels.Line([]Place{p})
}

// add has pieces of a Statement, those from an index on, say what the other run had there.
func (b *Beside) add(all []piece, from int, l *Labeler, p Place) []piece {
	if b == nil || p.State != Fresh {
		return all
	}
	i, ok := b.at[standing{p.Line, p.Col, l.file.Statements[p.Statement].Kind}]
	if !ok {
		return all
	}
	mine, other := l.hits(p.Statement), b.labels.hits(i)
	all = b.addCount(all, from, l, p, other, i)
	if !other.known || other.unsure || other.hits == 0 || !mine.known || mine.unsure || mine.hits == 0 {
		return all
	}
	mineAt, none := p.Statement, l.sign.raised+count(0)
	p.Statement = i
	had := b.labels.own(nil, p)
	for k := from; k < len(all); k++ {
		if all[k].Kind != PartCount {
			all[k].notes(had, none)
		}
	}
	for j := range had {
		if had[j].Kind == PartRaised && !hasKind(all[from:], PartRaised) {
			here := piece{Part: Part{Kind: PartRaised, Statement: mineAt}, rank: rankRaised, texts: []string{none}}
			here.notes(had[j:j+1], none)
			all = append(all, here)
		}
	}
	return all
}

// addCount has a Statement's count say how often it ran in the other run.
func (b *Beside) addCount(all []piece, from int, l *Labeler, p Place, other hits, i int) []piece {
	mine := l.hits(p.Statement)
	if !mine.known && !mine.unsure || !other.known && !other.unsure || !l.options.Counts {
		return all
	}
	theirs := b.labels.countText(i, other)
	if theirs == l.countText(p.Statement, mine) {
		return all
	}
	if from == len(all) || all[from].Kind != PartCount { // of a Statement that by itself tells nothing
		own := l.unsurePiece(p)
		if !mine.unsure {
			own = l.countPiece(p, mine.hits)
		}
		all = append(all[:from], append([]piece{own}, all[from:]...)...)
	}
	all[from].after = " (" + theirs + ")"
	return all
}

// countText is a count without marks of anything but what is known of it.
func (l *Labeler) countText(i int, n hits) string {
	switch {
	case n.unsure:
		return "?"
	case l.file.Statements[i].AtLeast:
		return l.sign.atLeast + l.sign.times + count(n.hits)
	}
	return l.sign.times + count(n.hits)
}

// notes puts behind a piece what another run's pieces of the same Statement have in its place,
// where that is something else; none stands for an exception that there was not.
func (p *piece) notes(others []piece, none string) {
	const all = 1 << 20
	for j := range others {
		other := &others[j]
		if other.Kind != p.Kind || other.Name != p.Name {
			continue
		}
		if whole := other.fit(all); whole != p.fit(all) && whole != "" {
			if text := other.fit(width(other.lead) + besideLength); text != "" {
				p.after += " (" + strings.TrimPrefix(text, other.lead) + ")"
			}
		}
		return
	}
	if p.Kind == PartRaised {
		p.after += " (" + none + ")"
	}
}

func hasKind(all []piece, kind PartKind) bool {
	for i := range all {
		if all[i].Kind == kind {
			return true
		}
	}
	return false
}
