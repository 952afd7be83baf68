package tally

import (
	"slices"
	"strconv"
	"strings"
)

// grown writes the first and the last of some values of which each has what the one before has,
// and more, or each less: a list that is appended to, a set, a dict, a text. Their heads are the
// same, so what tells is by how many items they differ, and which those are:
//
//	[0] +38 […, 37, 38]     ['a', 'b', …] -4 ['a']     'ab ' +96 '…ab ab '
//
// Where there is no room for both, what came or went stands alone: +38 …, 38 or -1 'name'.
// The texts are from the longest to the shortest; number is shorter than any of them, or "". There are none where it is not known how many
// items there are, or where the values are of another sort than their beginnings.
func (l *Labeler) grown(values []*Var) (texts []string, number string) {
	first, last := values[0], values[len(values)-1]
	if first.Type != last.Type || len(first.Repr) == len(last.Repr) && first.Repr == last.Repr {
		return nil, ""
	}
	a, b := readSized(first.Repr), readSized(last.Repr)
	// Of the same size, what changed is not how many there are.
	if a == nil || b == nil || a.size == b.size {
		return nil, ""
	}
	g := growth{writer: l.formWriter(), first: a, last: b, more: a, less: b, by: strconv.Itoa(b.size - a.size), from: grows(a, b)}
	if b.size > a.size {
		g.by, g.more, g.less = "+"+g.by, b, a
	}
	if g.from == extendsNot || !growsSteadily(values, b.size > a.size) {
		return nil, ""
	}
	// A label picks the longest that fits; steps of three are fine enough for that.
	for room := l.longest(); room >= leastGrowth; room -= 3 {
		if text := g.fit(room); text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	slices.SortStableFunc(texts, func(x, y string) int { return width(y) - width(x) })
	if number = g.by + " " + g.unit(); len(texts) > 0 && width(number) >= width(texts[len(texts)-1]) {
		number = ""
	}
	return texts, number
}

// grows says where one of two values has more than the other, if it has all of that.
func grows(a, b *sized) extension {
	if a.size > b.size {
		a, b = b, a
	}
	// Only what is empty may be written with other brackets: set() grows into {1}.
	if a.open != b.open && a.size > 0 {
		return extendsNot
	}
	return b.extends(a)
}

// growsSteadily reports whether each value became the next: what a function is called with may
// be a short list first and a long one at last that have nothing to do with each other.
func growsSteadily(values []*Var, up bool) bool {
	before := readSized(values[0].Repr)
	for i, v := range values[1:] {
		// i is the one before: values[1:] is gone through.
		if v.Repr == values[i].Repr {
			continue
		}
		next := readSized(v.Repr)
		if next == nil || before == nil || v.Type != values[0].Type {
			return false
		}
		if next.size != before.size && next.size > before.size != up || grows(before, next) == extendsNot {
			return false
		}
		before = next
	}
	return true
}

// leastGrowth is the room that the shortest text needs that shows one of the items.
const leastGrowth = 5

// growth is two values of which one has grown out of the other.
type growth struct {
	writer      formWriter
	first, last *sized
	more, less  *sized // the same two by their size
	by          string // +38, -4
	from        extension
}

// unit is what the difference is one of.
func (g growth) unit() string {
	unit := "item"
	if g.first.isText() {
		unit = "char"
	}
	if g.more.size-g.less.size > 1 {
		unit += "s"
	}
	return unit
}

// fit is what tells most of the growth in a room; "" where there is none.
func (g growth) fit(room int) string {
	if text := g.both(room); text != "" {
		return text
	}
	return g.alone(room)
}

// both is the first value, the difference, and what of the last is not in the first; "" where
// there is no room for something of each.
func (g growth) both(room int) string {
	between := " " + g.by + " "
	room -= width(between)
	whole := width(g.writer.whole(g.first.form))
	// The first value gets a third at most: what is new tells more.
	first := g.writer.fit(g.first.form, min(whole, max(room/3, leastNested/2)))
	rest := room - width(first)
	if rest < 3 {
		return ""
	}
	last := g.end(rest)
	if last == "" {
		return ""
	}
	// What is new needed less than it might have had: the first value has the rest.
	first = g.writer.fit(g.first.form, min(whole, room-width(last)))
	if g.writer.saysNothing(first) && g.first.size > 0 {
		return ""
	}
	return first + between + last
}

// end is what stands behind the difference: what is new, and of a value that shrank what is
// left of it; where that has no room, what went.
func (g growth) end(room int) string {
	if g.more == g.last {
		return g.added(room)
	}
	text := g.writer.fit(g.last.form, room)
	if width(text) <= room && text == g.writer.whole(g.last.form) {
		return text
	}
	if gone := g.bare(room); gone != "" {
		return gone
	}
	if width(text) > room || g.writer.saysNothing(text) || !strings.HasSuffix(text, g.last.form.shut) {
		return ""
	}
	return text
}

// added is what the last value has more than the first, with dots for what it has as well.
func (g growth) added(room int) string {
	f, dots := g.last.form, g.writer.dots
	if g.last.isText() {
		return g.last.end(room, g.from, dots)
	}
	texts := g.written(g.differing(), room-width(f.open+f.shut+dots)-2)
	if len(texts) == 0 {
		return ""
	}
	if len(texts) < g.last.size {
		texts = g.withDots(texts)
	}
	return f.open + strings.Join(texts, ", ") + f.shut
}

// alone is the difference with the items that make it, without the two values.
func (g growth) alone(room int) string {
	text := g.bare(room - width(g.by) - 1)
	if text == "" {
		return ""
	}
	return g.by + " " + text
}

// bare are the items that one of the values has more than the other, without brackets, and
// dots for those that had no room. Of a text that shrank it is unclear which part that is.
func (g growth) bare(room int) string {
	if g.more.isText() {
		if g.more == g.first {
			return ""
		}
		return g.last.end(room, g.from, g.writer.dots)
	}
	number, items := g.more.size-g.less.size, g.differing()
	items = items[max(0, len(items)-number):]
	texts := g.someOf(items, number, room)
	if len(texts) == 0 && g.more.keyed {
		// The keys alone tell which those are.
		texts = g.someOf(keysOf(items), number, room)
	}
	return strings.Join(texts, ", ")
}

// someOf are as many of some items as there is room for, with dots where those are not all there are.
func (g growth) someOf(items []entry, all, room int) []string {
	if texts := g.written(items, room); len(texts) == all {
		return texts
	}
	texts := g.written(items, room-width(g.writer.dots)-2)
	if len(texts) > 0 {
		texts = g.withDots(texts)
	}
	return texts
}

// keysOf are the keys of some items of a dict.
func keysOf(items []entry) []entry {
	keys := make([]entry, len(items))
	for i, one := range items {
		keys[i].value = readForm(strings.TrimSuffix(one.key, ": "))
	}
	return keys
}

// differing are the items that one of the values has more than the other, as far as they are known.
func (g growth) differing() []entry {
	f, number := g.more.form, g.more.size-g.less.size
	switch {
	case g.from == extendsBehind && f.more:
		return f.tail
	case g.from == extendsBehind:
		return f.items[g.less.size:]
	case g.from == extendsBefore:
		return f.items[:min(number, len(f.items))]
	case f.more:
		return nil // which those are is not known
	}
	return slices.DeleteFunc(slices.Clone(f.items), func(one entry) bool { return g.less.has(g.writer, one) })
}

// newestLast reports whether the items stand in the order in which they came, so that the last of them are shown.
func (g growth) newestLast() bool {
	return g.from != extendsBefore && g.more.form.open != "{" || g.more.keyed
}

// withDots puts dots on the side of some items where there are others.
func (g growth) withDots(texts []string) []string {
	if g.newestLast() {
		return append([]string{g.writer.dots}, texts...)
	}
	return append(texts, g.writer.dots)
}

// written are as many of some items as there is room for.
func (g growth) written(items []entry, room int) []string {
	var texts []string
	behind := g.newestLast()
	for i := range items {
		at := i
		if behind {
			at = len(items) - 1 - i // the newest ones first
		}
		key := tame(items[at].key, g.writer.ascii)
		text := key + g.writer.whole(items[at].value)
		left := room - width(strings.Join(texts, ", "))
		if i > 0 {
			left -= 2
		}
		if i == 0 && width(text) > left && left-width(key) >= leastItem {
			text = key + g.writer.fit(items[at].value, left-width(key))
		}
		if width(text) > left {
			break
		}
		texts = append(texts, text)
	}
	if behind {
		slices.Reverse(texts)
	}
	return texts
}
