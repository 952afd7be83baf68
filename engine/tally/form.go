package tally

import (
	"strconv"
	"strings"
)

// form is a value as the bridge wrote it, taken apart: what a label shows of it is the
// best that fits. The hover has the text itself.
type form struct {
	kind  formKind
	text  string // of a word or a text all of it, of a call its name
	items []entry
	open  string // of a sequence; of a table what its items are: [ elements, { a row, : columns
	shut  string
	more  bool    // there were further items
	total int     // of what was written shorter: how many items or characters there are
	tail  []entry // and its last items
	after string  // " fit" behind a call

	shape   string // of a table: 3×4
	element string // of a table: f8, and how many are not there
}

// formKind is what a form is, which decides how it gets shorter.
type formKind int

const (
	formWord  formKind = iota // a number, a name, None
	formText                  // in quotes
	formItems                 // a list, a tuple, a set, a dict
	formCall                  // Name(…), an object by its fields
	formTable                 // an array or a table: Name 3×4 float64 [0.5, 1.0, …]
	formPath                  // of a file
)

// entry is an item of a form: of a list without a key, of a dict or an object with one.
type entry struct {
	key   string
	value *form
}

// formWriter writes forms.
type formWriter struct {
	dots  string
	times string
	ascii bool
}

// formWriter writes forms with this Labeler's signs.
func (l *Labeler) formWriter() formWriter {
	return formWriter{dots: l.sign.dots, times: l.sign.times, ascii: l.options.ASCII}
}

// leastItem is how short an item of a sequence may be cut; one that has items itself, leastNested.
const (
	leastItem   = 8
	leastNested = 16
)

// least is the room that a form needs within another to be worth it.
func (f *form) least() int {
	if f.kind == formItems || f.kind == formCall {
		return leastNested
	}
	return leastItem
}

// mostPositional is how many fields are shown without their names: more would be a riddle.
const mostPositional = 4

// fit is the best text of a form in at most room units; what has no shorter one is cut in
// its middle.
func (w formWriter) fit(f *form, room int) string {
	whole := w.whole(f)
	if width(whole) <= room {
		return whole
	}
	text := ""
	switch f.kind {
	case formItems:
		text = w.fitItems(f, room)
	case formCall:
		text = w.fitCall(f, room)
	case formTable:
		text = w.fitTable(f, room)
	case formPath:
		text = w.fitPath(f, room)
	}
	switch {
	case text != "" && width(text) <= room:
		return text
	case f.kind == formCall || f.kind == formItems:
		return cutEnd(whole, room-width(w.dots)) + w.dots // brackets and a name: its end tells nothing
	}
	return cutMiddle(whole, room, w.dots)
}

// whole is all of a form, in its short words.
func (w formWriter) whole(f *form) string {
	switch f.kind {
	case formItems:
		return f.open + w.join(f.items, ", ", f.more) + w.closing(f)
	case formCall:
		return w.call(f, w.join(w.arguments(f), ", ", f.more))
	case formTable:
		return w.table(f)
	}
	return tame(f.text, w.ascii)
}

// closing is the bracket at the end; a tuple of one has a comma.
func (w formWriter) closing(f *form) string {
	if f.open == "(" && len(f.items) == 1 && !f.more {
		return ",)"
	}
	return f.shut
}

// join writes items one after the other, like objects in a row as <Cart>*3.
func (w formWriter) join(items []entry, separator string, more bool) string {
	var parts []string
	for i := 0; i < len(items); {
		text := tame(items[i].key, w.ascii) + w.whole(items[i].value)
		n := 1
		for strings.HasPrefix(text, "<") && i+n < len(items) && items[i+n].key == "" && w.whole(items[i+n].value) == text {
			n++
		}
		if n > 1 {
			text += "*" + strconv.Itoa(n) // objects that are told by their class alone
		}
		parts = append(parts, text)
		i += n
	}
	if more {
		parts = append(parts, w.dots)
	}
	return strings.Join(parts, separator)
}

// call writes an object with what stands in its brackets.
func (w formWriter) call(f *form, inside string) string {
	return tame(f.text, w.ascii) + "(" + inside + ")" + f.after
}

// arguments are the fields of an object as a label shows them: few of them without their
// names, as they would be given to make one.
func (w formWriter) arguments(f *form) []entry {
	if len(f.items) > mostPositional || keepsNames(f.text) || f.after != "" {
		return f.items
	}
	out := make([]entry, len(f.items))
	for i, item := range f.items {
		out[i] = entry{value: item.value}
	}
	return out
}

// keepsNames reports objects that are told by the names of what they hold.
func keepsNames(name string) bool {
	return name == "namespace" || name == "Namespace" || name == "partial" || name == "timedelta" || name == "Timedelta"
}

