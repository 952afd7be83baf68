package pyregex

import (
	"strings"
	"unicode"
)

// runeRange is a range of characters, both ends in it.
type runeRange struct{ low, high rune }

// charSet is a set of characters of a regular expression.
type charSet struct {
	any     bool // the dot
	newline bool // the dot matches a newline too
	ranges  []runeRange
	classes string // letters of \d \D \s \S \w \W in it
	negate  bool
	fold    bool // ignore case
	ascii   bool // \d, \s, \w mean ASCII
}

// merge adds the characters of other, which is a member of a class.
func (s *charSet) merge(other charSet) {
	s.ranges = append(s.ranges, other.ranges...)
	s.classes += other.classes
}

// single is the only character of s, if it has one.
func (s charSet) single() (rune, bool) {
	if len(s.ranges) == 1 && s.classes == "" && s.ranges[0].low == s.ranges[0].high {
		return s.ranges[0].low, true
	}
	return 0, false
}

// has reports whether r is in the set.
func (s charSet) has(r rune) bool {
	if s.any {
		return s.newline || r != '\n'
	}
	in := s.contains(r)
	if s.fold && !in {
		for f := unicode.SimpleFold(r); f != r && !in; f = unicode.SimpleFold(f) {
			in = s.contains(f)
		}
	}
	return in != s.negate
}

// contains reports whether r is named in the set, whatever ^ and the flags make of that.
func (s charSet) contains(r rune) bool {
	for _, x := range s.ranges {
		if r >= x.low && r <= x.high {
			return true
		}
	}
	for i := 0; i < len(s.classes); i++ {
		if inClass(s.classes[i], r, s.ascii) {
			return true
		}
	}
	return false
}

// inClass reports whether r is of a category such as \d.
func inClass(class byte, r rune, ascii bool) bool {
	in := false
	switch class | 0x20 {
	case 'd':
		in = r >= '0' && r <= '9' || !ascii && r > 127 && unicode.Is(unicode.Nd, r)
	case 's':
		in = strings.ContainsRune(" \t\n\r\f\v", r) || !ascii && (r >= 0x1c && r <= 0x1f || r > 127 && unicode.IsSpace(r))
	case 'w':
		in = r < 128 && isWord(byte(r)) || !ascii && r > 127 && (unicode.IsLetter(r) || unicode.IsNumber(r))
	}
	return in == (class&0x20 != 0)
}

// probes are characters that tell sets apart: all of ASCII and a few others
// of each category.
var probes = func() []rune {
	var out []rune
	for r := rune(0); r < 128; r++ {
		out = append(out, r)
	}
	return append(out, 'é', 'ß', 'Ω', '漢', '٣', '\u00a0', '\u2028', '—', '😀')
}()

// probesFor are the probes and the ends of every range in n, in either case.
func probesFor(n *node) []rune {
	out := append([]rune{}, probes...)
	seen := map[rune]bool{}
	for _, s := range n.chars() {
		for _, x := range s.ranges {
			for _, r := range []rune{x.low, x.high} {
				if r >= 128 && !seen[r] {
					seen[r] = true
					out = append(out, r)
				}
			}
		}
	}
	return out
}
