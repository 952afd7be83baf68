package tally

// hits is what a line shows as its number: for a def the calls of its
// function, which is what a person asks there.
type hits struct {
	hits  uint64
	known bool
	// unsure says that it may have run, and that nobody counted it: the file says why.
	unsure bool
}

// hits is the count that stands at a Statement: of a def how often its function was called, which
// its first statement tells where calls were not counted.
func (l *Labeler) hits(i int) hits {
	s := &l.file.Statements[i]
	switch {
	case l.file.ByLine && s.Hits == 0 && (s.Kind == "comprehension" || s.Kind == "lambda"):
		return hits{} // they have no lines of their own to be counted by
	case !isDef(s.Kind):
		return l.counted(i)
	}
	if s.Calls > 0 {
		return hits{hits: s.Calls, known: true}
	}
	first := l.firstOf(i)
	if first < 0 {
		return hits{}
	}
	n := l.counted(first)
	switch l.file.Statements[first].Kind {
	case "for", "async for", "while":
		// Counts looks and not entries; all that is known is whether there
		// were any.
		n.known = n.known && n.hits == 0
		n.hits = 0
	}
	return n
}

// counted is what is known of a Statement's own hits: of one that was not hit, that
// nobody counted where it may have run is something else than that it did not.
func (l *Labeler) counted(i int) hits {
	s := &l.file.Statements[i]
	if s.Hits == 0 && !s.NoCode && (s.AtLeast || l.file.Unknown != "" && !s.Ran && !l.without()[i]) {
		return hits{unsure: true}
	}
	return hits{hits: s.Hits, known: true}
}

// firstOf is the first counted statement in the body of the def at i, -1 if it
// has none.
func (l *Labeler) firstOf(i int) int {
	def := &l.file.Statements[i]
	for j := i + 1; j < len(l.file.Statements); j++ {
		s := &l.file.Statements[j]
		if s.Line > def.EndLine {
			break
		}
		if before(s.Line, s.Col, def.HeadLine, def.HeadCol) || s.NoCode {
			continue
		}
		return j
	}
	return -1
}

// before reports whether a place comes before another.
func before(line, col, thanLine, thanCol int) bool {
	return line < thanLine || line == thanLine && col < thanCol
}
