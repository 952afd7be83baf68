package tally

// fit lays pieces out in one line of at most MaxLength and appends their Parts:
// whatever its place, what tells most gets its room first.
func (l *Labeler) fit(out []Part, all []piece) []Part {
	room, dropped := l.choose(all)
	for i := range all {
		part := all[i].Part
		if part.Text == "" {
			continue
		}
		if len(out) > 0 {
			part.Text = l.separator(all, i) + part.Text
		}
		out = append(out, part)
	}
	// The dots stand for pieces that had no room, and belong to no value.
	if more := "  " + l.sign.dots; dropped && len(out) > 0 && width(more) <= room {
		out = append(out, Part{Kind: PartMore, Text: more, Statement: out[len(out)-1].Statement})
	}
	return out
}

// separator is what stands before a piece.
func (l *Labeler) separator(all []piece, i int) string {
	switch {
	case i == 0:
		return ""
	case all[i].leads:
		return " " + l.sign.next + " "
	case i > 1 && all[i-1].leads:
		return " " // behind the count of a further statement, which it belongs to
	}
	return "  "
}

// choose gives each piece a text, "" where there is no room, and returns the room
// that is left and whether anything was left out. To show more is better than to
// show it longer: all get their least text first, and then what room there is.
func (l *Labeler) choose(all []piece) (room int, dropped bool) {
	room = l.options.MaxLength
	inOrder := func(do func(i int, p *piece)) {
		for rank := range ranks {
			for i := range all {
				if all[i].rank == rank {
					do(i, &all[i])
				}
			}
		}
	}
	inOrder(func(i int, p *piece) {
		before := width(l.separator(all, i))
		if p.Text = p.least(room-before, explaining(all, i)); p.Text != "" {
			room -= before + width(p.Text)
		}
	})
	inOrder(func(_ int, p *piece) {
		if had := width(p.Text); had > 0 {
			if text := p.fit(room + had); text != "" {
				p.Text = text
				room += had - width(text)
			}
		}
	})
	for i := range all {
		dropped = dropped || all[i].Text == ""
	}
	return room, dropped
}

// explaining is the room that the first value of a Statement needs at least, so that an
// exception's names do not push out the value that explains it.
func explaining(all []piece, raised int) int {
	if all[raised].Kind != PartRaised {
		return 0
	}
	for i := range all {
		if p := &all[i]; p.Kind == PartValue && p.Statement == all[raised].Statement {
			return 2 + p.needs()
		}
	}
	return 0
}
