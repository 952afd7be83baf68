package tally

import (
	"strings"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/syntax"
)

// mostDepth is how deep a value is taken apart; the bridge writes five levels.
const mostDepth = 12

// readForm takes the text of a value apart. What it does not know is a word.
func readForm(text string) *form {
	// A value that the bridge cut in its middle says how long it is: that comes first, for the rest
	// of the reader would take the dots for the end.
	if long := readLong(text); long != nil {
		return long
	}
	r := formReader{text: text}
	f := r.value(0)
	// What is not read to its end was misread: as a word it is at least not wrong.
	if rest := r.text[r.at:]; rest != "" && rest != "..." && rest != "…" {
		return &form{kind: formWord, text: brief(text)}
	}
	return f
}

// formReader reads a text as Python writes values, and as the bridge does that cuts them.
type formReader struct {
	text string
	at   int
}

// rest is what has not been read yet.
func (r *formReader) rest() string { return r.text[r.at:] }

// has reports whether what has not been read yet begins with a prefix.
func (r *formReader) has(prefix string) bool { return strings.HasPrefix(r.text[r.at:], prefix) }

// skip goes past a prefix, if it is there.
func (r *formReader) skip(prefix string) bool {
	if !r.has(prefix) {
		return false
	}
	r.at += len(prefix)
	return true
}

// ends reports that the text was cut here.
func (r *formReader) ends() bool { return r.at >= len(r.text) || r.rest() == "..." }

// value reads one value, up to what separates it from the next. It always comes to an end, also
// in texts that were cut anywhere and in reprs that nobody foresaw.
func (r *formReader) value(depth int) *form {
	rest := r.rest()
	switch {
	case rest == "" || depth > mostDepth:
		r.at = len(r.text)
		return &form{kind: formWord, text: brief(rest)}
	case rest[0] == '[':
		return r.items("[", "]", depth)
	case rest[0] == '(':
		return r.items("(", ")", depth)
	case rest[0] == '{':
		if word, ok := r.placeholder(); ok {
			return word
		}
		return r.items("{", "}", depth)
	case rest[0] == '<':
		return r.angle()
	case quoteAt(rest) >= 0:
		return r.quoted(quoteAt(rest))
	}
	return r.named(depth)
}

// placeholder is {redacted}, which is no set.
func (r *formReader) placeholder() (*form, bool) {
	for _, text := range []string{"{redacted}"} {
		if r.skip(text) {
			return &form{kind: formWord, text: text}, true
		}
	}
	return nil, false
}

// quoteAt is where the quote of a text begins, behind the b of bytes; -1: it is none.
func quoteAt(s string) int {
	for at := 0; at < len(s) && at < 2; at++ {
		switch s[at] {
		case '\'', '"':
			return at
		case 'b', 'r', 'u', 'B':
		default:
			return -1
		}
	}
	return -1
}

// quoted reads a text from its quote on, which stands so many bytes behind where reading is.
// Escapes are left as they are: forms are shown as Python wrote them.
func (r *formReader) quoted(quote int) *form {
	from := r.at
	at := from + quote + 1
	for at < len(r.text) && r.text[at] != r.text[from+quote] {
		if r.text[at] == '\\' {
			at++
		}
		at++
	}
	r.at = min(at+1, len(r.text))
	return &form{kind: formText, text: r.text[from:r.at]}
}

// items reads what stands in brackets.
func (r *formReader) items(open, shut string, depth int) *form {
	f := &form{kind: formItems, open: open, shut: shut}
	r.at += len(open)
	f.items, f.more = r.entries(shut, depth)
	return f
}

// entries reads items up to a bracket; more says that some were left out.
func (r *formReader) entries(shut string, depth int) (items []entry, more bool) {
	for {
		switch {
		case r.skip(shut):
			return items, more
		case r.ends():
			r.at = len(r.text)
			return items, true
		case r.skip("...") || r.skip("…"):
			more = true
		case r.has("<") && openAngle(r.rest()) == 0:
			r.at = len(r.text) // an object in which the text was cut
			return items, true
		case r.skip(", ") || r.skip(",") || r.skip(" "):
		default:
			from := r.at
			items = append(items, r.entry(depth))
			if r.at == from {
				r.at = len(r.text) // nothing that is known: the rest is left
			}
		}
	}
}

// entry reads an item, with its key or the name of a field.
func (r *formReader) entry(depth int) entry {
	if name := fieldName(r.rest()); name != "" {
		r.at += len(name)
		return entry{key: name, value: r.value(depth + 1)}
	}
	from := r.at
	first := r.value(depth + 1)
	if !r.has(": ") {
		return entry{value: first}
	}
	key := r.text[from:r.at]
	r.at += 2
	return entry{key: brief(key) + ": ", value: r.value(depth + 1)}
}

// fieldName is "name=" at the start of a text.
func fieldName(s string) string {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '=' && i > 0 && s[0] > '9':
			return s[:i+1]
		case !syntax.IsNameByte(s[i]):
			return ""
		}
	}
	return ""
}

// angle reads <…>: an object without a text of its own, a member of an Enum, a match, a file.
func (r *formReader) angle() *form {
	from, depth := r.at, 0
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case '\'', '"':
			r.at = stringEnd(r.text, r.at) - 1
		case '<':
			depth++
		case '>':
			depth--
		}
		r.at = min(r.at+1, len(r.text))
		if depth == 0 {
			break
		}
	}
	return angled(r.text[from:r.at])
}

// named reads what begins with a word: an object, a table, a number.
func (r *formReader) named(depth int) *form {
	rest := r.rest()
	n := 0
	for n < len(rest) && (syntax.IsNameByte(rest[n]) || rest[n] == '.') {
		n++
	}
	name := rest[:n]
	if n > 0 && rest[0] > '9' && rest[0] != '.' {
		switch {
		case strings.HasPrefix(rest[n:], "("):
			r.at += n + 1
			f := &form{kind: formCall, text: name}
			f.items, f.more = r.entries(")", depth)
			// The bridge says so behind an estimator of scikit-learn.
			for _, state := range []string{" fit", " unfit"} {
				if r.skip(state) {
					f.after = state
				}
			}
			return known(f)
		case isTable(rest[n:]):
			r.at += n + 1
			return r.table(name, depth)
		}
	}
	end := wordEnd(rest)
	r.at += end
	return &form{kind: formWord, text: word(rest[:end])}
}

// wordEnd is where a word ends that is none of what is known.
func wordEnd(s string) int {
	for i, c := range s {
		switch c {
		case ',', ')', ']', '}':
			if i == 0 {
				_, size := utf8.DecodeRuneInString(s)
				return size
			}
			return i
		case ':':
			if strings.HasPrefix(s[i:], ": ") {
				return i
			}
		}
	}
	return len(s)
}

// isTable reports " 3×4 …" behind a name.
func isTable(s string) bool {
	return len(s) > 1 && s[0] == ' ' && (s[1] >= '0' && s[1] <= '9')
}
