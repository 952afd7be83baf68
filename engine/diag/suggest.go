package diag

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Nearest is the candidate most like word, or "" when none is close enough to
// be what a person meant. Equal but for case counts as closest of all.
func Nearest(word string, candidates []string) string {
	if all := NearestN(word, candidates, 1); len(all) > 0 {
		return all[0]
	}
	return ""
}

// NearestN is up to n candidates close enough to word, closest first; equally
// close ones keep their order. A word itself is never its own suggestion.
func NearestN(word string, candidates []string, n int) []string {
	type near struct {
		text string
		cost int
	}
	limit := max(1, utf8.RuneCountInString(word)/3)
	var found []near
	for _, c := range candidates {
		if c == word || c == "" {
			continue
		}
		cost := Distance(strings.ToLower(word), strings.ToLower(c))
		if cost <= limit && cost < utf8.RuneCountInString(word) {
			found = append(found, near{c, cost})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].cost < found[j].cost })
	var out []string
	for _, f := range found[:min(n, len(found))] {
		out = append(out, f.text)
	}
	return out
}

// Distance is the number of characters to insert, delete or replace, or
// neighbours to swap, to turn a into b (each character touched at most once).
// Words longer than 64 characters are compared by their first 64.
func Distance(a, b string) int {
	x, y := head(a), head(b)
	before := make([]int, len(y)+1) // the row two above
	above := make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(y)]
}

func head(s string) []rune {
	r := []rune(s)
	return r[:min(len(r), 64)]
}
