package tally

import "strings"

// brief makes of each <shop.cart.Cart object at 0x7f…> in a repr the <Cart>
// that a person would say, and of <function a.<locals>.b at 0x7f…> <function b>.
func brief(repr string) string {
	const mark = " at 0x"
	var b strings.Builder
	for {
		at := strings.Index(repr, mark)
		if at < 0 {
			break
		}
		end := at + len(mark)
		for end < len(repr) && strings.IndexByte("0123456789abcdefABCDEF", repr[end]) >= 0 {
			end++
		}
		open := openAngle(repr[:at])
		if open < 0 || end == len(repr) || repr[end] != '>' {
			b.WriteString(repr[:end])
			repr = repr[end:]
			continue
		}
		b.WriteString(repr[:open] + "<" + shortName(repr[open+1:at]) + ">")
		repr = repr[end+1:]
	}
	return b.String() + repr
}

// openAngle is where the '<' is that s does not close, -1 if it closes all.
func openAngle(s string) int {
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case '>':
			depth++
		case '<':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// shortName drops the module and what else qualifies a name.
func shortName(s string) string {
	what, name, two := strings.Cut(s, " ")
	if !two || name == "object" {
		return what[strings.LastIndexByte(what, '.')+1:]
	}
	return what + " " + name[strings.LastIndexByte(name, '.')+1:]
}
