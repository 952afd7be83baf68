package pyregex

import "math"

// A backtracking engine such as Python's can take exponential time where one
// text can be matched by a loop in several ways: (a+)+, (a|a)*, (\w+\s?)*. The
// filter runs inside somebody's program, so such loops are refused. The test
// is Glushkov's: in a loop's body, what can follow a character must be told by
// looking at the next one, each continuation counted separately.

// maxPositions bounds the size of a pattern with its counted repeats written
// out.
const maxPositions = 2000

// maxSequence is how many unlimited repeats of overlapping characters may
// stand one after the other: each multiplies the worst time by the length of
// the text.
const maxSequence = 4

// ambiguity looks for loops that can backtrack without end.
type ambiguity struct {
	probes []rune  // the characters that tell the pattern's sets apart
	masks  []mask  // of each position, which probes it takes
	follow [][]int // of each position, what can come next; twice if by two ways
	bad    bool
	large  bool
}

// mask is a set of probes.
type mask []uint64

// overlaps reports whether a character is in both.
func (m mask) overlaps(other mask) bool {
	for i := range m {
		if m[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// add adds the characters of another one.
func (m mask) add(other mask) {
	for i := range m {
		m[i] |= other[i]
	}
}

// empty has none of the probes.
func (a *ambiguity) empty() mask { return make(mask, (len(a.probes)+63)/64) }

// mask is a set by which of the probes are in it.
func (a *ambiguity) mask(s charSet) mask {
	m := a.empty()
	for i, r := range a.probes {
		if s.has(r) {
			m[i/64] |= 1 << (i % 64)
		}
	}
	return m
}

// piece is what the analysis knows of a part: whether it can be empty, and
// its first and last positions.
type piece struct {
	empty       bool
	first, last []int
}

// backtracks reports whether matching the pattern can take exponential, or
// steep polynomial, time.
// Four questions, each cheap: an ambiguous loop, a pattern too large to tell, many loops that
// compete for one text, many ways to share a text among limited repeats.
func backtracks(n *node) bool {
	a := &ambiguity{probes: probesFor(n)}
	a.visit(n, 0)
	return a.bad || a.large || a.steep(n.loops()) || n.choices() > maxChoices
}

// maxChoices bounds, as a power of two, the ways that counted repeats and
// optional parts can share a text among them.
const maxChoices = 24

// choices is the logarithm of the number of ways in which the limited repeats
// of n can be gone through.
func (n *node) choices() float64 {
	sum, most := 0.0, 0.0
	for _, k := range n.kids {
		c := k.choices()
		sum, most = sum+c, max(most, c)
	}
	switch {
	case n.kind == kindAlt:
		return most
	case n.kind != kindRepeat:
		return sum
	case n.max < 0 || n.max > 16:
		return 0
	}
	return sum*float64(n.max) + math.Log2(float64(n.max-n.min+1))
}

// visit analyses n; depth counts the loops around it.
func (a *ambiguity) visit(n *node, depth int) piece {
	if len(a.masks) > maxPositions {
		a.large = true
		return piece{empty: true}
	}
	switch n.kind {
	case kindSet:
		a.masks = append(a.masks, a.mask(n.set))
		a.follow = append(a.follow, nil)
		p := []int{len(a.masks) - 1}
		return piece{first: p, last: p}
	case kindCat:
		out := piece{empty: true}
		for _, k := range n.kids {
			out = a.join(out, a.visit(k, depth))
		}
		return out
	case kindAlt:
		var out piece
		for _, k := range n.kids {
			p := a.visit(k, depth)
			out = piece{out.empty || p.empty, concat(out.first, p.first), concat(out.last, p.last)}
		}
		return out
	case kindGroup:
		return a.visit(n.kids[0], depth)
	case kindRepeat:
		return a.repeat(n, depth)
	case kindLook:
		a.visit(n.kids[0], 0)
	}
	return piece{empty: true}
}

// join puts q behind p.
func (a *ambiguity) join(p, q piece) piece {
	a.link(p.last, q.first)
	out := piece{empty: p.empty && q.empty, first: p.first, last: q.last}
	if p.empty {
		out.first = concat(p.first, q.first)
	}
	if q.empty {
		out.last = concat(p.last, q.last)
	}
	return out
}

// link lets each of some positions be followed by each of others. More links than a pattern of use
// has are not followed: it counts as too large then, which is to refuse it.
func (a *ambiguity) link(from, to []int) {
	if len(from)*len(to) > maxPositions*10 {
		a.large = true
		return
	}
	for _, f := range from {
		a.follow[f] = append(a.follow[f], to...)
	}
}

// repeat analyses a loop. A small count is written out; anything else is a
// loop whose body must be unambiguous.
func (a *ambiguity) repeat(n *node, depth int) piece {
	if n.max >= 0 && n.max <= 16 {
		out := piece{empty: true}
		var optional piece
		for i := n.max; i > n.min; i-- {
			optional = a.join(a.visit(n.kids[0], depth), withEmpty(optional, i == n.max))
			optional.empty = true
		}
		for i := 0; i < n.min; i++ {
			out = a.join(out, a.visit(n.kids[0], depth))
		}
		if n.max > n.min {
			out = a.join(out, optional)
		}
		return out
	}
	start := len(a.masks)
	body := a.visit(n.kids[0], depth+1)
	a.link(body.last, body.first)
	if depth == 0 {
		a.check(start, body)
	}
	body.empty = body.empty || n.min == 0
	return body
}

// withEmpty is p, or the empty piece where there is none yet.
func withEmpty(p piece, none bool) piece {
	if none {
		return piece{empty: true}
	}
	return p
}

// check looks at the outermost loop whose positions start at start.
// Inner loops need no look of their own: their positions are among these, with what follows them.
func (a *ambiguity) check(start int, body piece) {
	if a.several(body.first) {
		a.bad = true
		return
	}
	for _, f := range a.follow[start:] {
		if a.several(f) {
			a.bad = true
			return
		}
	}
}

// several reports whether one character can lead to two of the positions, or
// to one of them by two ways.
func (a *ambiguity) several(positions []int) bool {
	all := a.empty()
	for _, p := range positions {
		if all.overlaps(a.masks[p]) {
			return true
		}
		all.add(a.masks[p])
	}
	return false
}

// concat is both in a slice of its own: a may be shared.
func concat(a, b []int) []int { return append(a[:len(a):len(a)], b...) }

// loops are the unlimited repeats of n in sequence, each by the characters it
// runs over; of alternatives the longest sequence.
func (n *node) loops() [][]charSet {
	switch n.kind {
	case kindCat, kindGroup:
		var out [][]charSet
		for _, k := range n.kids {
			out = append(out, k.loops()...)
		}
		return out
	case kindAlt:
		var longest [][]charSet
		for _, k := range n.kids {
			if l := k.loops(); len(l) > len(longest) {
				longest = l
			}
		}
		return longest
	case kindRepeat:
		if n.max < 0 || n.max > 16 {
			return [][]charSet{n.chars()}
		}
		return n.kids[0].loops()
	}
	return nil
}

// chars are all character sets in n.
func (n *node) chars() []charSet {
	if n.kind == kindSet {
		return []charSet{n.set}
	}
	var out []charSet
	for _, k := range n.kids {
		out = append(out, k.chars()...)
	}
	return out
}

// steep reports whether more than maxSequence loops can compete for the same
// text.
func (a *ambiguity) steep(loops [][]charSet) bool {
	degree := make([]int, len(loops))
	masks := make([]mask, len(loops))
	for i, sets := range loops {
		masks[i] = a.empty()
		for _, s := range sets {
			masks[i].add(a.mask(s))
		}
		degree[i] = 1
		for j := range i {
			if masks[i].overlaps(masks[j]) {
				degree[i] = max(degree[i], degree[j]+1)
			}
		}
		if degree[i] > maxSequence {
			return true
		}
	}
	return false
}
