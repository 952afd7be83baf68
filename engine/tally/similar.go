package tally

import (
	"slices"

	"github.com/tallyho-dev/tallyho/engine/syntax"
)

// similar matches what was edited: a statement that is gone with one that is new in the
// same place and that has most of its words. Where two are as like, none is it.
func (m *match) similar() {
	var all []hunk
	for _, p := range m.pairs {
		all = m.hunks(p, all)
	}
	left := maxSimilar
	for _, h := range m.onlyHere(all) {
		// As many as there were, each most like the one in its place: order decides, and two that are
		// alike do no harm.
		if len(h.was) == len(h.now) && m.edited(h.was, h.now) {
			for i := range h.was {
				m.set(h.was[i], h.now[i])
			}
			continue
		}
		if left -= len(h.was) * len(h.now); left < 0 {
			return // hardly anything of this text is what ran
		}
		for _, f := range mutual(len(h.was), len(h.now), func(i, j int) float64 { return m.likeness(h.was[i], h.now[j]) }) {
			m.set(h.was[f[0]], h.now[f[1]])
		}
	}
}

// hunk is what was in one place, and what is there now.
type hunk struct{ was, now []int32 }

// onlyHere leaves out what went elsewhere, and what is a copy.
func (m *match) onlyHere(all []hunk) []hunk {
	// A sum is put into these maps by what is in the hunks, so that the whole text is gone through
	// once and only these are looked up.
	copied, moved := map[uint64]bool{}, map[uint64]bool{}
	for _, h := range all {
		for _, unit := range h.now {
			copied[m.now.Units[unit].Sum] = false
		}
		for _, unit := range h.was {
			moved[m.was.Units[unit].Sum] = false
		}
	}
	if len(all) == 0 {
		return nil
	}
	for i := range m.was.Units {
		if _, asked := copied[m.was.Units[i].Sum]; asked {
			copied[m.was.Units[i].Sum] = true
		}
	}
	for j := range m.now.Units {
		if _, asked := moved[m.now.Units[j].Sum]; asked && m.from[j] < 0 {
			moved[m.now.Units[j].Sum] = true
		}
	}
	for i := range all {
		h := &all[i]
		h.was = slices.DeleteFunc(h.was, func(unit int32) bool { return moved[m.was.Units[unit].Sum] })
		h.now = slices.DeleteFunc(h.now, func(unit int32) bool { return copied[m.now.Units[unit].Sum] })
	}
	return all
}

// hunks appends the old and the new items that have no counterpart, between items that
// are still in their order.
func (m *match) hunks(p *pair, all []hunk) []hunk {
	at := make(map[int32]int, len(p.now))
	for j, unit := range p.now {
		at[unit] = j
	}
	var matched [][2]int
	for i, unit := range p.was {
		if j, ok := at[m.to[unit]]; ok && m.to[unit] >= 0 {
			matched = append(matched, [2]int{i, j})
		}
	}
	i, j := 0, 0
	for _, end := range append(increasing(matched), [2]int{len(p.was), len(p.now)}) {
		h := hunk{free(m.was, p.was[i:end[0]], m.to), free(m.now, p.now[j:end[1]], m.from)}
		if len(h.was) > 0 && len(h.now) > 0 {
			all = append(all, h)
		}
		i, j = end[0]+1, end[1]+1
	}
	return all
}

// free are those items that have no counterpart and say something.
func free(t *syntax.Text, items, counterpart []int32) []int32 {
	var out []int32
	for _, unit := range items {
		if u := &t.Units[unit]; counterpart[unit] < 0 && u.Name == 0 && !u.Bare {
			out = append(out, unit)
		}
	}
	return out
}

// edited reports whether each of some statements became another: they have most of
// their words, or all but names that were changed everywhere alike.
func (m *match) edited(was, now []int32) bool {
	renamed, back := map[uint32]uint32{}, map[uint32]uint32{}
	for i := range was {
		if m.likeness(was[i], now[i]) == 0 && !m.renames(was[i], now[i], renamed, back) {
			return false
		}
	}
	return true
}

// renames reports whether two statements differ in names alone, and each name there
// stands for one here.
func (m *match) renames(was, now int32, renamed, back map[uint32]uint32) bool {
	if !m.sameKind(was, now) {
		return false
	}
	a, b := tokens(m.was, was), tokens(m.now, now)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind != b[i].Kind || a[i].Kind != syntax.Name && a[i].Sum != b[i].Sum {
			return false
		}
		if a[i].Kind != syntax.Name {
			continue
		}
		to, known := renamed[a[i].Sum]
		from, taken := back[b[i].Sum]
		// One name became one other throughout; x = y is not y = x.
		if known && to != b[i].Sum || taken && from != a[i].Sum {
			return false
		}
		renamed[a[i].Sum], back[b[i].Sum] = b[i].Sum, a[i].Sum
	}
	return true
}

// tokens are the words and signs of a statement's own text; of a compound one, its header's.
func tokens(t *syntax.Text, unit int32) []syntax.Token {
	u := &t.Units[unit]
	return t.Tokens[u.From:u.To]
}

// likeness says how many of their words two statements share, from 0 to 1, if it is
// enough.
func (m *match) likeness(was, now int32) float64 {
	if !m.sameKind(was, now) {
		return 0
	}
	count := map[uint32]int{}
	total, common := 0, 0
	for _, t := range tokens(m.was, was) {
		if t.IsWord() {
			count[t.Sum]++
			total++
		}
	}
	for _, t := range tokens(m.now, now) {
		if !t.IsWord() {
			continue
		}
		total++
		if count[t.Sum] > 0 {
			count[t.Sum]--
			common++
		}
	}
	if got := 2 * float64(common) / float64(max(total, 1)); got >= alike {
		return got
	}
	return 0
}

// sameKind reports whether two statements do the same sort of thing: what an if counts
// is not what a while does.
func (m *match) sameKind(was, now int32) bool {
	a, b := &m.was.Units[was], &m.now.Units[now]
	if a.Header != b.Header || a.Sum == b.Sum { // what is alike was matched, or is too much alike
		return false
	}
	if a.Header && !m.sameBody(was, now) {
		return false
	}
	first, second := m.was.First(was), m.now.First(now)
	return first == second || !a.Header && !decides(first) && !decides(second)
}

// sameBody reports whether something in a header's block is in that of another, or
// nothing in either is anywhere else.
func (m *match) sameBody(was, now int32) bool {
	a, b := &m.was.Units[was], &m.now.Units[now]
	elsewhere := false
	for c := was + 1; c < a.Last; c++ {
		if to := m.to[c]; m.was.Units[c].Parent == was && to >= 0 {
			if m.now.Units[to].Parent == now {
				return true
			}
			elsewhere = true
		}
	}
	for c := now + 1; c < b.Last && !elsewhere; c++ {
		elsewhere = m.now.Units[c].Parent == now && m.from[c] >= 0
	}
	return !elsewhere
}

// decides reports whether a simple statement that begins with a word is of a kind of
// its own.
func decides(word string) bool {
	switch word {
	case "return", "raise", "assert", "del", "import", "from", "pass", "break", "continue", "global", "nonlocal", "@":
		return true
	}
	return false
}
