package tally

import (
	"regexp"
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
// The texts are from the longest to the shortest. There are none where it is not known how many
// items there are, or where the values are of another sort than their beginnings.
func (l *Labeler) grown(values []*Var) []string {
	first, last := values[0], values[len(values)-1]
	if first.Type != last.Type || len(first.Repr) == len(last.Repr) && first.Repr == last.Repr {
		return nil
	}
	a, b := readSized(first.Repr), readSized(last.Repr)
	// Of the same size, what changed is not how many there are.
	if a == nil || b == nil || a.size == b.size {
		return nil
	}
	g := growth{writer: l.formWriter(), first: a, last: b, by: strconv.Itoa(b.size - a.size), from: grows(a, b)}
	if b.size > a.size {
		g.by = "+" + g.by
	}
	if g.from == extendsNot || !growsSteadily(values, b.size > a.size) {
		return nil
	}
	var texts []string
	// A label picks the longest that fits; steps of three are fine enough for that.
	for room := l.longest(); room >= leastGrowth; room -= 3 {
		if text := g.fit(room); text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	slices.SortStableFunc(texts, func(x, y string) int { return width(y) - width(x) })
	return append(texts, g.by+" "+g.unit())
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

// leastGrowth is the room that the shortest text needs that shows some of the items.
const leastGrowth = 14

// growth is two values of which one has grown out of the other.
type growth struct {
	writer      formWriter
	first, last *sized
	by          string // +38, -4
	from        extension
}

// unit is what the difference is one of.
func (g growth) unit() string {
	if g.first.isText() {
		return "chars"
	}
	return "items"
}

// fit is the first value, the difference, and what of the last is not in the first; "" where
// there is no room.
func (g growth) fit(room int) string {
	between := " " + g.by + " "
	room -= width(between)
	whole := width(g.writer.whole(g.first.form))
	// The first value gets a third at most: what is new tells more.
	first := g.writer.fit(g.first.form, min(whole, max(room/3, leastNested/2)))
	rest := room - width(first)
	if rest < 3 {
		return ""
	}
	last := ""
	if g.last.size > g.first.size {
		last = g.added(rest)
	} else if text := g.writer.fit(g.last.form, rest); width(text) <= rest {
		// A value that shrank has nothing new: what is left of it is shown.
		last = text
	}
	if last == "" {
		return ""
	}
	// What is new needed less than it might have had: the first value has the rest.
	return g.writer.fit(g.first.form, min(whole, room-width(last))) + between + last
}

// added is what the last value has more than the first, with dots for what it has as well.
func (g growth) added(room int) string {
	f, dots := g.last.form, g.writer.dots
	if g.last.isText() {
		return g.last.end(room, g.from, dots)
	}
	items, number := f.items, g.last.size-g.first.size
	switch {
	case g.from == extendsBehind && f.more:
		items = f.tail
	case g.from == extendsBehind:
		items = f.items[g.first.size:]
	case g.from == extendsBefore:
		items = f.items[:min(number, len(f.items))]
	case f.more:
		return "" // which are new is not known
	default:
		items = slices.DeleteFunc(slices.Clone(items), func(one entry) bool { return g.first.has(g.writer, one) })
	}
	var texts []string
	behind := g.from != extendsBefore && f.open != "{" || g.first.keyed || g.last.keyed
	for i := range items {
		at := i
		if behind {
			at = len(items) - 1 - i // the newest ones first
		}
		text := tame(items[at].key, g.writer.ascii) + g.writer.whole(items[at].value)
		left := room - width(f.open+strings.Join(texts, ", ")+f.shut+dots) - 4
		if key := tame(items[at].key, g.writer.ascii); i == 0 && width(text) > left && left-width(key) >= leastItem {
			text = key + g.writer.fit(items[at].value, left-width(key))
		}
		if width(text) > left {
			break
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return ""
	}
	all := len(texts) == number && g.first.size == 0
	if behind {
		slices.Reverse(texts)
	}
	switch {
	case all:
	case behind:
		texts = append([]string{dots}, texts...)
	default:
		texts = append(texts, dots)
	}
	return f.open + strings.Join(texts, ", ") + f.shut
}

// sized is a value of which it is known how many items it has.
type sized struct {
	form  *form
	open  string // the bracket, or the quote
	size  int
	keyed bool
}

// emptyNames are containers that are written as calls where nothing is in them.
var emptyNames = []string{"set", "frozenset", "Counter", "OrderedDict", "deque", "defaultdict"}

// readSized reads a value and its size; nil where how many items it has is not known: the text
// was cut, or the value is no container at all.
func readSized(text string) *sized {
	f := readForm(text)
	s := &sized{form: f, open: f.open, size: len(f.items)}
	switch {
	case f.kind == formText && quoteAt(f.text) < 0:
		return nil // a match, a pattern, a bytearray: it does not begin with a quote
	case f.kind == formCall && len(f.items) == 0 && !f.more && slices.Contains(emptyNames, f.text):
		return s
	case f.kind == formText && f.total > 0:
		s.size = f.total
	case f.kind == formText && len(f.text) > 1 && f.text[len(f.text)-1] == f.text[quoteAt(f.text)]:
		s.size = lengthOf(f.text[quoteAt(f.text)+1 : len(f.text)-1])
	case f.kind == formItems && f.more && f.total > 0:
		s.size = f.total
	case f.kind != formItems || f.more:
		return nil
	}
	s.keyed = len(f.items) > 0 && f.open == "{" && strings.HasSuffix(f.items[0].key, ": ")
	return s
}

// isText reports texts and bytes, which are counted in characters.
func (s *sized) isText() bool { return s.form.kind == formText }

// lengthOf is how many characters a text has that Python wrote.
func lengthOf(written string) int {
	n := len([]rune(written))
	for from, to := range escapes(written) {
		n -= to - from - 1
	}
	return n
}

// extension says where a value has what another one has not.
type extension int

const (
	extendsNot extension = iota
	extendsBehind
	extendsBefore
	extendsAnywhere
)

// extends says where s has more than less, if it has all of that.
func (s *sized) extends(less *sized) extension {
	switch {
	case s.isText() != less.isText() && less.size > 0:
		return extendsNot
	case s.isText():
		return s.textExtends(less)
	case less.size == 0:
		return extendsBehind
	}
	w := formWriter{dots: "…", times: "×"}
	if s.open == "{" {
		if !s.form.more && !less.form.more && slices.ContainsFunc(less.form.items, func(one entry) bool { return !s.has(w, one) }) {
			return extendsNot
		}
		if s.keyed && s.begins(less, w, true) {
			return extendsBehind
		}
		return extendsAnywhere
	}
	if s.begins(less, w, false) {
		return extendsBehind
	}
	if !s.form.more && !less.form.more && slices.EqualFunc(s.form.items[s.size-less.size:], less.form.items, w.sameEntry) {
		return extendsBefore
	}
	return extendsNot
}

// begins reports whether s begins with what less has, as far as the two are known.
func (s *sized) begins(less *sized, w formWriter, keys bool) bool {
	same := w.sameEntry
	if keys {
		same = func(a, b entry) bool { return a.key == b.key }
	}
	mine, others := s.known(), less.known()
	n := min(len(mine), len(others))
	return n > 0 && slices.EqualFunc(mine[:n], others[:n], same)
}

// known are the items that are there whole: where the rest is left out, the last of them may be cut.
func (s *sized) known() []entry {
	if s.form.more && len(s.form.items) > 0 {
		return s.form.items[:len(s.form.items)-1]
	}
	return s.form.items
}

// has reports whether an item is in a set, or a key in a dict.
func (s *sized) has(w formWriter, one entry) bool {
	return slices.ContainsFunc(s.form.items, func(other entry) bool {
		if s.keyed {
			return other.key == one.key
		}
		return w.sameEntry(other, one)
	})
}

// sameEntry compares what is shown: objects whose addresses alone differ are the same.
func (w formWriter) sameEntry(a, b entry) bool {
	return a.key == b.key && w.whole(a.value) == w.whole(b.value)
}

// textExtends says where a text has more. An empty one is the beginning of any.
func (s *sized) textExtends(less *sized) extension {
	if less.size == 0 {
		return extendsNot
	}
	mine, others := s.inside(), less.inside()
	head, mineHead, cut := others, mine, less.form.total > 0
	if cut {
		head, _, _ = strings.Cut(others, cutMark)
	}
	if s.form.total > 0 {
		mineHead, _, _ = strings.Cut(mine, cutMark)
	}
	switch {
	case strings.HasPrefix(mineHead, head) || cut && strings.HasPrefix(head, mineHead):
		return extendsBehind
	case !cut && strings.HasSuffix(mine, others):
		return extendsBefore
	}
	return extendsNot
}

// inside is a text without its quotes and what stands before them.
func (s *sized) inside() string {
	at := quoteAt(s.form.text)
	return s.form.text[at+1 : len(s.form.text)-1]
}

// end is the side of a text where it has more, in a room.
func (s *sized) end(room int, from extension, dots string) string {
	at := quoteAt(s.form.text)
	before, quote := s.form.text[:at], s.form.text[at:at+1]
	room -= width(before) + 2*width(quote) + width(dots)
	if room < 3 {
		return ""
	}
	text := tame(s.inside(), dots == "..")
	if from == extendsBefore {
		return before + quote + cutEnd(text, room) + dots + quote
	}
	return before + quote + dots + cutStart(text, room) + quote
}

// cutMark stands in a text for what the bridge left out of it.
const cutMark = "…"

// The bridge writes of a container or a text that is too long its beginning, how long it is, and its end. Shorter
// texts it leaves as they are.
var (
	longItems = regexp.MustCompile(`(?s)^(.*)… (\d+) items …(.*)$`)
	longText  = regexp.MustCompile(`(?s)^(.*)… (\d+) (?:characters|bytes) …(.*)$`)
)

const shortestLong = 80

// readLong takes apart what the bridge has written shorter; nil of any other text.
func readLong(text string) *form {
	if len(text) < shortestLong || !strings.Contains(text, cutMark) {
		return nil
	}
	if quoteAt(text) >= 0 || strings.HasPrefix(text, "bytearray(") {
		m := longText.FindStringSubmatch(text)
		if m == nil {
			return nil
		}
		n, _ := strconv.Atoi(m[2])
		return &form{kind: formText, text: m[1] + cutMark + m[3], total: n}
	}
	m := longItems.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	// The beginning is read as a text that was cut, so that what is open is closed.
	f := readForm(strings.TrimRight(m[1], ", ") + "...")
	if f.kind != formItems || !f.more {
		return nil
	}
	f.total, _ = strconv.Atoi(m[2])
	r := formReader{text: m[3]}
	f.tail, _ = r.entries(f.shut, 0)
	return f
}
