package tally

import "github.com/tallyho-dev/tallyho/engine/syntax"

// match says which Units of two texts are the same ones. A Unit has at most one
// counterpart; where more than one could be it, it has none.
type match struct {
	was, now *syntax.Text
	to       []int32 // for each old Unit the new one, -1: none
	from     []int32 // for each new Unit the old one, -1: none
	pairs    []*pair // the scopes that were compared
}

// pair is a module, def or class in both texts. What is in its blocks is one
// sequence, whatever it is indented under: statements that come under an if or
// a try, or out of one, are still the same.
type pair struct {
	scopeWas, scopeNow int32   // the Units that make it, -1: the module
	was, now           []int32 // its items: Units, those of inner scopes left out
}

// compare matches two texts.
func compare(was, now *syntax.Text) *match {
	m := &match{was: was, now: now, to: none(len(was.Units)), from: none(len(now.Units))}
	m.scope(-1, -1)
	m.movedScopes()
	m.movedUnits()
	m.similar()
	for _, p := range m.pairs {
		m.settle(p)
	}
	return m
}

// none has no counterpart for any of n.
func none(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

// key is what two Units of the same kind share: their Tokens, of a def or class its
// name.
func key(u *syntax.Unit) uint64 {
	if u.Name != 0 {
		return u.Name
	}
	return u.Sum
}

// set says that the two are the same.
func (m *match) set(was, now int32) { m.to[was], m.from[now] = now, was }

// unset takes that back.
func (m *match) unset(was int32) {
	if now := m.to[was]; now >= 0 {
		m.to[was], m.from[now] = -1, -1
	}
}

// isFree reports whether neither has a counterpart.
func (m *match) isFree(was, now int32) bool { return m.to[was] < 0 && m.from[now] < 0 }

// fresh reports whether a Unit is there as it ran.
func (m *match) fresh(was int32) bool {
	now := m.to[was]
	return now >= 0 && m.was.Units[was].Sum == m.now.Units[now].Sum
}

// scope matches what is in two scopes that are the same, and the scopes in them.
func (m *match) scope(was, now int32) {
	if m.identical(was, now) {
		return
	}
	p := &pair{was, now, items(m.was, was), items(m.now, now)}
	m.pairs = append(m.pairs, p)
	m.sequence(p)
	m.headers(p)
	for _, i := range p.was {
		if m.to[i] >= 0 && m.was.Units[i].Name != 0 {
			m.scope(i, m.to[i])
		}
	}
}

// inside are the Units in a scope: from the first to before the last.
func inside(t *syntax.Text, scope int32) (first, last int32) {
	if scope < 0 {
		return 0, int32(len(t.Units))
	}
	return scope + 1, t.Units[scope].Last
}

// identical matches two scopes that are alike to the last Unit. Most are.
func (m *match) identical(was, now int32) bool {
	i, last := inside(m.was, was)
	j, end := inside(m.now, now)
	if last-i != end-j {
		return false
	}
	for n := range last - i {
		a, b := &m.was.Units[i+n], &m.now.Units[j+n]
		if a.Sum != b.Sum || a.Last-i != b.Last-j || max(a.Parent-i, -1) != max(b.Parent-j, -1) {
			return false
		}
	}
	for n := range last - i {
		if !m.isFree(i+n, j+n) {
			return false
		}
	}
	for n := range last - i {
		m.set(i+n, j+n)
	}
	return true
}

// items are the Units of a scope, without what is in scopes of their own.
func items(t *syntax.Text, scope int32) []int32 {
	first, last := inside(t, scope)
	out := make([]int32, 0, 16)
	for i := first; i < last; {
		out = append(out, i)
		if u := &t.Units[i]; u.Name != 0 {
			i = u.Last
		} else {
			i++
		}
	}
	return out
}

// headers has each header of a block follow the first thing in its block that is still
// there: "try:" and "else:" say nothing of themselves.
func (m *match) headers(p *pair) {
	var again []int32
	for _, i := range p.was {
		u := &m.was.Units[i]
		if !u.Header || u.Name != 0 {
			continue
		}
		now, known := m.headerOf(i)
		switch {
		case known && now != m.to[i], !known && u.Bare && m.to[i] >= 0:
			m.unset(i)
			if known {
				again = append(again, i)
			}
		}
	}
	for _, i := range again {
		if now, _ := m.headerOf(i); now >= 0 && m.isFree(i, now) {
			m.set(i, now)
		}
	}
}

// headerOf is the header like an old one that is around what was in its block; where
// another such one was put around that, or taken away, nobody knows which it is: -1.
func (m *match) headerOf(was int32) (now int32, known bool) {
	u := &m.was.Units[was]
	for c := was + 1; c < u.Last; c++ {
		if m.was.Units[c].Parent != was || m.to[c] < 0 {
			continue
		}
		before, after := around(m.was, c, u.Sum), around(m.now, m.to[c], u.Sum)
		if len(before) == len(after) {
			return after[0], true
		}
		return -1, true
	}
	return -1, false
}

// around are the headers like some other around a Unit in its scope, the innermost first.
func around(t *syntax.Text, unit int32, sum uint64) []int32 {
	var out []int32
	for at := t.Units[unit].Parent; at >= 0 && t.Units[at].Name == 0; at = t.Units[at].Parent {
		if t.Units[at].Sum == sum {
			out = append(out, at)
		}
	}
	return out
}
