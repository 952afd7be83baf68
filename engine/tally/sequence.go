package tally

import (
	"slices"
	"sort"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// sequence matches the items of two scopes that both begin and end with, then those
// that occur once in each, then what lies between by longest common subsequence: the
// middle step keeps a moved part from confusing the rest, and the last one short.
func (m *match) sequence(p *pair) {
	same := func(i, j int) bool {
		return key(&m.was.Units[p.was[i]]) == key(&m.now.Units[p.now[j]])
	}
	s := &sequence{match: m, was: p.was, now: p.now}
	i, iEnd, j, jEnd := 0, len(p.was), 0, len(p.now)
	for i < iEnd && j < jEnd && same(i, j) {
		s.same(i, j)
		i, j = i+1, j+1
	}
	for iEnd > i && jEnd > j && same(iEnd-1, jEnd-1) {
		iEnd, jEnd = iEnd-1, jEnd-1
		s.same(iEnd, jEnd)
	}
	if i == iEnd || j == jEnd {
		return
	}
	s.was, s.now = s.was[i:iEnd], s.now[j:jEnd]
	s.middle()
}

// sequence is what two scopes differ in.
type sequence struct {
	*match
	was, now []int32 // items
	a, b     []rune  // what distinguishes them
	new      rune    // in b: no old item is like it
}

// same says that an old item and a new one, by their places here, are the same statement.
func (s *sequence) same(i, j int) { s.set(s.was[i], s.now[j]) }

// middle matches what begins and ends differently.
func (s *sequence) middle() {
	known := s.number()
	unique := s.unique(known)
	// Those that kept their order divide the rest into gaps.
	chain := increasing(unique)
	i, j := 0, 0
	for _, at := range chain {
		s.gap(i, at[0], j, at[1])
		s.same(at[0], at[1])
		i, j = at[0]+1, at[1]+1
	}
	s.gap(i, len(s.a), j, len(s.b))
	for _, at := range unique { // those that went elsewhere, and what went with them
		if s.isFree(s.was[at[0]], s.now[at[1]]) {
			s.same(at[0], at[1])
			s.extend(at[0], at[1], 1)
			s.extend(at[0], at[1], -1)
		}
	}
}

// number gives items that are alike the same rune, and says how many there are.
func (s *sequence) number() int {
	known := make(map[uint64]rune, len(s.was))
	s.a, s.b = make([]rune, len(s.was)), make([]rune, len(s.now))
	for i, unit := range s.was {
		k := key(&s.match.was.Units[unit])
		id, ok := known[k]
		if !ok {
			id = rune(len(known))
			known[k] = id
		}
		s.a[i] = id
	}
	s.new = rune(len(known))
	for j, unit := range s.now {
		id, ok := known[key(&s.match.now.Units[unit])]
		if !ok {
			id = s.new
		}
		s.b[j] = id
	}
	return len(known) + 1
}

// unique are the items that occur once in each, in the old order. A bare header says
// too little.
func (s *sequence) unique(count int) [][2]int {
	inA, inB, atB := make([]uint8, count), make([]uint8, count), make([]int32, count)
	for _, id := range s.a {
		// Two stands for several.
		inA[id] = min(inA[id]+1, 2)
	}
	for j, id := range s.b {
		inB[id] = min(inB[id]+1, 2)
		atB[id] = int32(j)
	}
	var pairs [][2]int
	for i, id := range s.a {
		if inA[id] == 1 && inB[id] == 1 && !s.match.was.Units[s.was[i]].Bare {
			pairs = append(pairs, [2]int{i, int(atB[id])})
		}
	}
	return pairs
}

// gap matches was[i:iEnd] with now[j:jEnd]. Most gaps are empty, or begin and end alike:
// only what is left is compared.
func (s *sequence) gap(i, iEnd, j, jEnd int) {
	same := func(end int) {
		for ; i < end; i, j = i+1, j+1 {
			s.same(i, j)
		}
	}
	for i < iEnd && j < jEnd && s.a[i] == s.b[j] {
		same(i + 1)
	}
	for i < iEnd && j < jEnd && s.a[iEnd-1] == s.b[jEnd-1] {
		iEnd, jEnd = iEnd-1, jEnd-1
		s.same(iEnd, jEnd)
	}
	if i == iEnd || j == jEnd || !slices.ContainsFunc(s.b[j:jEnd], func(id rune) bool { return id != s.new }) {
		return
	}
	startA, startB := i, j
	// A diff is of runes, so items were numbered; the capacities keep it from writing behind a gap.
	for _, d := range lcs.DiffRunes(s.a[i:iEnd:iEnd], s.b[j:jEnd:jEnd]) {
		same(startA + d.Start)
		i, j = startA+d.End, startB+d.ReplEnd
	}
	same(iEnd)
}

// extend matches the neighbours of two items that are the same.
func (s *sequence) extend(i, j, step int) {
	for {
		i, j = i+step, j+step
		if i < 0 || j < 0 || i >= len(s.a) || j >= len(s.b) || s.a[i] != s.b[j] || !s.isFree(s.was[i], s.now[j]) {
			return
		}
		s.same(i, j)
	}
}

// increasing is the longest subsequence whose second numbers rise (patience
// sorting).
func increasing(pairs [][2]int) [][2]int {
	var piles []int // index of the pair on top of each pile
	before := make([]int, len(pairs))
	for i, p := range pairs {
		n := sort.Search(len(piles), func(n int) bool { return pairs[piles[n]][1] >= p[1] })
		before[i] = -1
		if n > 0 {
			before[i] = piles[n-1]
		}
		if n == len(piles) {
			piles = append(piles, i)
		} else {
			piles[n] = i
		}
	}
	if len(piles) == 0 {
		return nil
	}
	out := make([][2]int, 0, len(piles))
	for i := piles[len(piles)-1]; i >= 0; i = before[i] {
		out = append(out, pairs[i])
	}
	slices.Reverse(out)
	return out
}
