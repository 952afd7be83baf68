package pyregex

import "fmt"

// kind is the kind of a regular expression's node.
type kind uint8

const (
	kindEmpty  kind = iota
	kindSet         // one character out of set
	kindCat         // kids one after the other
	kindAlt         // one of kids
	kindRepeat      // kids[0], min to max times (max < 0: no limit)
	kindGroup       // kids[0]
	kindLook        // kids[0] ahead or behind, perhaps negated
	kindAssert      // op: ^ $ A Z b B
)

// node is a piece of a regular expression in Python's syntax.
type node struct {
	kind       kind
	kids       []*node // what kind says
	set        charSet // of a kindSet
	min, max   int
	lazy       bool // takes as little as it can
	possessive bool // gives nothing back; for a group: atomic
	behind     bool // of a kindLook: (?<=…) or (?<!…)
	negate     bool // of a kindLook: (?!…) or (?<!…)
	op         byte // of a kindAssert
	flags      int  // that hold where it stands
}

// Error is a mistake in a pattern, in Python's words.
type Error struct {
	Text string
	At   int    // a byte offset into the pattern
	Code string // bad-regex, or why a pattern is refused that Python would take
}

// The flags of Python's re.
const (
	FlagI = 2
	FlagL = 4
	FlagM = 8
	FlagS = 16
	FlagU = 32
	FlagX = 64
	FlagA = 256
)

// parser reads a pattern. It stops at the first mistake, by panicking with a
// *Error that parse turns into a value.
type parser struct {
	s       string
	pos     int            // in bytes
	flags   int            // that hold here
	groups  int            // that were opened so far
	names   map[string]int // the numbers of named groups
	depth   int            // of groups in groups
	backref int            // where the first back-reference stands, -1: none
	global  int            // flags from (?i) at the start
}

// parse reads a pattern of Python's re.
func parse(pattern string, flags int) (n *node, p *parser, err *Error) {
	p = &parser{s: pattern, flags: flags, names: map[string]int{}, backref: -1}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			n, err = nil, e
		default:
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

// fail ends the reading with a mistake at a byte of the pattern.
func (p *parser) fail(at int, format string, args ...any) {
	panic(&Error{Text: fmt.Sprintf(format, args...), At: min(at, len(p.s)), Code: "bad-regex"})
}

// globalFlags looks for (?flags) at the start, which count for the whole
// pattern and must be known before it is read.
// Since Python 3.11 they may stand nowhere else (bpo-47066).
func (p *parser) globalFlags() {
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

// InlineFlags are the flags a pattern sets for itself.
func InlineFlags(pattern string) int {
	p := &parser{s: pattern}
	p.globalFlags()
	return p.global
}

// flagOf is the flag that a letter stands for in (?…); 0: none.
func flagOf(c byte) int {
	switch c {
	case 'i':
		return FlagI
	case 'L':
		return FlagL
	case 'm':
		return FlagM
	case 's':
		return FlagS
	case 'u':
		return FlagU
	case 'x':
		return FlagX
	case 'a':
		return FlagA
	}
	return 0
}

// more reports whether anything is left to read.
func (p *parser) more() bool { return p.pos < len(p.s) }

// peek is the next byte; 0 at the end, which no construct begins with.
func (p *parser) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

// accept goes past a byte, if it is next.
func (p *parser) accept(c byte) bool {
	if p.more() && p.s[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// alternatives reads a|b|c.
func (p *parser) alternatives() *node {
	// This reader, the check and the matcher call themselves for each level.
	if p.depth++; p.depth > 100 {
		panic(&Error{Text: "groups nest deeper than 100 levels", At: p.pos, Code: "regex-too-long"})
	}
	defer func() { p.depth-- }()
	kids := []*node{p.sequence()}
	for p.accept('|') {
		kids = append(kids, p.sequence())
	}
	if len(kids) == 1 {
		return kids[0]
	}
	return &node{kind: kindAlt, kids: kids}
}

// sequence reads pieces one after the other, with their quantifiers.
func (p *parser) sequence() *node {
	n := &node{kind: kindCat}
	for p.more() && p.peek() != '|' && p.peek() != ')' {
		if p.flags&FlagX != 0 && p.verboseBlank() {
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
func (p *parser) repeat(kids []*node, start, low, high int) []*node {
	if len(kids) == 0 {
		p.fail(start, "nothing to repeat")
	}
	last := kids[len(kids)-1]
	switch {
	// `a**` is refused by Python; `(a*)*` is not, and is for Check to judge.
	case last.kind == kindRepeat:
		p.fail(start, "multiple repeat")
	case last.kind == kindAssert:
		p.fail(start, "nothing to repeat")
	}
	r := &node{kind: kindRepeat, kids: []*node{last}, min: low, max: high}
	if p.accept('?') {
		r.lazy = true
	} else if p.accept('+') {
		r.possessive = true
	}
	return append(kids[:len(kids)-1:len(kids)-1], r)
}

// verboseBlank steps over what (?x) ignores.
func (p *parser) verboseBlank() bool {
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
func (p *parser) quantifier() (low, high int, ok bool) {
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

// count reads a number of a quantifier; start is where the quantifier stands. ok is false where
// there are no digits.
func (p *parser) count(start int) (n int, ok bool) {
	for p.more() && isDigit(p.peek()) {
		n, ok = min(n*10+int(p.peek()-'0'), 1<<30), true
		p.pos++
	}
	if n > maxRepeat {
		panic(&Error{Text: fmt.Sprintf("more than %d repeats", maxRepeat), At: start, Code: "regex-too-long"})
	}
	return n, ok
}
