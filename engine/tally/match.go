package tally

import (
	"slices"
	"sort"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// match says which lines of two codes are the same ones.
type match struct {
	to    []int32 // for each old line the new one, -1: none
	hunks []hunk  // what differs, in order
}

// hunk is old[oldFrom:oldTo] become new[newFrom:newTo].
type hunk struct{ oldFrom, oldTo, newFrom, newTo int32 }

// ran is the code that ran, its different lines numbered once for all the
// texts it is compared with.
type ran struct {
	lines []string
	ids   []rune          // of each line
	known map[string]rune // line to id
}

func newRan(lines []string) *ran {
	r := &ran{lines: lines, ids: make([]rune, len(lines)), known: make(map[string]rune, len(lines))}
	for i, line := range lines {
		id, ok := r.known[line]
		if !ok {
			id = rune(len(r.known))
			r.known[line] = id
		}
		r.ids[i] = id
	}
	return r
}

// number gives the lines of another code the ids they have in this one. All
// others share one that no line here has.
func (r *ran) number(lines []string) []rune {
	out := make([]rune, len(lines))
	for i, line := range lines {
		id, ok := r.known[line]
		if !ok {
			id = rune(len(r.known))
		}
		out[i] = id
	}
	return out
}

// compare matches the lines that both texts begin and end with, then those
// that occur once in each, then what lies between by longest common
// subsequence: the middle step keeps a moved or reformatted part from
// confusing the rest, and the last one short.
func (r *ran) compare(to []string) *match {
	from := r.lines
	m := &match{to: make([]int32, len(from))}
	for i := range m.to {
		m.to[i] = -1
	}
	start := 0
	for start < len(from) && start < len(to) && from[start] == to[start] {
		m.to[start] = int32(start)
		start++
	}
	fromEnd, toEnd := len(from), len(to)
	for fromEnd > start && toEnd > start && from[fromEnd-1] == to[toEnd-1] {
		fromEnd--
		toEnd--
		m.to[fromEnd] = int32(toEnd)
	}
	if start < fromEnd && start < toEnd {
		m.middle(r.ids[start:fromEnd], r.number(to[start:toEnd]), len(r.known)+1, start)
	}
	m.findHunks(len(to))
	return m
}

// middle matches a with b; both start at offset in their codes.
func (m *match) middle(a, b []rune, count, offset int) {
	i, j := 0, 0
	for _, anchor := range anchors(a, b, count) {
		m.gap(a, b, i, anchor[0], j, anchor[1], offset)
		m.to[offset+anchor[0]] = int32(offset + anchor[1])
		i, j = anchor[0]+1, anchor[1]+1
	}
	m.gap(a, b, i, len(a), j, len(b), offset)
}

// gap matches a[i:iEnd] with b[j:jEnd]; both start at offset in their codes.
// Most gaps are empty, or begin and end alike: only what is left is compared.
func (m *match) gap(a, b []rune, i, iEnd, j, jEnd, offset int) {
	same := func(end int) {
		for ; i < end; i, j = i+1, j+1 {
			m.to[offset+i] = int32(offset + j)
		}
	}
	for i < iEnd && j < jEnd && a[i] == b[j] {
		same(i + 1)
	}
	for i < iEnd && j < jEnd && a[iEnd-1] == b[jEnd-1] {
		iEnd--
		jEnd--
		m.to[offset+iEnd] = int32(offset + jEnd)
	}
	if i == iEnd || j == jEnd {
		return
	}
	startA, startB := i, j
	for _, d := range lcs.DiffRunes(a[i:iEnd:iEnd], b[j:jEnd:jEnd]) {
		same(startA + d.Start)
		i, j = startA+d.End, startB+d.ReplEnd
	}
	same(iEnd)
}

// anchors are the lines that occur once in each, as far as they are in the
// same order in both: the longest increasing run of them.
func anchors(a, b []rune, count int) [][2]int {
	inA, inB, atB := make([]uint8, count), make([]uint8, count), make([]int32, count)
	for _, id := range a {
		inA[id] = min(inA[id]+1, 2)
	}
	for j, id := range b {
		inB[id] = min(inB[id]+1, 2)
		atB[id] = int32(j)
	}
	var pairs [][2]int
	for i, id := range a {
		if inA[id] == 1 && inB[id] == 1 {
			pairs = append(pairs, [2]int{i, int(atB[id])})
		}
	}
	return increasing(pairs)
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

func (m *match) findHunks(size int) {
	old, new := 0, 0
	for old < len(m.to) || new < size {
		if old < len(m.to) && int(m.to[old]) == new {
			old++
			new++
			continue
		}
		h := hunk{oldFrom: int32(old), newFrom: int32(new)}
		for old < len(m.to) && m.to[old] < 0 {
			old++
		}
		new = size
		if old < len(m.to) {
			new = int(m.to[old])
		}
		h.oldTo, h.newTo = int32(old), int32(new)
		m.hunks = append(m.hunks, h)
	}
}
