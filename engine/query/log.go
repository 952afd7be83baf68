package query

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// ParseLog reads a log message: a template of text and {expression}s, as
// Python's f-strings have them ({x!r:>8}, {x=}, {{ for a brace), or a printer
// such as VarsPrinter("a", "b.c").
//
// The Action is only right if the List has no errors.
// Which of the two is meant shows in the first words, so that a printer with a mistake in it is told
// of as a printer, and not printed as a text.
func ParseLog(text string) (Action, diag.List) {
	c := &collector{size: len(text)}
	if readsAsPrinter(text) {
		b := &builder{text: text, diags: c}
		a := b.action(b.eval(parseExpression(text, c)))
		if a == nil {
			if !c.list.HasErrors() {
				c.errorf(whole(text), "not-an-action", "this is no printer")
			}
			return NewAction("Log"), c.list
		}
		return *a, c.list
	}
	t := &template{text: text, diags: c}
	t.read()
	a := NewAction("Log")
	a.Template = t.pieces
	return a, c.list
}

// readsAsPrinter reports whether a log message is the call of an action, or
// nothing but an action's name.
// A blank before the bracket makes it a text: "Debugger (attached)" is what a person prints.
func readsAsPrinter(text string) bool {
	c := &collector{size: len(text)}
	toks := lex(text, c)
	i := 0
	if len(toks) > 2 && toks[0].is("hunter") && toks[1].is(".") {
		i = 2
	}
	if toks[i].kind != tokName || actionClasses[toks[i].text] == nil {
		return false
	}
	return toks[i+1].kind == tokEOF || toks[i+1].is("(") && toks[i+1].span.Start == toks[i].span.End
}

// template reads a log message piece by piece.
type template struct {
	text   string
	pos    int
	diags  *collector
	plain  strings.Builder
	pieces []Piece
	slots  int
	depth  int // 1 in a format, 2 in a format of that
}

// read takes the text apart into plain pieces and slots. A doubled brace is a brace, as in format
// strings.
func (t *template) read() {
	for t.pos < len(t.text) {
		rest := t.text[t.pos:]
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			t.plain.WriteByte(rest[0])
			t.pos += 2
		case rest[0] == '{':
			t.slot()
		default:
			t.plain.WriteByte(rest[0])
			t.pos++
		}
	}
	t.flush()
}

// flush ends the plain piece under way; Slot is -1 where there is none.
func (t *template) flush() {
	if t.plain.Len() > 0 {
		t.pieces = append(t.pieces, Piece{Text: t.plain.String(), Slot: -1})
		t.plain.Reset()
	}
}

// slot reads {expression=!r:format}.
func (t *template) slot() {
	open := t.pos
	start := open + 1
	end := t.expressionEnd(start)
	if end >= len(t.text) {
		t.pos = len(t.text)
		t.diags.add(diag.Diagnostic{Severity: diag.Error, Code: "unclosed-bracket", Span: between(open, open+1),
			Summary: "'{' was never closed", Hint: "Write {{ for a brace."})
		return
	}
	piece := Piece{Slot: t.slots}
	expr := t.text[start:end]
	// {x=} shows the expression as it was written, blanks included, and repr() of the value.
	if body, ok := strings.CutSuffix(strings.TrimRight(expr, " "), "="); ok && !endsComparison(body) {
		t.plain.WriteString(expr)
		expr = body
		piece.Conversion = "r"
	}
	t.check(expr, start, open)
	t.pos = end
	if t.text[t.pos] == '!' {
		t.conversion(&piece)
	}
	if t.pos < len(t.text) && t.text[t.pos] == ':' {
		t.format(&piece)
	}
	if t.pos >= len(t.text) || t.text[t.pos] != '}' {
		t.diags.errorf(between(open, min(t.pos+1, len(t.text))), "unclosed-bracket", "'{' was never closed")
		t.pos = len(t.text)
		return
	}
	t.pos++
	t.flush()
	piece.Expr = strings.TrimSpace(expr)
	t.pieces = append(t.pieces, piece)
	t.slots++
}

// endsComparison reports whether a text followed by = would be an operator.
func endsComparison(s string) bool {
	return s != "" && strings.IndexByte("=!<>", s[len(s)-1]) >= 0
}

// check reports what is wrong with an expression that starts at start.
func (t *template) check(expr string, start, open int) {
	if strings.TrimSpace(expr) == "" {
		t.diags.errorf(between(open, start+len(expr)+1), "syntax", "an expression is missing between the braces")
		return
	}
	for _, d := range PythonExpression(expr) {
		d.Span = between(d.Span.Start+start, d.Span.End+start)
		t.diags.add(d)
	}
}

// expressionEnd finds what ends an expression: } or : or ! at its own level,
// outside of brackets and quotes.
// A lambda or a dict needs brackets around it, as in f-strings before 3.12; != is an operator.
func (t *template) expressionEnd(i int) int {
	depth := 0
	for i < len(t.text) {
		switch c := t.text[i]; {
		case c == '"' || c == '\'':
			i = stringEnd(t.text, i)
			continue
		case c == '(' || c == '[' || c == '{':
			depth++
		case depth > 0 && (c == ')' || c == ']' || c == '}'):
			depth--
		case depth == 0 && (c == '}' || c == ':' || c == '!' && (i+1 >= len(t.text) || t.text[i+1] != '=')):
			return i
		}
		i++
	}
	return i
}

// stringEnd is the offset behind the string literal that starts at i.
// It is the end of the text where the literal is not closed: nobody can tell where it should have been.
func stringEnd(s string, i int) int {
	quote := s[i : i+1]
	if strings.HasPrefix(s[i:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	for i += len(quote); i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if strings.HasPrefix(s[i:], quote) {
			return i + len(quote)
		}
	}
	return len(s)
}

// conversion reads !r, !s or !a.
func (t *template) conversion(piece *Piece) {
	t.pos++
	start := t.pos
	for t.pos < len(t.text) && isNameByte(t.text[t.pos]) {
		t.pos++
	}
	piece.Conversion = t.text[start:t.pos]
	if c := piece.Conversion; c != "r" && c != "s" && c != "a" {
		t.diags.errorf(between(start-1, t.pos), "bad-conversion", "conversion must be !r, !s or !a")
	}
}

// format reads :spec, in which {expressions} may be nested twice, as in
// f-strings.
func (t *template) format(piece *Piece) {
	t.pos++
	start, shown := t.pos, t.plain.String()
	inner := &template{text: t.text, pos: start, diags: t.diags, depth: t.depth + 1}
	for inner.pos < len(t.text) && t.text[inner.pos] != '}' {
		if t.text[inner.pos] != '{' {
			inner.plain.WriteByte(t.text[inner.pos])
			inner.pos++
			continue
		}
		if t.depth > 1 {
			t.diags.errorf(between(inner.pos, inner.pos+1), "unsupported", "expressions are nested too deeply")
			inner.pos = len(t.text)
			break
		}
		inner.flush()
		inner.slot()
	}
	t.pos = inner.pos
	piece.Format = t.text[start:t.pos]
	if inner.slots > 0 {
		inner.flush()
		piece.Nested = inner.pieces
		for i := range piece.Nested {
			piece.Nested[i].Slot = min(piece.Nested[i].Slot, 0)
		}
	}
	if piece.Format != "" && piece.Conversion == "r" && strings.HasSuffix(shown, "=") {
		piece.Conversion = "" // as in f-strings: {x=:>5} formats x itself
	}
}
