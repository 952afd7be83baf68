package tally

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDiffering is how many places two values may differ at and be shown as one.
const maxDiffering = 2

// differing writes two values as one where they differ in few of their parts: {'pos': 0 … 6}
// tells more than the heads of two dicts. Only what stands behind a key or a field's name is
// taken apart; in a list, 0 … 6 would read as elements that were left out. The texts
// are from the longest to the shortest, which has the differing part alone.
func differing(first, last, dots string) []string {
	// Longer ones would take too long for a label; without a dict or a call there is no key.
	if len(first) > 4096 || len(last) > 4096 || !strings.ContainsAny(first, "{(") {
		return nil
	}
	a, b := partsOf(first), partsOf(last)
	if len(a) != len(b) {
		return nil
	}
	var at []int
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		// A third place, or one without a name, and the two are shown as two.
		if len(at) == maxDiffering || !isValue(a[i]) || !isValue(b[i]) || keyBefore(a, i) < 0 {
			return nil
		}
		at = append(at, i)
	}
	if len(at) == 0 {
		return nil
	}
	whole := slices.Clone(a)
	for _, i := range at {
		whole[i] = a[i] + " " + dots + " " + b[i]
	}
	// The whole comes first; a short one has only the outer bracket and the span that differs.
	texts := []string{strings.Join(whole, "")}
	from, to := keyBefore(a, at[0]), at[len(at)-1]+1
	if short := within(whole, from, to, dots); (from > opening(a) || to < len(a)-1) && width(short) < width(texts[0]) {
		texts = append(texts, short)
	}
	return texts
}

// opening is how many parts there are to the end of the outer bracket.
func opening(parts []string) int {
	return slices.IndexFunc(parts, func(part string) bool { return strings.Contains("{(", part) }) + 1
}

// within writes some of the parts of a value in its outer bracket, and dots for the others.
func within(parts []string, from, to int, dots string) string {
	open, before, after := opening(parts), "", ""
	if from > open {
		before = dots
	}
	if to < len(parts)-1 {
		after = dots
	}
	return strings.Join(parts[:open], "") + before + strings.Join(parts[from:to], "") + after + parts[len(parts)-1]
}

// placesOf writes two values by one of the places where they differ, however many those are: the
// first with a key, or the next where that is too long for a label. The same without the brackets
// comes behind it. It is for values that are alike as far as there is room for both.
func placesOf(first, last, dots string) []string {
	if quoteAt(first) == 0 {
		return wordOf(first, last, dots)
	}
	if len(first) > 4096 || len(last) > 4096 || !strings.ContainsAny(first, "{(") {
		return nil
	}
	a, b := partsOf(first), partsOf(last)
	if len(a) != len(b) {
		return nil
	}
	var texts, bare []string
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if !isValue(a[i]) || !isValue(b[i]) {
			return nil // of another shape
		}
		if from := keyBefore(a, i); from >= 0 {
			whole := slices.Clone(a)
			whole[i] = a[i] + " " + dots + " " + b[i]
			texts = append(texts, within(whole, from, i+1, dots))
			bare = append(bare, dots+strings.Join(whole[from:i+1], "")+dots)
		}
	}
	return append(texts, bare...)
}

// keyBefore is where the key, or the name, begins whose value is the part at i; -1 where
// there is none.
func keyBefore(parts []string, i int) int {
	at := i - 1
	for at > 0 && parts[at] == " " {
		at--
	}
	if at < 1 || parts[at] != ":" && parts[at] != "=" || !isValue(parts[at-1]) {
		return -1
	}
	return at - 1
}

// isValue reports whether a part is a text, a number or a name.
func isValue(part string) bool {
	r, _ := utf8.DecodeRuneInString(part)
	return r == '\'' || r == '"' || r == '-' || isWordRune(r)
}

// isWordRune reports what may be within one word or number, dots of attributes and floats too.
func isWordRune(r rune) bool {
	return r == '_' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// partsOf splits a value as Python writes it: texts, words and numbers are one part each, all
// else a part for each character.
func partsOf(repr string) []string {
	var parts []string
	for len(repr) > 0 {
		n := partLength(repr)
		parts = append(parts, repr[:n])
		repr = repr[n:]
	}
	return parts
}

// partLength is how many bytes the first part of a text has; never 0 of a text that has any.
func partLength(s string) int {
	if s[0] == '\'' || s[0] == '"' {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case s[0]:
				return i + 1
			}
		}
		return len(s)
	}
	sign := 0
	if s[0] == '-' && len(s) > 1 && s[1] >= '0' && s[1] <= '9' {
		sign = 1
	}
	for i, r := range s[sign:] {
		exponent := (r == '-' || r == '+') && i > 0 && s[sign+i-1] == 'e' && s[sign] <= '9'
		if isWordRune(r) || exponent {
			continue
		}
		if i == 0 {
			_, size := utf8.DecodeRuneInString(s)
			return size
		}
		return sign + i
	}
	return len(s)
}

// aroundWord is how much of a text stands before the word of it that differs.
const aroundWord = 8

// wordOf writes two texts that differ in one place by the words there: '…"id": 0 … 5…'.
func wordOf(first, last, dots string) []string {
	if quoteAt(last) != 0 || first[0] != last[0] || strings.ContainsAny(first+last, `\`+cutMark) {
		return nil // an escape might be cut, or the text was
	}
	quote := first[:1]
	a, b := []rune(strings.Trim(first, quote)), []rune(strings.Trim(last, quote))
	from := 0
	for from < min(len(a), len(b)) && a[from] == b[from] {
		from++
	}
	for from > 0 && isWordRune(a[from-1]) {
		from--
	}
	behind := 0
	for behind < min(len(a), len(b))-from && a[len(a)-1-behind] == b[len(b)-1-behind] {
		behind++
	}
	for behind > 0 && isWordRune(a[len(a)-behind]) {
		behind--
	}
	text := string(a[max(0, from-aroundWord):len(a)-behind]) + " " + dots + " " + string(b[from:len(b)-behind])
	if from > aroundWord {
		text = dots + text
	}
	if behind > 0 {
		text += dots
	}
	return []string{quote + text + quote}
}
