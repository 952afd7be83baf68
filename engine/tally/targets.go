package tally

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/syntax"
)

// targets are the names that a statement assigns to, as Samples name them:
// "x", "self.total", "memo[n]". text is the statement's head. It is a scanner
// and no parser: the text has run, so it is right Python.
func targets(kind, text string) []string {
	switch kind {
	case "assign":
		return names(beforeEquals(text))
	case "for", "async for", "comprehension":
		return append(loopTargets(text), walrus(text)...)
	case "with", "async with", "except":
		return append(asTargets(text), walrus(text)...)
	// What a module is named tells nothing: no value is shown for it.
	case "import":
		return nil
	}
	return walrus(text)
}

// scan calls visit for each byte that is outside strings and comments, with
// the depth of brackets it is in, until visit returns false.
func scan(text string, visit func(at, depth int) bool) {
	// Depth is counted without looking which bracket it is: the text is right Python.
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\'', '"':
			i = stringEnd(text, i) - 1
			continue
		case '#':
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return
			}
			i += n
		case ')', ']', '}':
			depth--
		}
		if !visit(i, depth) {
			return
		}
		switch text[i] {
		case '(', '[', '{':
			depth++
		}
	}
}

// stringEnd is where the string that starts at a quote ends.
func stringEnd(text string, at int) int {
	quote := text[at : at+1]
	if strings.HasPrefix(text[at:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	for i := at + len(quote); i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], quote):
			return i + len(quote)
		case text[i] == '\n' && len(quote) == 1:
			return i
		}
	}
	return len(text)
}

// beforeEquals cuts an assignment to what is assigned to: up to its last '='
// outside brackets, without an annotation or the operator of an augmented one.
func beforeEquals(text string) string {
	end, colon := 0, -1
	words(text, func(word string, start, _ int) {
		if word == "lambda" && start < len(text) {
			text = text[:start] // its defaults have a '=' too
		}
	})
	scan(text, func(i, depth int) bool {
		if depth > 0 {
			return true
		}
		switch {
		case text[i] == ':' && colon < 0 && end == 0:
			colon = i
		case text[i] == '=' && isAssign(text, i):
			end = i
			if i > 0 && strings.IndexByte("+-*/%@&|^<>", text[i-1]) >= 0 {
				return false
			}
		}
		return true
	})
	if colon >= 0 {
		end = min(colon, max(end, colon))
	}
	return text[:end]
}

// assigns reports whether a statement of the kind "assign" gives a value; an annotation alone does not.
func assigns(text string) bool {
	found := false
	scan(text, func(i, depth int) bool {
		found = depth == 0 && text[i] == '=' && isAssign(text, i)
		return !found
	})
	return found
}

// isAssign tells the '=' at i from a comparison's and a walrus's.
func isAssign(text string, i int) bool {
	if i+1 < len(text) && text[i+1] == '=' {
		return false
	}
	if i == 0 {
		return true
	}
	switch text[i-1] {
	case '=', '!', ':':
		return false
	// <<= and >>= assign, <= and >= compare.
	case '<', '>':
		return i > 1 && text[i-2] == text[i-1]
	}
	return true
}

// loopTargets are what stands between each "for" and its "in".
func loopTargets(text string) []string {
	var out []string
	from := -1
	words(text, func(word string, start, end int) {
		switch {
		case word == "for":
			from = end
		case word == "in" && from >= 0:
			out = append(out, names(text[from:start])...)
			from = -1
		}
	})
	return out
}

// asTargets are what follows each "as".
func asTargets(text string) []string {
	var out []string
	words(text, func(word string, _, end int) {
		if word != "as" {
			return
		}
		rest := text[end:]
		stop := len(rest)
		scan(rest, func(i, depth int) bool {
			if depth < 0 || depth == 0 && (rest[i] == ',' || rest[i] == ':') {
				stop = i
				return false
			}
			return true
		})
		out = append(out, names(rest[:stop])...)
	})
	return out
}

// walrus are the names before each ":=".
func walrus(text string) []string {
	var out []string
	words(text, func(word string, _, end int) {
		if strings.HasPrefix(strings.TrimLeft(text[end:], " \t"), ":=") {
			out = append(out, word)
		}
	})
	return out
}

// names are the targets in a target list: chains of attributes and items.
func names(text string) []string {
	var out []string
	after := 0
	words(text, func(word string, start, end int) {
		if start < after {
			return
		}
		after = chainEnd(text, end)
		out = append(out, strings.Join(strings.Fields(text[start:after]), ""))
	})
	return out
}

// chainEnd is where the attributes and items that follow a name end.
func chainEnd(text string, at int) int {
	for at < len(text) {
		switch text[at] {
		case '.':
			at++
			for at < len(text) && syntax.IsNameByte(text[at]) {
				at++
			}
		case '[':
			close := len(text)
			scan(text[at:], func(i, depth int) bool {
				if depth == 0 && text[at+i] == ']' {
					close = at + i + 1
					return false
				}
				return true
			})
			at = close
		default:
			return at
		}
	}
	return at
}

// words calls visit for each identifier or keyword outside strings; a string's
// prefix is none.
func words(text string, visit func(word string, start, end int)) {
	start, last := -1, -1
	scan(text+" ", func(i, _ int) bool {
		if start >= 0 && i != last+1 {
			start = -1 // a string followed
		}
		last = i
		if i < len(text) && syntax.IsNameByte(text[i]) {
			if start < 0 {
				start = i
			}
			return true
		}
		if start >= 0 && (text[start] < '0' || text[start] > '9') {
			visit(text[start:i], start, i)
		}
		start = -1
		return true
	})
}

// parameters are the names that a def's head gives to its arguments.
func parameters(head string) []string {
	var out []string
	open, fresh := false, false
	var inside int
	// Words are found first: an annotation or a default, which may hold words of its own, follows
	// the name of a parameter and comes before the next comma at the same depth.
	wordAt := map[int]string{}
	words(head, func(word string, start, _ int) { wordAt[start] = word })
	scan(head, func(i, depth int) bool {
		switch {
		case !open && head[i] == '(' && depth == 0:
			open, fresh, inside = true, true, depth+1
		case open && depth < inside:
			return false
		case open && depth == inside && head[i] == ',':
			fresh = true
		case open && fresh && depth == inside && wordAt[i] != "":
			out = append(out, wordAt[i])
			fresh = false
		}
		return true
	})
	return out
}
