package tally

import (
	"slices"
	"strings"
)

// someWhole writes those fields that there is room for as they are, and dots for those before
// and between: of an object that begins with a long one, what else it has tells more than that
// one's first letters.
func (w formWriter) someWhole(items []entry, room int, more bool) string {
	var parts []string
	best := ""
	for i, item := range items {
		text := tame(item.key, w.ascii) + w.whole(item.value)
		if i == 0 && width(text)+width(w.dots) <= room {
			return "" // the first is not cut
		}
		if w.saysLittle(item.value) {
			text = ""
		}
		with := append(slices.Clone(parts), text)
		if rest := strings.Join(with, ", "); text != "" && width(rest)+w.restWidth(more || i+1 < len(items)) <= room {
			parts, best = with, rest
			if more || i+1 < len(items) {
				best += ", " + w.dots
			}
		} else if len(parts) == 0 || parts[len(parts)-1] != w.dots {
			parts = append(parts, w.dots)
		}
	}
	return best
}

// restWidth is the room that the dots behind other items need, where there are some.
func (w formWriter) restWidth(more bool) int {
	if !more {
		return 0
	}
	return 2 + width(w.dots)
}

// saysLittle reports what is nearly the same in any object: None, something empty, an object by its class.
func (w formWriter) saysLittle(f *form) bool {
	text := w.whole(f)
	return text == "None" || strings.HasPrefix(text, "<") || w.saysNothing(text) || text == "''"
}

// keysAlone are the first keys of a dict, where none of its values has room.
func (w formWriter) keysAlone(items []entry, room int, more bool) string {
	for n := len(items); n > 0; n-- {
		var keys []string
		for _, item := range items[:n] {
			keys = append(keys, tame(item.key, w.ascii)+w.dots)
		}
		if more || n < len(items) {
			keys = append(keys, w.dots)
		}
		if text := strings.Join(keys, ", "); width(text) <= room {
			return text
		}
	}
	return ""
}

// saysNothing reports a text of brackets and dots alone.
func (w formWriter) saysNothing(text string) bool {
	return strings.Trim(strings.ReplaceAll(text, w.dots, ""), "[](){}, ") == ""
}
