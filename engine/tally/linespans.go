package tally

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// LineSpans are the spans of a file of which nothing is known but its lines, the
// first at index 0: each from its first character that is no space to its last. A
// line that is empty or a comment has no code.
func LineSpans(source string) []Span {
	lines := strings.Split(source, "\n")
	spans := make([]Span, len(lines))
	for i, line := range lines {
		text := strings.TrimRightFunc(line, isSpace)
		bare := strings.TrimLeftFunc(text, isSpace)
		end := utf8.RuneCountInString(text)
		start := end - utf8.RuneCountInString(bare)
		spans[i] = Span{
			Line: i + 1, Col: start, EndLine: i + 1, EndCol: end, HeadLine: i + 1, HeadCol: end,
			Kind: "line", NoCode: bare == "" || bare[0] == '#',
		}
	}
	return spans
}

// isSpace is what Python's str.strip takes away.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
