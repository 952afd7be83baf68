package query

// frame is one open bracket to the left of the cursor.
type frame struct {
	open    string // its bracket, "" for the whole text
	callee  string // the function it calls, "" for a list or plain brackets
	keyword string // the keyword of the argument the cursor is in
	keySpan Span
	index   int  // number of the argument
	fresh   bool // nothing but the word at the cursor stands in the argument
}

// cursor is what surrounds an offset of a query.
type cursor struct {
	frames []frame // outermost first
	word   Span    // the name at the offset, or an empty span
	prefix string  // the part of the word before the offset
	text   string  // the whole word
	after  string  // the token before the word
	before string  // the token before that
	inStr  bool    // inside a string: word and prefix are its contents
	quote  string  // what opened the string
}

// top is the innermost bracket that is open at the cursor.
func (c *cursor) top() *frame { return &c.frames[len(c.frames)-1] }

// keyword is the keyword whose value the cursor is in, also inside a list.
func (c *cursor) keyword() string {
	for i := len(c.frames) - 1; i >= 0; i-- {
		if c.frames[i].keyword != "" {
			return c.frames[i].keyword
		}
		if c.frames[i].callee != "" {
			break
		}
	}
	return ""
}

// callee is the innermost function the cursor is in.
func (c *cursor) callee() string {
	for i := len(c.frames) - 1; i >= 0; i-- {
		if c.frames[i].callee != "" {
			return c.frames[i].callee
		}
	}
	return ""
}

// at describes the place offset of text, whose arguments belong to outer.
// Only what is left of the offset counts, but for the rest of the word at it: what is to the right
// has not been written for it.
func at(text string, offset int, outer string) *cursor {
	offset = max(0, min(offset, len(text)))
	c := &cursor{frames: []frame{{callee: outer, fresh: true}}, word: between(offset, offset)}
	toks := lex(text, &collector{size: len(text)})
	for i, t := range toks {
		switch {
		case t.kind == tokEOF || t.span.Start >= offset && !(t.kind == tokName && t.span.Start == offset):
			return c
		case t.kind == tokString && offset > t.span.Start && (offset < t.span.End || unterminated(t)):
			c.string(text, t, offset)
			return c
		case t.kind == tokName && offset <= t.span.End:
			c.word, c.text, c.prefix = t.span, t.text, text[t.span.Start:offset]
			if toks[i+1].is("=") && c.top().fresh {
				c.top().keySpan = t.span
			}
			return c
		}
		c.step(toks, i)
	}
	return c
}

// step takes a token to the left of the cursor into account.
// Brackets that do not match are taken as they come, for a query that is typed has few of them closed.
func (c *cursor) step(toks []token, i int) {
	t := toks[i]
	top := c.top()
	switch {
	case t.is("(") || t.is("[") || t.is("{"):
		top.fresh = false
		callee := ""
		if t.is("(") && i > 0 && toks[i-1].kind == tokName && !keywords[toks[i-1].text] {
			callee = toks[i-1].text
		}
		c.frames = append(c.frames, frame{open: t.text, callee: callee, fresh: true})
	case t.is(")") || t.is("]") || t.is("}"):
		if len(c.frames) > 1 {
			c.frames = c.frames[:len(c.frames)-1]
		}
		c.top().fresh = false
	case t.is(","):
		top.index++
		top.keyword, top.keySpan, top.fresh = "", Span{}, true
	case t.is("=") && i > 0 && toks[i-1].kind == tokName && top.keyword == "":
		top.keyword, top.keySpan = toks[i-1].text, toks[i-1].span
		top.fresh = false
	default:
		top.fresh = false
	}
	c.before, c.after = c.after, t.text
}

// unterminated reports a string without its closing quote.
func unterminated(t token) bool {
	n := len(t.text)
	i := 0
	for i < n && t.text[i] != '"' && t.text[i] != '\'' {
		i++
	}
	return i+1 >= n || t.text[n-1] != t.text[i]
}

// string puts the cursor into a string.
func (c *cursor) string(text string, t token, offset int) {
	i := t.span.Start
	for text[i] != '"' && text[i] != '\'' {
		i++
	}
	c.quote = text[i : i+1]
	end := t.span.End
	if !unterminated(t) {
		end--
	}
	start := min(i+1, end)
	c.inStr, c.word = true, between(start, max(start, end))
	c.text, c.prefix = text[start:max(start, end)], text[start:max(start, min(offset, end))]
}
