package query

import "fmt"

// reKind is the kind of a regular expression's node.
type reKind uint8

const (
	reEmpty  reKind = iota
	reSet           // one character out of set
	reCat           // kids one after the other
	reAlt           // one of kids
	reRepeat        // kids[0], min to max times (max < 0: no limit)
	reGroup         // kids[0]
	reLook          // kids[0] ahead or behind, perhaps negated
	reAssert        // op: ^ $ A Z b B
)

// reNode is a piece of a regular expression in Python's syntax.
type reNode struct {
	kind       reKind
	kids       []*reNode
	set        charSet
	min, max   int
	lazy       bool // takes as little as it can
	possessive bool // gives nothing back; for a group: atomic
	behind     bool
	negate     bool
	op         byte
	flags      int
}

// regexError is a mistake in a pattern, in Python's words. at is a byte offset
// into the pattern.
type regexError struct {
	text string
	at   int
	code string // bad-regex, or why we refuse what Python would take
}

// The flags of Python's re.
const (
	flagI = 2
	flagL = 4
	flagM = 8
	flagS = 16
	flagU = 32
	flagX = 64
	flagA = 256
)

// reParser reads a pattern. It stops at the first mistake, by panicking with a
// *regexError that parseRegex turns into a value.
type reParser struct {
	s       string
	pos     int
	flags   int
	groups  int
	names   map[string]int
	depth   int
	backref int // where the first back-reference stands, -1: none
	global  int // flags from (?i) at the start
}

// parseRegex reads a pattern of Python's re.
func parseRegex(pattern string, flags int) (n *reNode, p *reParser, err *regexError) {
	p = &reParser{s: pattern, flags: flags, names: map[string]int{}, backref: -1}
	defer func() {
		if e, ok := recover().(*regexError); ok {
			n, err = nil, e
		} else if e != nil {
			panic(e)
		}
	}()
	p.globalFlags()
	n = p.alternatives()
	if p.pos < len(p.s) {
		p.fail(p.pos, "unbalanced parenthesis")
	}
	return n, p, nil
}

func (p *reParser) fail(at int, format string, args ...any) {
	panic(&regexError{text: fmt.Sprintf(format, args...), at: min(at, len(p.s)), code: "bad-regex"})
}

// globalFlags looks for (?flags) at the start, which count for the whole
// pattern and must be known before it is read.
func (p *reParser) globalFlags() {
	for p.pos+2 < len(p.s) && p.s[p.pos] == '(' && p.s[p.pos+1] == '?' {
		i, flags := p.pos+2, 0
		for i < len(p.s) && flagOf(p.s[i]) != 0 {
			flags |= flagOf(p.s[i])
			i++
		}
		if i == p.pos+2 || i >= len(p.s) || p.s[i] != ')' {
			return
		}
		p.flags |= flags
		p.global |= flags
		p.pos = i + 1
	}
}

// inlineFlags are the flags a pattern sets for itself.
func inlineFlags(pattern string) int {
	p := &reParser{s: pattern}
	p.globalFlags()
	return p.global
}

func flagOf(c byte) int {
	switch c {
	case 'i':
		return flagI
	case 'L':
		return flagL
	case 'm':
		return flagM
	case 's':
		return flagS
	case 'u':
		return flagU
	case 'x':
		return flagX
	case 'a':
		return flagA
	}
	return 0
}

func (p *reParser) more() bool { return p.pos < len(p.s) }

func (p *reParser) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

func (p *reParser) accept(c byte) bool {
	if p.more() && p.s[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// alternatives reads a|b|c.
func (p *reParser) alternatives() *reNode {
	if p.depth++; p.depth > 100 {
		panic(&regexError{text: "groups nest deeper than 100 levels", at: p.pos, code: "regex-too-long"})
	}
	defer func() { p.depth-- }()
	kids := []*reNode{p.sequence()}
	for p.accept('|') {
		kids = append(kids, p.sequence())
	}
	if len(kids) == 1 {
		return kids[0]
	}
	return &reNode{kind: reAlt, kids: kids}
}

// sequence reads pieces one after the other, with their quantifiers.
func (p *reParser) sequence() *reNode {
	n := &reNode{kind: reCat}
	for p.more() && p.peek() != '|' && p.peek() != ')' {
		if p.flags&flagX != 0 && p.verboseBlank() {
			continue
		}
		start := p.pos
		if low, high, ok := p.quantifier(); ok {
			n.kids = p.repeat(n.kids, start, low, high)
			continue
		}
		if a := p.atom(); a != nil {
			n.kids = append(n.kids, a)
		}
	}
	if len(n.kids) == 1 {
		return n.kids[0]
	}
	return n
}

// repeat wraps the last of kids in a quantifier that stands at start.
func (p *reParser) repeat(kids []*reNode, start, low, high int) []*reNode {
	if len(kids) == 0 {
		p.fail(start, "nothing to repeat")
	}
	last := kids[len(kids)-1]
	switch {
	case last.kind == reRepeat:
		p.fail(start, "multiple repeat")
	case last.kind == reAssert:
		p.fail(start, "nothing to repeat")
	}
	r := &reNode{kind: reRepeat, kids: []*reNode{last}, min: low, max: high}
	if p.accept('?') {
		r.lazy = true
	} else if p.accept('+') {
		r.possessive = true
	}
	return append(kids[:len(kids)-1:len(kids)-1], r)
}

// verboseBlank steps over what (?x) ignores.
func (p *reParser) verboseBlank() bool {
	switch c := p.peek(); {
	case c == ' ' || c >= '\t' && c <= '\r':
		p.pos++
		return true
	case c == '#':
		for p.more() && p.peek() != '\n' {
			p.pos++
		}
		return true
	}
	return false
}

// maxRepeat bounds counted repeats; more is a mistake or an attack.
const maxRepeat = 1000

// quantifier reads * + ? {n} {n,} {,m} {n,m}; braces of any other form are
// plain text.
func (p *reParser) quantifier() (low, high int, ok bool) {
	switch p.peek() {
	case '*':
		p.pos++
		return 0, -1, true
	case '+':
		p.pos++
		return 1, -1, true
	case '?':
		p.pos++
		return 0, 1, true
	case '{':
	default:
		return 0, 0, false
	}
	start := p.pos
	p.pos++
	low, hasLow := p.count(start)
	high, comma := low, false
	hasHigh := hasLow
	if p.accept(',') {
		comma = true
		high, hasHigh = p.count(start)
	}
	if !p.accept('}') || !comma && !hasLow {
		p.pos = start
		return 0, 0, false
	}
	if comma && !hasHigh {
		high = -1
	}
	if high >= 0 && low > high {
		p.fail(start+1, "min repeat greater than max repeat")
	}
	return low, high, true
}

func (p *reParser) count(start int) (n int, ok bool) {
	for p.more() && isDigit(p.peek()) {
		n, ok = min(n*10+int(p.peek()-'0'), 1<<30), true
		p.pos++
	}
	if n > maxRepeat {
		panic(&regexError{text: fmt.Sprintf("more than %d repeats", maxRepeat), at: start, code: "regex-too-long"})
	}
	return n, ok
}
