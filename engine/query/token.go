package query

import "github.com/tallyho-dev/tallyho/engine/diag"

// Span is a half-open range of byte offsets into a query's text.
type Span = diag.Span

// tokenKind is the kind of a token.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokName
	tokNumber
	tokString
	tokOp
	tokBad
)

// token is one word of a query. text is the source text; value is what a
// number or string literal means.
type token struct {
	kind  tokenKind
	span  Span
	text  string
	value Value
	// inner is where the first character of a string stands if the literal
	// spells its value byte for byte, else -1.
	inner   int
	fstring bool
}

// is reports whether the token is that operator or that keyword.
func (t token) is(text string) bool {
	return t.text == text && (t.kind == tokOp || t.kind == tokName)
}

// operators lists Python's operators and delimiters, longest first.
var operators = []string{
	"...", "**=", "//=", ">>=", "<<=",
	"**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
	"(", ")", "[", "]", "{", "}", ",", ":", ".", ";", "=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "@",
}

// keywords are Python's reserved words, which cannot be names.
var keywords = map[string]bool{
	"False": true, "None": true, "True": true, "and": true, "as": true, "assert": true, "async": true, "await": true,
	"break": true, "class": true, "continue": true, "def": true, "del": true, "elif": true, "else": true, "except": true,
	"finally": true, "for": true, "from": true, "global": true, "if": true, "import": true, "in": true, "is": true,
	"lambda": true, "nonlocal": true, "not": true, "or": true, "pass": true, "raise": true, "return": true, "try": true,
	"while": true, "with": true, "yield": true,
}

// IsKeyword reports a word of Python's own, which no variable can have as its name. Words that are
// reserved in some places alone (match, case, type) are names.
func IsKeyword(word string) bool { return keywords[word] }

// between is the span from one byte offset to another.
func between(start, end int) Span { return Span{Start: start, End: end} }
