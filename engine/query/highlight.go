package query

// Highlight is a word of a query and what it is, for an editor's colours.
type Highlight struct {
	Span Span
	Kind string // predicate, action, criterion, option, string, number, keyword, operator, name
}

// Highlights names the words of a query, in order. The text need not be right.
// Tokens are enough, and are all there is while a query is typed.
func Highlights(text string) []Highlight {
	var out []Highlight
	toks := lex(text, &collector{size: len(text)})
	for i, t := range toks {
		if kind := highlightOf(toks, i); kind != "" {
			out = append(out, Highlight{t.span, kind})
		}
	}
	return out
}

// highlightOf is the class of a token for an editor, "" for what has no colour. A name means what
// stands around it: before = it is a criterion or an option.
func highlightOf(toks []token, i int) string {
	t := toks[i]
	switch t.kind {
	case tokString:
		return "string"
	case tokNumber:
		return "number"
	case tokOp:
		if t.is("&") || t.is("|") || t.is("~") {
			return "operator"
		}
		return ""
	case tokName:
	default:
		return ""
	}
	_, called := SignatureOf(t.text)
	switch {
	case keywords[t.text]:
		return "keyword"
	// There is always a next token: the last one is the end.
	case toks[i+1].is("=") && (i == 0 || toks[i-1].is("(") || toks[i-1].is(",")):
		if readsAsCriterion(t.text) {
			return "criterion"
		}
		return "option"
	case actionClasses[t.text] != nil:
		return "action"
	case called && (t.text != "filter" || i > 0 && toks[i-1].is(".")):
		return "predicate"
	}
	return "name"
}

// readsAsCriterion reports whether a keyword starts with the name of a field.
// With an operator that is not known yet it is one as well: it is being typed.
func readsAsCriterion(name string) bool {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '_' {
			continue
		}
		if _, ok := publicField(name[:i]); ok || name[:i] == exprField {
			return true
		}
	}
	return false
}