// fitItems writes as many items of a sequence as there is room for.
func (w formWriter) fitItems(f *form, room int) string {
	if text := w.alike(f); text != "" && width(text) <= room {
		return text
	}
	room -= width(f.open) + width(f.shut)
	inside := w.firstOnes(f.items, room, ", ", f.more)
	if inside == "" && f.isKeyed() {
		inside = w.someWhole(f.items, room, f.more)
	}
	if inside == "" && f.isKeyed() {
		inside = w.keysAlone(f.items, room, f.more)
	}
	if inside == "" {
		inside = w.cutFirst(f.items, room)
	}
	if inside == "" {
		return ""
	}
	return f.open + inside + f.shut
}

// isKeyed reports a dict, or an object that has its fields by name.
func (f *form) isKeyed() bool { return len(f.items) > 0 && f.items[0].key != "" }

// fitCall writes as many fields of an object as there is room for.
func (w formWriter) fitCall(f *form, room int) string {
	around := width(w.call(f, ""))
	if f.isPipeline() {
		if text := w.steps(f, room); text != "" {
			return text
		}
	}
	if inside := w.firstOnes(w.arguments(f), room-around, ", ", f.more); inside != "" {
		return w.call(f, inside)
	}
	if text := w.steps(f, room); text != "" {
		return text
	}
	values := make([]entry, len(f.items))
	for i, item := range f.items {
		values[i].value = item.value
	}
	for _, items := range [][]entry{f.items, values} {
		if inside := w.someWhole(items, room-around, f.more); inside != "" {
			return w.call(f, inside)
		}
	}
	for _, items := range [][]entry{w.arguments(f), values} {
		if inside := w.spread(items, room-around, ", ", f.more); inside != "" {
			return w.call(f, inside)
		}
	}
	if text := w.call(f, w.dots); width(text) <= room {
		return text
	}
	return ""
}

// alike is "4 × ndarray" of several values of one kind that are not told by a short text.
func (w formWriter) alike(f *form) string {
	if len(f.items) < 2 || f.more {
		return ""
	}
	name := f.items[0].value.text
	for _, item := range f.items {
		if item.key != "" || item.value.kind != formTable || item.value.text != name {
			return ""
		}
	}
	return count(uint64(len(f.items))) + " " + w.times + " " + tame(name, w.ascii)
}

// spread writes the first items in a room, and dots for the rest: as many as there is room
// for at least a part of, the first ones longest.
func (w formWriter) spread(items []entry, room int, separator string, more bool) string {
	if text := w.firstOnes(items, room, separator, more); text != "" {
		return text
	}
	return w.cutFirst(items, room)
}

// firstOnes is spread where each item keeps so much that it can be known again; "" where
// not even the first one can.
func (w formWriter) firstOnes(items []entry, room int, separator string, more bool) string {
	for n := len(items); n > 0; n-- {
		if text, ok := w.first(items[:n], room, separator, more || n < len(items)); ok {
			return text
		}
	}
	return ""
}

// cutFirst is the beginning of the first item.
func (w formWriter) cutFirst(items []entry, room int) string {
	if len(items) == 0 || room < 4 {
		return ""
	}
	text := tame(items[0].key, w.ascii) + w.whole(items[0].value)
	return cutEnd(text, room-width(w.dots)) + w.dots
}

// first writes all of some items, cut where they must be, and dots behind them if there
// are more.
func (w formWriter) first(items []entry, room int, separator string, more bool) (string, bool) {
	room -= width(separator) * (len(items) - 1)
	if more {
		room -= width(strings.TrimRight(separator, " ")+" ") + width(w.dots)
	}
	needs := make([]int, len(items))
	for i, item := range items {
		needs[i] = width(tame(item.key, w.ascii)) + min(width(w.whole(item.value)), item.value.least())
		room -= needs[i]
	}
	if room < 0 {
		return "", false
	}
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(separator)
		}
		key := tame(item.key, w.ascii)
		text := w.fit(item.value, needs[i]-width(key)+room)
		b.WriteString(key + text)
		room -= width(key) + width(text) - needs[i]
	}
	if more {
		b.WriteString(strings.TrimRight(separator, " ") + " " + w.dots)
	}
	return b.String(), room >= 0
}

// fitPath leaves out the first folders of a path.
func (w formWriter) fitPath(f *form, room int) string {
	rest := tame(f.text, w.ascii)
	for {
		at := strings.IndexAny(rest[min(1, len(rest)):], `/\`)
		if at < 0 {
			break
		}
		rest = rest[at+1:]
		if text := w.dots + rest; width(text) <= room {
			return text
		}
	}
	name := strings.TrimLeft(rest, `/\`)
	if width(name) <= room {
		return name
	}
	return cutMiddle(name, room, w.dots)
}
