package tally

// settle takes back what is not sure: of statements that are alike, which one is still
// there. A number stands at the statement that ran, or nowhere.
func (m *match) settle(p *pair) {
	m.consistent(p)
	for i := 0; i < len(p.was); i++ {
		if m.to[p.was[i]] < 0 {
			i = m.doubt(p, i)
		}
	}
}

// doubt looks at the items without a counterpart from i on. A neighbour that is like one
// of them may as well be the one that is gone: neither has a counterpart then. It
// returns where it ends.
func (m *match) doubt(p *pair, i int) int {
	gone := map[uint64][]int32{}
	add := func(unit int32) {
		if u := &m.was.Units[unit]; len(gone[u.Sum]) < 4 {
			gone[u.Sum] = append(gone[u.Sum], unit)
		}
	}
	first, end := i, i
	for end < len(p.was) && m.to[p.was[end]] < 0 {
		add(p.was[end])
		end++
	}
	doubtful := func(at int) bool {
		if at < 0 || at >= len(p.was) {
			return false
		}
		unit := p.was[at]
		if m.to[unit] < 0 {
			return true
		}
		if !m.fresh(unit) || m.was.Units[unit].Name != 0 {
			return false
		}
		// It is in doubt only if the one that is gone could stand where this one is.
		for _, other := range gone[m.was.Units[unit].Sum] {
			if m.fits(other, m.to[unit]) {
				return true
			}
		}
		return false
	}
	// Each one that is taken back may put the next in doubt.
	for more := true; more; {
		more = false
		if doubtful(first - 1) {
			first--
			m.unset(p.was[first])
			add(p.was[first])
			more = true
		}
		if doubtful(end) {
			m.unset(p.was[end])
			add(p.was[end])
			end++
			more = true
		}
	}
	return end - 1
}

// consistent takes back the counterparts of statements that there are several of, where
// they are in another block than it was: they are others that are alike.
func (m *match) consistent(p *pair) {
	var odd []int32
	for _, i := range p.was {
		if m.to[i] >= 0 && m.was.Units[i].Name == 0 && !m.fits(i, m.to[i]) {
			odd = append(odd, i)
		}
	}
	if len(odd) == 0 {
		return
	}
	before, after := map[uint64]int{}, map[uint64]int{}
	for _, i := range p.was {
		before[m.was.Units[i].Sum]++
	}
	for _, j := range p.now {
		after[m.now.Units[j].Sum]++
	}
	for _, i := range odd {
		if sum := m.was.Units[i].Sum; before[sum] > 1 || after[sum] > 1 {
			m.unset(i)
		}
	}
}

// fits reports whether a new Unit is in the block that an old one was in, as far as
// both blocks' headers are still there.
func (m *match) fits(was, now int32) bool {
	a, b := m.was.Units[was].Parent, m.now.Units[now].Parent
	// A header that is gone is looked through: its block may have been dissolved.
	for a >= 0 && m.to[a] < 0 {
		a = m.was.Units[a].Parent
	}
	for b >= 0 && m.from[b] < 0 {
		b = m.now.Units[b].Parent
	}
	if a < 0 || b < 0 {
		return a == b
	}
	return m.to[a] == b
}
