package tally

import "github.com/tallyho-dev/tallyho/engine/syntax"

// What must be alike for something in one scope to be what was in another.
const (
	movedWords = 5      // of a single statement
	alike      = 0.5    // of what two scopes or statements consist of
	maxScopes  = 64     // that are compared with each other
	maxSimilar = 30_000 // pairs of statements that are, in all
)

// movedScopes matches functions and classes that were renamed or went elsewhere: with
// the one that is most like each, if that is sure.
func (m *match) movedScopes() {
	for range 8 { // each time those inside what was found
		was, now := m.freeScopes(m.was, m.to), m.freeScopes(m.now, m.from)
		if len(was) == 0 || len(now) == 0 || len(was) > maxScopes || len(now) > maxScopes {
			return
		}
		found := mutual(len(was), len(now), func(i, j int) float64 { return m.resembles(was[i], now[j]) })
		for _, f := range found {
			m.set(was[f[0]], now[f[1]])
			m.scope(was[f[0]], now[f[1]])
		}
		if len(found) == 0 {
			return
		}
	}
}

// freeScopes are those without a counterpart, but for those inside others.
func (m *match) freeScopes(t *syntax.Text, counterpart []int32) []int32 {
	var out []int32
	for i := int32(0); i < int32(len(t.Units)); {
		u := &t.Units[i]
		if u.Name != 0 && counterpart[i] < 0 {
			out = append(out, i)
			// What stands inside moves with it, and is looked at in the next round.
			i = u.Last
			continue
		}
		i++
	}
	return out
}

// resembles says how much of two scopes is the same, from 0 to 1, if it is enough.
func (m *match) resembles(was, now int32) float64 {
	a, b := &m.was.Units[was], &m.now.Units[now]
	// A class does not become a function.
	if m.was.First(was) != m.now.First(now) {
		return 0
	}
	count := map[uint64]int{}
	for _, u := range m.was.Units[was+1 : a.Last] {
		count[u.Sum]++
	}
	common := 0
	for _, u := range m.now.Units[now+1 : b.Last] {
		if count[u.Sum] > 0 {
			count[u.Sum]--
			common++
		}
	}
	size := int(max(a.Last-was, b.Last-now)) - 1
	// Under another name, one statement that is alike may be chance, unless the place is the same.
	if a.Name != b.Name && common < 2 && !m.neighbours(was, now) || common == 0 {
		return 0
	}
	if got := float64(common) / float64(size); got >= alike {
		return got
	}
	return 0
}

// neighbours reports whether two Units stand behind the same one, or before it.
func (m *match) neighbours(was, now int32) bool {
	a, b := &m.was.Units[was], &m.now.Units[now]
	before := was > 0 && now > 0 && m.to[was-1] == now-1 || was == 0 && now == 0
	behind := int(a.Last) < len(m.to) && int(b.Last) < len(m.from) && m.to[a.Last] == b.Last ||
		int(a.Last) == len(m.to) && int(b.Last) == len(m.from)
	return before || behind
}

// mutual are the pairs of which each is the other's best, and no third is as good.
func mutual(n, count int, score func(i, j int) float64) [][2]int {
	type best struct {
		at            int
		score, second float64
	}
	rows, columns := make([]best, n), make([]best, count)
	put := func(b *best, at int, score float64) {
		if score > b.score {
			b.at, b.score, b.second = at, score, b.score
		} else {
			b.second = max(b.second, score)
		}
	}
	for i := range n {
		for j := range count {
			if got := score(i, j); got > 0 {
				put(&rows[i], j, got)
				put(&columns[j], i, got)
			}
		}
	}
	var out [][2]int
	for i, r := range rows {
		if r.score > r.second && columns[r.at].at == i && columns[r.at].score > columns[r.at].second {
			out = append(out, [2]int{i, r.at})
		}
	}
	return out
}

// movedUnits matches statements that went to another scope: those that are in each text
// once, if there is enough of them to be sure that nobody wrote them anew.
func (m *match) movedUnits() {
	was, now := m.onlyOnes(m.was, m.to), m.onlyOnes(m.now, m.from)
	if len(was) == 0 || len(now) == 0 {
		return
	}
	// target is the one place where the statement at i can have gone, -1 if it is not sure. It
	// takes any i, so that neighbours need no check of bounds.
	target := func(i int) int32 {
		if i < 0 || i >= len(m.to) || m.to[i] >= 0 {
			return -1
		}
		sum := m.was.Units[i].Sum
		if at, ok := was[sum]; !ok || at != int32(i) {
			return -1
		}
		if at, ok := now[sum]; ok {
			return at
		}
		return -1
	}
	var found [][2]int32
	for i := range m.to {
		j := target(i)
		if j < 0 {
			continue
		}
		// Two that went together, side by side, are sure; one alone is only if it says enough.
		withNext := target(i+1) == j+1
		withLast := j > 0 && target(i-1) == j-1
		if withNext || withLast || wordsOf(m.was, int32(i)) >= movedWords {
			found = append(found, [2]int32{int32(i), j})
		}
	}
	for _, f := range found {
		m.set(f[0], f[1])
	}
}

// onlyOnes are the Units without a counterpart that no other one in their text is like.
func (m *match) onlyOnes(t *syntax.Text, counterpart []int32) map[uint64]int32 {
	out := map[uint64]int32{}
	for i, u := range t.Units {
		if counterpart[i] < 0 && u.Name == 0 && !u.Bare {
			out[u.Sum] = int32(i)
		}
	}
	if len(out) == 0 {
		return out
	}
	for i, u := range t.Units {
		if at, ok := out[u.Sum]; ok && at != int32(i) {
			delete(out, u.Sum)
		}
	}
	return out
}

// wordsOf counts the names and keywords of a statement: how much it says.
func wordsOf(t *syntax.Text, unit int32) int {
	n := 0
	u := &t.Units[unit]
	for _, token := range t.Tokens[u.From:u.To] {
		if token.IsWord() {
			n++
		}
	}
	return n
}
