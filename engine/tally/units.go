package tally

import (
	"iter"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// width counts UTF-16 units, in which editors measure labels.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		// A pair of surrogates.
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// tame makes a value fit for a label or a hover: one line, nothing that moves
// the cursor, reverses the text or hides, and plain ASCII where that is asked
// for. Escapes are Python's.
func tame(s string, ascii bool) string {
	bad := func(r rune) bool { return isHidden(r) || ascii && r > '~' }
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !bad(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		default:
			b.WriteString(escape(r))
		}
	}
	return b.String()
}

// escape is how Python's repr writes a character that it does not print.
func escape(r rune) string {
	hex := strconv.FormatInt(int64(r), 16)
	form, digits := `\x`, 2
	switch {
	case r > 0xFFFF:
		form, digits = `\U`, 8
	case r > 0xFF:
		form, digits = `\u`, 4
	}
	return form + strings.Repeat("0", digits-len(hex)) + hex
}

// isHidden reports runes that break a one-line label: controls, line and
// paragraph separators, and what changes the direction of the text.
func isHidden(r rune) bool {
	switch {
	case r == ' ':
		return false
	case unicode.IsControl(r), r == utf8.RuneError:
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F, r == 0xFEFF,
		0x2028 <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069:
		return true
	}
	return false
}

// cutMiddle shortens s to at most limit units; both ends of a value tell more
// than its middle. Combining marks stay with what they combine with.
func cutMiddle(s string, limit int, dots string) string {
	if len(s) <= limit || width(s) <= limit {
		return s
	}
	room := limit - width(dots)
	// Dots alone would say nothing.
	if room < 2 {
		return cutEnd(s, limit)
	}
	head := s[:prefix(s, room-room/2)]
	tail := s[len(head):]
	from := len(head) + suffix(tail, room/2)
	// A cut inside of an escape moves to its edge, so that nothing reads as another character.
	to := len(head)
	for start, end := range escapes(s) {
		if start < to && to < end {
			to = start
		}
		if start < from && from < end {
			from = end
		}
	}
	return s[:to] + dots + s[from:]
}

// escapes goes through the escapes of a text as Python writes them (\n, \x1b, \u20ac): a part of
// one would read as something else.
func escapes(s string) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for at := strings.IndexByte(s, '\\'); at >= 0 && at+1 < len(s); {
			end := min(len(s), at+escapeLength(s[at+1]))
			if !yield(at, end) {
				return
			}
			next := strings.IndexByte(s[end:], '\\')
			if next < 0 {
				return
			}
			at = end + next
		}
	}
}

// escapeLength is how long an escape is whose letter is behind the backslash.
func escapeLength(letter byte) int {
	switch letter {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}

// cutStart keeps at most limit units of the end, and no part of an escape.
func cutStart(s string, limit int) string {
	at := suffix(s, limit)
	for start, end := range escapes(s) {
		if start < at && at < end {
			at = end
		}
	}
	return s[at:]
}

// cutEnd keeps at most limit units from the start.
func cutEnd(s string, limit int) string { return s[:prefix(s, limit)] }

// prefix is the length in bytes of the longest start of s of at most units.
func prefix(s string, units int) int {
	for i, r := range s {
		if units -= width(string(r)); units < 0 {
			return i
		}
	}
	return len(s)
}

// suffix is where the longest end of s of at most units starts.
func suffix(s string, units int) int {
	at := len(s)
	for at > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:at])
		if units -= width(string(r)); units < 0 {
			break
		}
		at -= size
	}
	// The end must not begin with a mark that combines with what was cut off, or a joiner.
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if r != 0x200D && !unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) {
			break
		}
		at += size
	}
	return at
}

// count writes a number of hits: exact to 9999, then 12.3k, 4.5M; rounded
// down, so that a number never claims more than was counted.
func count(n uint64) string {
	if n <= 9999 {
		return strconv.FormatUint(n, 10)
	}
	for _, unit := range []struct {
		size uint64
		name string
	}{{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n < unit.size {
			continue
		}
		whole, tenth := n/unit.size, n%unit.size/(unit.size/10)
		if whole >= 100 || tenth == 0 {
			return strconv.FormatUint(whole, 10) + unit.name
		}
		return strconv.FormatUint(whole, 10) + "." + strconv.FormatUint(tenth, 10) + unit.name
	}
	return strconv.FormatUint(n, 10)
}
