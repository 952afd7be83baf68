// Package wording writes numbers and the nouns that they count, as people do.
// Whoever makes a sentence for a person uses it.
package wording

import (
	"strconv"
	"strings"
)

type integer interface{ ~int | ~uint64 }

// Grouped writes 1234567 as 1,234,567.
func Grouped[N integer](n N) string {
	text := strconv.FormatUint(uint64(n), 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Count writes a number with its noun: 1 file, 1,200 files.
func Count[N integer](n N, noun string) string { return Grouped(n) + " " + Plural(n, noun) }

// Plural is the noun as it stands after that number.
func Plural[N integer](n N, noun string) string {
	if n == 1 {
		return noun
	}
	if strings.HasSuffix(noun, "s") {
		return noun + "es"
	}
	return noun + "s"
}

// Were is Count as the subject of a sentence: 1 place was, 1,200 places were.
func Were[N integer](n N, noun string) string {
	if n == 1 {
		return Count(n, noun) + " was"
	}
	return Count(n, noun) + " were"
}

// Times is how often: once, 1,200 times.
func Times[N integer](n N) string {
	if n == 1 {
		return "once"
	}
	return Grouped(n) + " times"
}
