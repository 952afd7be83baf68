package syntax

import "slices"

// finish takes from a Unit the Tokens that mean nothing, and sums it up.
func (s *scanner) finish(u *Unit) {
	t := s.text
	if s.comma || s.parens {
		f := filter{text: t, unit: u, tokens: t.Tokens[u.From:u.To]}
		f.run()
		t.Tokens = t.Tokens[:int(u.From)+len(f.tokens)]
		u.To = int32(len(t.Tokens))
	}
	for _, token := range t.Tokens[u.From:u.To] {
		u.Sum = mix(u.Sum, token.Sum)
	}
	n := u.To - u.From
	u.Bare = u.Header && n <= 2
	if !u.Header || n < 2 {
		return
	}
	at := u.From
	first := t.text(at)
	if first == "async" {
		at++
		first = t.text(at)
	}
	if (first == "def" || first == "class") && at+1 < u.To {
		u.Name = max(mix(mix(0, t.Tokens[at].Sum), t.Tokens[at+1].Sum), 1)
	}
}

// filter drops the punctuation that a formatter adds or takes away as it splits and
// joins lines: a comma before a closing bracket, parentheses around a whole expression.
// It never makes two statements alike that mean something else.
type filter struct {
	text   *Text
	unit   *Unit
	tokens []Token
	closer []int32 // for each opening bracket its closing one
	commas []int32 // for each opening bracket how many commas are directly in it
	opener []int32 // for each closing bracket its opening one
	drop   []bool
}

// run drops commas first: a parenthesis around one expression with a trailing comma is a
// tuple, and stays.
func (f *filter) run() {
	n := len(f.tokens)
	f.closer, f.opener, f.commas, f.drop = make([]int32, n), make([]int32, n), make([]int32, n), make([]bool, n)
	f.pair()
	for i := range f.tokens {
		if f.opener[i] > 0 || f.tokens[i].op == ')' {
			f.trailing(i)
		}
	}
	f.parentheses()
	i := -1
	f.tokens = slices.DeleteFunc(f.tokens, func(Token) bool { i++; return f.drop[i] })
}

// pair finds which bracket closes which. What nothing closes has no partner, which is 0.
func (f *filter) pair() {
	var open []int
	for i, t := range f.tokens {
		if t.Kind != Op {
			continue
		}
		switch t.op {
		case '(', '[', '{':
			open = append(open, i)
		case ',':
			if len(open) > 0 {
				f.commas[open[len(open)-1]]++
			}
		case ')', ']', '}':
			if len(open) > 0 {
				from := open[len(open)-1]
				open = open[:len(open)-1]
				f.closer[from], f.opener[i] = int32(i), int32(from)
			}
		}
	}
}

// trailing drops the comma before a closing bracket, but the one that makes a tuple.
func (f *filter) trailing(closer int) {
	from := int(f.opener[closer])
	if closer == 0 || f.tokens[closer-1].op != ',' || f.closer[from] != int32(closer) || closer-1 == from {
		return
	}
	operand := f.text.isOperand(f.unit.From, f.unit.From+int32(from)-1)
	tuple := f.tokens[from].op == '(' && !operand && !f.follows(from, "import", "with") ||
		f.tokens[from].op == '[' && operand
	if tuple && f.commas[from] == 1 {
		return
	}
	f.drop[closer-1] = true
	f.commas[from]--
}

// follows reports whether one of some words stands before a token.
func (f *filter) follows(i int, words ...string) bool {
	return i > 0 && f.tokens[i-1].Kind == Name && slices.Contains(words, f.text.text(f.unit.From+int32(i)-1))
}

// parentheses drops those around all of what is returned, assigned, tested, imported.
// Only what stands in no other bracket is looked at.
func (f *filter) parentheses() {
	first := f.text.text(f.unit.From)
	before := -1 // the last token that was not dropped
	for i := 0; i < len(f.tokens); i++ {
		if f.drop[i] {
			continue
		}
		t := f.tokens[i]
		isOpener := t.Kind == Op && (t.op == '(' || t.op == '[' || t.op == '{')
		closer := int(f.closer[i])
		if !isOpener || closer == 0 {
			before = i
			continue
		}
		switch {
		case first == "class" && t.op == '(' && closer == i+1,
			t.op == '(' && closer > i+1 && f.mayOpen(first, before, f.commas[i] > 0) && f.mayClose(first, closer):
			f.drop[i], f.drop[closer] = true, true
		default:
			i, before = closer, closer
		}
	}
}

// mayOpen reports whether a parenthesis behind a token begins a whole expression; tuple:
// it has commas, which would mean something else without it in most places.
func (f *filter) mayOpen(first string, before int, tuple bool) bool {
	if before < 0 {
		return true
	}
	switch t := f.tokens[before]; t.Kind {
	case Op:
		return t.op == '=' || t.op == opAssign
	case Name:
		switch f.text.text(f.unit.From + int32(before)) {
		case "return", "import", "del", "for", "with", "yield":
			return true
		case "in":
			return !tuple || first == "for" || first == "async"
		case "match", "case":
			return !tuple && f.unit.Header
		case "if", "elif", "while", "assert", "raise", "from", "except":
			return !tuple
		}
	}
	return false
}

// mayClose reports whether nothing of the expression follows a parenthesis.
func (f *filter) mayClose(first string, closer int) bool {
	next := closer + 1
	for next < len(f.tokens) && f.drop[next] {
		next++
	}
	if next == len(f.tokens) {
		return true
	}
	switch t := f.tokens[next]; t.Kind {
	case Op:
		return t.op == '=' || t.op == opAssign || t.op == ':' && f.unit.Header && next == len(f.tokens)-1
	case Name:
		return f.text.text(f.unit.From+int32(next)) == "in" && (first == "for" || first == "async")
	}
	return false
}
