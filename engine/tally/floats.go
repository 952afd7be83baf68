package tally

import (
	"math"
	"strconv"
)

// floatDigits are the significant digits of a float in a label. The hover has all.
const floatDigits = 4

// shortFloat is a float in floatDigits digits, those before the point in any case. Zeros at
// its end stay: 1.000 says that it was rounded.
func shortFloat(repr string) string {
	f, err := strconv.ParseFloat(repr, 64)
	// Zero has no logarithm, and inf and nan are short already.
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || f == 0 {
		return repr
	}
	size := math.Abs(f)
	var text string
	switch {
	case size < 1e-4 || size >= 1e9:
		text = strconv.FormatFloat(f, 'e', floatDigits-1, 64)
	default:
		before := int(math.Floor(math.Log10(size))) + 1
		text = strconv.FormatFloat(f, 'f', max(1, floatDigits-before), 64)
	}
	// Rounding that saves nothing would only take away digits: 0.5 stays 0.5.
	if len(text) >= len(repr) {
		return repr
	}
	return text
}

// roundable reports whether numbers can be told apart when their floats are short.
func roundable(all []*Var) bool {
	seen := map[string]bool{}
	for _, v := range all {
		text := word(v.Repr)
		if seen[text] {
			return false
		}
		seen[text] = true
	}
	return true
}
