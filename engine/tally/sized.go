package tally

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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
