package tally

import (
	"fmt"
	"slices"
	"strings"
)

// piece is a Part that has not found its room yet: its texts from the longest
// to the shortest that still tells something.
type piece struct {
	kind      PartKind
	rank      int // what is left out first has the highest
	texts     []string
	tooltip   string
	statement int
}

// The ranks of pieces. Counts are never left out before anything else is.
const (
	rankCount = iota
	rankRaised
	rankReturn
	rankAssigned
	rankOther
)

func (l *Labeler) countPiece(p Place, n uint64) piece {
	s := &l.file.Statements[p.Statement]
	mark := ""
	if p.State == Stale {
		mark = l.sign.stale
	}
	switch l.options.State {
	case Running:
		mark += l.sign.running
	case Paused:
		mark += l.sign.paused
	}
	if mark != "" {
		mark += " "
	}
	if s.AtLeast {
		mark += l.sign.atLeast
	}
	short := mark + l.sign.times + count(n)
	texts := []string{short}
	if p.State == Stale && l.options.State != Running {
		texts = []string{short + " (edited)", short}
	}
	return piece{PartCount, rankCount, texts, l.countTooltip(p, n), p.Statement}
}

func (l *Labeler) countTooltip(p Place, n uint64) string {
	s := &l.file.Statements[p.Statement]
	what := "hit"
	if isDef(s.Kind) {
		what = "call"
	}
	lines := []string{plural(n, what)}
	if s.AtLeast {
		lines[0] = "at least " + lines[0] + ": counting was cut short"
	}
	if s.Raised > 0 {
		lines = append(lines, exact(s.Raised)+" of them raised")
	}
	if threads := threadsOf(s.Samples); len(threads) > 1 {
		lines = append(lines, "threads: "+tame(strings.Join(threads, ", "), l.options.ASCII))
	}
	if p.State == Stale {
		lines = append(lines, "This line was edited after the run: the count is that of the line that ran, its values are not shown.")
	}
	return strings.Join(lines, "\n")
}

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return exact(n) + " " + what + "s"
}

func threadsOf(samples []Sample) []string {
	var out []string
	for _, s := range samples {
		if s.Thread != "" && !slices.Contains(out, s.Thread) && len(out) < 10 {
			out = append(out, s.Thread)
		}
	}
	return out
}

func (l *Labeler) raisedPiece(i int) piece {
	s := &l.file.Statements[i]
	short := l.sign.raised + count(s.Raised)
	texts := []string{short}
	var types, tips []string
	for _, e := range s.Errors {
		types = append(types, tame(e.Type, l.options.ASCII))
		tips = append(tips, fmt.Sprintf("%s × %s", exact(e.Count), tame(cutMiddle(e.Message, 200, "…"), false)))
	}
	if len(types) > 1 {
		texts = append([]string{short + " " + types[0] + l.sign.dots}, texts...)
	}
	if len(types) > 0 {
		texts = append([]string{short + " " + strings.Join(types, "|")}, texts...)
	}
	return piece{PartRaised, rankRaised, texts, strings.Join(tips, "\n"), i}
}

// fit lays the groups out in one line of at most MaxLength: whatever its
// place, what tells most gets its room first.
func (l *Labeler) fit(groups [][]piece) []Part {
	var all []piece
	var lead []string
	for _, g := range groups {
		for i, p := range g {
			separator := "  "
			switch {
			case len(all) == 0:
				separator = ""
			case i == 0:
				separator = " " + l.sign.next + " "
			}
			all, lead = append(all, p), append(lead, separator)
		}
	}
	chosen, dropped := l.choose(all, lead)
	var out []Part
	for i, p := range all {
		if chosen[i] == "" {
			continue
		}
		text := lead[i] + chosen[i]
		if len(out) == 0 {
			text = chosen[i]
		}
		out = append(out, Part{p.kind, text, p.tooltip, p.statement})
	}
	more := " " + l.sign.dots
	if dropped && len(out) > 0 && width(Text(out))+width(more) <= l.options.MaxLength {
		last := out[len(out)-1]
		out = append(out, Part{PartMore, more, "There was no room for all of it.", last.Statement})
	}
	return out
}

// choose picks a text for each piece, "" where there is no room, and reports
// whether any was left out. To show more is better than to show it longer:
// all get their shortest text first, and then what room is left.
func (l *Labeler) choose(all []piece, lead []string) (texts []string, dropped bool) {
	texts = make([]string, len(all))
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return all[a].rank - all[b].rank })
	room := l.options.MaxLength
	for _, i := range order {
		text := all[i].texts[len(all[i].texts)-1]
		if w := width(lead[i]) + width(text); w <= room {
			texts[i], room = text, room-w
		} else {
			dropped = true
		}
	}
	for _, i := range order {
		had := width(texts[i])
		if had == 0 {
			continue
		}
		for _, text := range all[i].texts {
			if w := width(text); w <= room+had {
				texts[i], room = text, room+had-w
				break
			}
		}
	}
	return texts, dropped
}
