package syntax

import (
	"strings"
	"unicode/utf8"
)

// Text is a text and its Units, in the order in which they begin.
type Text struct {
	Source string // with \n as its only line end
	Units  []Unit
	Tokens []Token // of all Units
}

// Unit is a simple statement, or the header of a compound one, a clause or a
// decorator: what ends with its line, a semicolon, or the colon before a block.
type Unit struct {
	Line   int    // of its first character, from 1
	Start  int    // offset of that
	End    int    // offset of its end
	From   int32  // its Tokens
	To     int32  // the end of them
	Parent int32  // the Unit in whose block it is, -1: none
	Last   int32  // the end of the Units in its own block
	Sum    uint64 // the same for the same Tokens
	Name   uint64 // of a def or class: the same for the same kind and name; else 0
	Header bool   // it has a block, or ends as if it had
	Bare   bool   // a header that says nothing but its keyword, like "try:"
}

// Token is a piece of a Unit that matters: punctuation that a formatter adds or
// takes away is none.
type Token struct {
	Start, End int32 // offsets
	Sum        uint32
	Kind       Kind
	op         op
}

// Kind is what a Token is.
type Kind uint8

// The kinds of Tokens.
const (
	Op Kind = iota
	Name
	Number
	String
	Line // of a text that is not Python: a whole one
)

// text is a Token as it is written.
func (t *Text) text(i int32) string { return t.Source[t.Tokens[i].Start:t.Tokens[i].End] }

// First is the first Token of a Unit as it is written, "" if it has none.
func (t *Text) First(unit int32) string {
	if u := &t.Units[unit]; u.From < u.To {
		return t.text(u.From)
	}
	return ""
}

// IsNameByte reports a byte that a Python name may hold. Bytes beyond ASCII are taken for letters:
// in code that ran, outside strings, they are.
func IsNameByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// IsWord reports a Token that says what is done with what, which punctuation
// does not.
func (t *Token) IsWord() bool { return t.Kind != Op }

// Place is the line (from 1) and the column in characters of an offset in a Unit.
func (t *Text) Place(unit int32, offset int) (line, col int) {
	u := &t.Units[unit]
	line = u.Line + strings.Count(t.Source[u.Start:offset], "\n")
	return line, utf8.RuneCountInString(t.Source[strings.LastIndexByte(t.Source[:offset], '\n')+1 : offset])
}

// Newlines makes every line end of a text a \n, as the interpreter does.
func Newlines(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// Lines splits a text that is not Python: its Units are its lines that are not
// blank, without the blanks around them.
func Lines(text string) *Text {
	t := &Text{Source: Newlines(text)}
	for at, number := 0, 1; at < len(t.Source); number++ {
		end := strings.IndexByte(t.Source[at:], '\n')
		if end < 0 {
			end = len(t.Source) - at
		}
		if line := strings.TrimSpace(t.Source[at : at+end]); line != "" {
			start := at + strings.Index(t.Source[at:at+end], line)
			token := Token{Start: int32(start), End: int32(start + len(line)), Sum: sum32(line), Kind: Line}
			n := int32(len(t.Tokens))
			t.Tokens = append(t.Tokens, token)
			t.Units = append(t.Units, Unit{Line: number, Start: start, End: start + len(line),
				From: n, To: n + 1, Parent: -1, Last: int32(len(t.Units)) + 1, Sum: mix(0, token.Sum)})
		}
		at += end + 1
	}
	return t
}
