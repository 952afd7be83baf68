package main

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// kind is what a hint is worth.
type kind string

const (
	informs kind = "inform"
	opaque  kind = "opaque"
	empty   kind = "empty"
	cut     kind = "cut"
)

type verdict struct {
	line         int
	source, hint string
	kind         kind
}

// room is how long a hint may be.
const room = 40

var (
	partStart = regexp.MustCompile(`(?:^|  | · (?:×\S+ )?)(→ |[A-Za-z_][\w.]*(?:\[[^\]=]*\][\w.]*)*=)`)
	classOnly = regexp.MustCompile(`^(?:[\[({]*<[A-Za-z_][\w.]*>(?:\*\d+)?(?:, …|, \.\.\.|…)?[\])}]*|[A-Za-z_][\w.]*\((?:…|\.\.\.)?\))$`)
	// Brackets with nothing in them, and an object by the beginning of the class of its first field.
	hollow      = regexp.MustCompile(`^(?:[\[({]…[\])}]|[A-Za-z_]\w*\([A-Za-z_]\w*…\))$`)
	numberAlone = regexp.MustCompile(`^[+-]\d+ (?:item|char)s?$`)
	someCut     = regexp.MustCompile(`[^\s|]…|…[^\s|]|\.\.\.|, …`)
	gives       = regexp.MustCompile(`^\s*(?:(?:return|yield|for|while|if|elif|with|async (?:for|with))\b|[A-Za-z_(\[*][^=#]*[^=!<>]=[^=])`)
	saysNone    = regexp.MustCompile(`^(?:set|frozenset)\(\)$|^\w*(?:Error|Exception|Timeout|Interrupt|Exit|Warning)\(\)$`) // an empty set, and an exception without arguments, which has nothing but its class
	constant    = regexp.MustCompile(`^(?:[\[({][-\d\s.,]*[\])}]|-?[\d._]+|'[^']*'|"[^"]*"|None|True|False|\[\]|\{\}|\(\)|set\(\)|\w+:.*)?,?$`)
)

// judgeHint judges one hint by its line and by what was sampled there.
func judgeHint(line, hint string, sampled []string) kind {
	values := valuesIn(hint)
	for _, value := range values {
		switch {
		case value == "" || value == "…" || numberAlone.MatchString(value):
			return empty
		case isOpaque(value):
			return opaque
		case someCut.MatchString(value) && fits(hint, value, sampled):
			return cut
		}
	}
	if len(values) == 0 && hint == "×1" && givesValue(line) {
		return empty
	}
	return informs
}

// valuesIn are the values of a hint, without their names.
func valuesIn(hint string) []string {
	at := partStart.FindAllStringIndex(hint, -1)
	var values []string
	for i, from := range at {
		to := len(hint)
		if i+1 < len(at) {
			to = at[i+1][0]
		}
		value := hint[from[1]:to]
		if raised := strings.Index(value, "  ✗"); raised >= 0 {
			value = value[:raised]
		}
		value = strings.TrimSuffix(strings.TrimSuffix(value, "  …"), " …")
		values = append(values, strings.TrimSpace(value))
	}
	return values
}

// isOpaque reports a value of which the hint says no more than the class, or nothing, at both of its ends.
func isOpaque(value string) bool {
	if !slices.ContainsFunc(two.Split(value, 2), func(end string) bool { return !hollow.MatchString(end) }) {
		return true
	}
	for _, end := range strings.Split(value, " … ") {
		for _, one := range strings.Split(end, "|") {
			if one = strings.TrimSpace(one); !classOnly.MatchString(one) || saysNone.MatchString(one) {
				return false
			}
		}
	}
	return true
}

// fits reports whether a value that looks like a cut one was sampled that the hint would have had room for; of two values
// that share the room (`1 … 9`, `[0] +2 […, 9]`), whether both were that would have had it together.
func fits(hint, value string, sampled []string) bool {
	free := room - utf8.RuneCountInString(hint) + utf8.RuneCountInString(value)
	between := two.FindString(value)
	parts := two.Split(value, 2)
	needed := utf8.RuneCountInString(between)
	for i, part := range parts {
		whole := like(part, sampled)
		switch {
		case len(whole) == 0:
			return false
		case between == "":
			needed += slices.Min(whole)
		case i == 0:
			needed += whole[0]
		default:
			needed += whole[len(whole)-1]
		}
	}
	return needed <= free
}

// two is what stands between the first and the last value of a name.
var two = regexp.MustCompile(` … | [+-]\d+ `)

// like are the lengths of the sampled texts that a cut one can stand for, in their order: they have the same ends.
func like(value string, sampled []string) []int {
	at := dots.FindAllStringIndex(value, -1)
	if at == nil {
		at = [][]int{{len(value), len(value)}}
	}
	head, tail := value[:at[0][0]], value[at[len(at)-1][1]:]
	var lengths []int
	for _, text := range sampled {
		if head+tail != "" && strings.HasPrefix(text, head) && strings.HasSuffix(text, tail) {
			lengths = append(lengths, utf8.RuneCountInString(text))
		}
	}
	return lengths
}

// dots stand for what was left out, with the commas around them.
var dots = regexp.MustCompile(`(?:, )?(?:…|\.\.\.)(?:, )?`)

var comment = regexp.MustCompile(`\s+#[^'"]*$`)

// givesValue reports a line that gives a value which does not stand in it.
func givesValue(line string) bool {
	line = comment.ReplaceAllString(line, "")
	if strings.HasPrefix(line, "if __name__ ==") {
		return false
	}
	if !gives.MatchString(line) || strings.HasPrefix(strings.TrimSpace(line), "def ") {
		return false
	}
	text := strings.TrimSpace(line)
	if rest, ok := strings.CutPrefix(text, "return"); ok {
		return !constant.MatchString(strings.TrimSpace(rest))
	}
	if at := strings.LastIndex(text, "="); at > 0 && !strings.HasSuffix(text, ":") {
		return !constant.MatchString(strings.TrimSpace(text[at+1:]))
	}
	return true
}
