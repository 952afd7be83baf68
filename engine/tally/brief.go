package tally

import (
	"strconv"
	"strings"
)

// brief makes of each <shop.cart.Cart object at 0x7f…> in a repr the <Cart>
// that a person would say, of <function a.<locals>.b at 0x7f…> <function b>, and
// of several like objects in a row <Cart>*3.
func brief(repr string) string {
	const mark = " at 0x"
	if !strings.Contains(repr, mark) {
		return repr
	}
	var b strings.Builder
	last, run := "", 0 // the object at the end of b, and how many of it there are
	for {
		at := strings.Index(repr, mark)
		if at < 0 {
			break
		}
		end := at + len(mark)
		for end < len(repr) && strings.IndexByte("0123456789abcdefABCDEF", repr[end]) >= 0 {
			end++
		}
		// " at 0x" without brackets around it is somebody's own text, and stays.
		open := openAngle(repr[:at])
		if open < 0 || end == len(repr) || repr[end] != '>' {
			endRun(&b, run)
			b.WriteString(repr[:end])
			repr, last, run = repr[end:], "", 0
			continue
		}
		// Like objects count as one run only where nothing but ", " stands between them.
		name := "<" + shortName(repr[open+1:at]) + ">"
		if name == last && repr[:open] == ", " {
			run++
		} else {
			endRun(&b, run)
			b.WriteString(repr[:open] + name)
			last, run = name, 1
		}
		repr = repr[end+1:]
	}
	endRun(&b, run)
	return b.String() + cutOff(repr)
}

// endRun says how many objects in a row the last one written stands for.
func endRun(b *strings.Builder, run int) {
	if run > 1 {
		b.WriteString("*" + strconv.Itoa(run))
	}
}

// cutOff leaves away the object in which a repr was cut off: "<shop.cat...".
func cutOff(rest string) string {
	text, cut := strings.CutSuffix(rest, "...")
	if open := openAngle(text); cut && open >= 0 {
		return text[:open] + "..."
	}
	return rest
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
	// "<a.b.C object" has its class first, "<function a.b" a word for what it is.
	what, name, two := strings.Cut(s, " ")
	if !two || name == "object" {
		return what[strings.LastIndexByte(what, '.')+1:]
	}
	return what + " " + name[strings.LastIndexByte(name, '.')+1:]
}
