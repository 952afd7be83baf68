package pyregex

import "github.com/tallyho-dev/tallyho/engine/text"

// matchBudget bounds the steps of one match; patterns that passed Check
// stay far below it for the texts a field can hold.
const matchBudget = 2_000_000

// matcher runs a parsed pattern over a text, as Python's re does.
type matcher struct {
	text  []rune
	steps int
}

// Match reports whether the pattern matches at the start of s, as re.match
// does. ok is false if it cannot be read, or takes too many steps.
func Match(pattern string, flags int, s string, isBytes bool) (matched, ok bool) {
	n, _, err := parse(pattern, flags)
	if err != nil {
		return false, false
	}
	m := &matcher{}
	// A text may hold surrogates that are not Unicode, as Python's may: its own decoder reads them.
	for s != "" {
		r, size := text.DecodeRune(s)
		if isBytes {
			r, size = rune(s[0]), 1
		}
		m.text = append(m.text, r)
		s = s[size:]
	}
	matched = m.run(n, 0, func(int) bool { return true })
	return matched, m.steps < matchBudget
}

// run matches n at position i and calls then with where it ended; it tries
// other ways until then is content.
// Continuations are what makes backtracking short to write: there is no stack of choices but Go's own.
// They are slow, and it does not matter: this matches for recordings, explanations and the
// reference evaluator. In a program Python's own engine does.
func (m *matcher) run(n *node, i int, then func(int) bool) bool {
	if m.steps++; m.steps >= matchBudget {
		return false
	}
	switch n.kind {
	case kindSet:
		return i < len(m.text) && n.set.has(m.text[i]) && then(i+1)
	case kindCat:
		return m.cat(n.kids, i, then)
	case kindAlt:
		for _, k := range n.kids {
			if m.run(k, i, then) {
				return true
			}
		}
		return false
	case kindGroup:
		if n.possessive {
			end, ok := m.once(n.kids[0], i)
			return ok && then(end)
		}
		return m.run(n.kids[0], i, then)
	case kindLook:
		return m.look(n, i) && then(i)
	case kindAssert:
		return m.assert(n, i) && then(i)
	case kindRepeat:
		if n.possessive {
			end, ok := m.once(&node{kind: kindRepeat, kids: n.kids, min: n.min, max: n.max}, i)
			return ok && then(end)
		}
		return m.repeat(n, 0, i, -1, then)
	}
	return then(i)
}

// cat matches one after the other. then is passed through, so that an earlier one is asked
// for its next way when a later one fails.
func (m *matcher) cat(kids []*node, i int, then func(int) bool) bool {
	if len(kids) == 0 {
		return then(i)
	}
	return m.run(kids[0], i, func(j int) bool { return m.cat(kids[1:], j, then) })
}

// once is the end of the first way in which n matches.
// That is what possessive and atomic mean: no other way is ever tried.
func (m *matcher) once(n *node, i int) (end int, ok bool) {
	ok = m.run(n, i, func(j int) bool { end = j; return true })
	return end, ok
}

// repeat matches n again, having done so done times; last is where the
// previous round began: an empty one ends the loop.
func (m *matcher) repeat(n *node, done, i, last int, then func(int) bool) bool {
	if m.steps++; m.steps >= matchBudget {
		return false
	}
	again := func() bool {
		return (n.max < 0 || done < n.max) && (i != last || done < n.min) &&
			m.run(n.kids[0], i, func(j int) bool { return m.repeat(n, done+1, j, i, then) })
	}
	switch {
	case done < n.min:
		return again()
	case n.lazy:
		return then(i) || again()
	}
	return again() || then(i)
}

// look matches ahead or behind without moving. Behind is of one width (lookBehind), so that
// there is one place to begin.
func (m *matcher) look(n *node, i int) bool {
	ok := false
	if n.behind {
		low, _ := n.kids[0].width()
		if i >= low {
			ok = m.run(n.kids[0], i-low, func(j int) bool { return j == i })
		}
	} else {
		_, ok = m.once(n.kids[0], i)
	}
	return ok != n.negate
}

// assert reports whether ^ $ \A \Z \b or \B holds between two characters.
func (m *matcher) assert(n *node, i int) bool {
	switch n.op {
	case 'A':
		return i == 0
	case '^':
		return i == 0 || n.flags&FlagM != 0 && m.text[i-1] == '\n'
	case 'Z':
		return i == len(m.text)
	case '$':
		return i == len(m.text) || i == len(m.text)-1 && m.text[i] == '\n' || n.flags&FlagM != 0 && m.text[i] == '\n'
	}
	word := func(j int) bool {
		return j >= 0 && j < len(m.text) && inClass('w', m.text[j], n.flags&FlagA != 0)
	}
	return (word(i-1) != word(i)) == (n.op == 'b')
}
