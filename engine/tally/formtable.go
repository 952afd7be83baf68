package tally

import (
	"strconv"
	"strings"
)

// table reads an array or a table behind its name: its shape, the type of its elements,
// how many of them are not there, its columns or its first elements.
//
//	ndarray 1000×1000 float64 3 nan
//	ndarray 3 float64 [0.5, 1.0, nan]
//	DataFrame 1307×6: city, price, …
//	Series 5 object {'city': 'Bern', 'price': 98.0}
func (r *formReader) table(name string, depth int) *form {
	f := &form{kind: formTable, text: name}
	f.shape = r.upTo(" :,)]}")
	switch {
	case r.skip(": "):
		f.open = ":"
		f.items, f.more = r.columns(columnsIn(f.shape))
		return f
	case r.skip(" {"): // a structured type: its fields
		f.element = "{" + r.upTo("}") + "}"
		r.skip("}")
	case r.has(" ") && !r.has(" [") && !r.has(" {"):
		r.at++
		f.element = shortType(r.upTo(" ,)]}"))
	}
	if missing := missingAt(r.rest()); missing > 0 {
		f.element += " " + strings.ReplaceAll(r.text[r.at+1:r.at+missing], " ", "")
		r.at += missing
	}
	for r.has(" ") && !r.has(" [") && !r.has(" {") && f.shape != scalar {
		r.at++
		f.element += " " + r.upTo(" ,)]}") // on which device
	}
	switch {
	case f.shape == scalar && r.skip(" "):
		f.items = []entry{{value: r.value(depth)}}
	case r.skip(" ["):
		f.open = "["
		f.items, f.more = r.entries("]", depth)
	case r.skip(" {"):
		f.open = "{"
		f.items, f.more = r.entries("}", depth)
	}
	return f
}

// upTo reads up to one of some characters.
func (r *formReader) upTo(stops string) string {
	rest := r.rest()
	end := strings.IndexAny(rest, stops)
	if end < 0 {
		end = len(rest)
	}
	r.at += end
	return rest[:end]
}

// scalar is the shape of an array without axes.
const scalar = "0-d"

// columnsIn is how many columns a table of a shape has.
func columnsIn(shape string) int {
	n, _ := strconv.Atoi(shape[strings.LastIndex(shape, "×")+len("×"):])
	return n
}

// columns reads the names of n columns; dots stand for the last of them.
func (r *formReader) columns(n int) (items []entry, more bool) {
	for range n {
		name := r.upTo(",)]}")
		// The text was cut inside of this name, or before it.
		if r.at == len(r.text) && strings.HasSuffix(name, "...") || name == "…" || name == "" {
			return items, true
		}
		items = append(items, entry{value: aWord(name)})
		if len(items) == n || !r.skip(", ") {
			break
		}
	}
	return items, len(items) < n
}

// missingAt is how long " 3 nan" at the start of a text is; 0: it is something else.
func missingAt(s string) int {
	n := 1
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	for _, what := range []string{" nan", " null", " NaT"} {
		if n > 1 && s[0] == ' ' && strings.HasPrefix(s[n:], what) {
			return n + len(what)
		}
	}
	return 0
}

// shortType is numpy's own short name of a type of elements.
func shortType(name string) string {
	// Bytes and not bits, as in arr.dtype.str: f8.
	for _, known := range []struct{ long, short string }{{"float", "f"}, {"int", "i"}, {"uint", "u"}, {"complex", "c"}} {
		switch bits, ok := strings.CutPrefix(name, known.long); {
		case !ok:
		case bits == "8":
			return known.short + "1"
		case bits == "16":
			return known.short + "2"
		case bits == "32":
			return known.short + "4"
		case bits == "64":
			return known.short + "8"
		case bits == "128":
			return known.short + "16"
		}
	}
	// Numpy has a short name for all but this one.
	if name == "object" {
		return "obj"
	}
	return name
}

// table is all that is known of one.
func (w formWriter) table(f *form) string {
	switch {
	case f.shape == scalar && len(f.items) == 1:
		return w.whole(f.items[0].value)
	// No elements are known, which is not the same as none being there: "[]" says that.
	case f.open == "" || len(f.items) == 0 && f.open != "[":
		return w.head(f)
	case f.open == ":":
		return w.head(f) + " " + w.join(f.items, ",", false) + w.dotsIf(f.more)
	case f.open == "{":
		return strings.Join(w.cells(f), " ") + w.spaced(f.more)
	case f.more:
		return w.head(f) + " " + strings.Join(w.elements(f), " ") + w.spaced(true)
	case len(f.items) == 0:
		return w.head(f) + " []"
	}
	return "[" + strings.Join(w.elements(f), " ") + "]"
}

// dotsIf is dots where something was left out.
func (w formWriter) dotsIf(more bool) string {
	if more {
		return w.dots
	}
	return ""
}

// spaced is dotsIf behind words that blanks separate.
func (w formWriter) spaced(more bool) string {
	if more {
		return " " + w.dots
	}
	return ""
}

// head is the shape and the type.
func (w formWriter) head(f *form) string {
	shape := strings.ReplaceAll(f.shape, "×", w.times)
	if f.element == "" {
		return shape
	}
	return shape + " " + tame(f.element, w.ascii)
}

// elements are the elements of an array, as short as numpy writes them: 1 for 1.0.
func (w formWriter) elements(f *form) []string {
	out := make([]string, len(f.items))
	for i, item := range f.items {
		out[i] = bareText(strings.TrimSuffix(w.whole(item.value), ".0"))
	}
	return out
}

// cells are the values of a row with their names: city=Bern price=98.
func (w formWriter) cells(f *form) []string {
	out := make([]string, len(f.items))
	for i, item := range f.items {
		key := bareText(strings.TrimSuffix(tame(item.key, w.ascii), ": "))
		out[i] = key + "=" + bareText(strings.TrimSuffix(w.whole(item.value), ".0"))
	}
	return out
}

// bareText is a text without its quotes where it is one word.
func bareText(text string) string {
	if len(text) > 2 && text[0] == '\'' && text[len(text)-1] == '\'' && !strings.ContainsAny(text[1:len(text)-1], " =,\\") {
		return text[1 : len(text)-1]
	}
	return text
}

// fitTable is what tells most of a table in little room.
func (w formWriter) fitTable(f *form, room int) string {
	switch {
	case f.open == "{":
		return w.firstWords("", w.cells(f), " ", " "+w.dots, room)
	case f.open == ":":
		var names []string
		for _, item := range f.items {
			names = append(names, w.whole(item.value))
		}
		if text := w.firstWords(w.head(f)+" ", names, ",", w.dots, room); text != "" {
			return text
		}
	case len(f.items) > 0:
		if text := w.firstWords(w.head(f)+" ", w.elements(f), " ", " "+w.dots, room); text != "" {
			return text
		}
	}
	if head := w.head(f); width(head) <= room {
		return head
	}
	return ""
}

// firstWords is a head and the first of some words that fit, with dots behind them.
func (w formWriter) firstWords(head string, words []string, separator, dots string, room int) string {
	text := ""
	for i := range words {
		longer := head + strings.Join(words[:i+1], separator) + dots
		if width(longer) > room {
			break
		}
		text = longer
	}
	return text
}
