package tally

import (
	"slices"
	"strings"
)

// maxOthers is how many names are shown of a statement that assigns none.
const maxOthers = 3

// values are the pieces that tell what the Statement's names held: those it
// assigned, or what it returned; of one that does neither those it looked at,
// changing ones first; of a def what its function was called with.
func (l *Labeler) values(i int) []piece {
	s := &l.file.Statements[i]
	if isDef(s.Kind) {
		return l.arguments(i)
	}
	if len(s.Samples) == 0 {
		return nil
	}
	head := l.head(i)
	result := returned(s.Samples)
	result.open = l.goesOn(i, result.hit)
	if s.Kind == "return" && len(result.values) > 0 {
		return l.returnPiece(nil, i, result, head)
	}
	if !l.options.Values || s.Kind == "class" || s.Kind == "import" {
		return nil
	}
	var out []piece
	if assigned := targets(s.Kind, head); len(assigned) > 0 {
		for _, one := range l.seriesAt(i, assigned) {
			if one.name != "_" && !literal(s.Kind, head, one) && !l.isSteady(one, s.Hits) {
				out = append(out, l.valuePiece(i, one, rankAssigned))
			}
		}
	} else {
		out = l.others(i)
	}
	if len(result.values) > 0 {
		out = l.returnPiece(out, i, result, head)
	}
	return out
}

// isSteady reports whether a series is left out because only changes are asked for: it was the
// same at every hit, and there were several.
func (l *Labeler) isSteady(s series, hits uint64) bool {
	return l.options.Changes && hits > 1 && sameBrief(s.distinct)
}

// others leaves out what the Statement does not name: a function's first one is
// sampled with the arguments, which its def shows.
func (l *Labeler) others(i int) []piece {
	head := l.head(i)
	all := slices.DeleteFunc(l.seriesAt(i, nil), func(s series) bool {
		return s.name == "_" || l.options.Changes && sameBrief(s.distinct) || strings.HasPrefix(s.name, "__") || !telling(s.distinct) || bare(s.distinct) ||
			!strings.Contains(head, root(s.name))
	})
	slices.SortStableFunc(all, func(a, b series) int { return min(len(b.distinct), 2) - min(len(a.distinct), 2) })
	var out []piece
	for _, one := range all[:min(len(all), maxOthers)] {
		out = append(out, l.valuePiece(i, one, rankOther))
	}
	return out
}

// root is the name that a chain of attributes and items starts with.
func root(name string) string {
	if at := strings.IndexAny(name, ".["); at > 0 {
		return name[:at]
	}
	return name
}

func (l *Labeler) arguments(i int) []piece {
	if !l.options.Values {
		return nil
	}
	var out []piece
	for _, one := range l.argumentsOf(i) {
		switch {
		case !telling(one.distinct) || l.isSteady(one, l.hits(i).hits):
		case bare(one.distinct):
			out = append(out, l.valuePiece(i, one, rankOther))
		default:
			out = append(out, l.valuePiece(i, one, rankAssigned))
		}
	}
	return out
}

// head is the text of a Statement, without the body of a compound one.
func (l *Labeler) head(i int) string {
	s := &l.file.Statements[i]
	return l.lines.cut(s.Line, s.Col, s.HeadLine, s.HeadCol)
}

func (l *Labeler) valuePiece(i int, s series, rank int) piece {
	p := piece{Part: Part{Kind: PartValue, Statement: i, Name: s.name}, rank: rank, dots: l.sign.dots}
	p.lead = cutMiddle(tame(s.name, l.options.ASCII), 20, l.sign.dots) + "="
	l.span(&p, s)
	return p
}

func (l *Labeler) returnPiece(out []piece, i int, s series, head string) []piece {
	if !l.options.Returns {
		return out
	}
	all := s.distinct
	if len(all) == 1 && strings.TrimSpace(strings.TrimPrefix(head, "return")) == strings.TrimPrefix(all[0].Repr, "None") {
		return out // "return 1", or a bare "return"
	}
	p := piece{Part: Part{Kind: PartReturn, Statement: i}, rank: rankReturn, lead: l.sign.to + " ", dots: l.sign.dots}
	l.span(&p, s)
	return append(out, p)
}

// span gives a piece its values: a constant, which may be as long as two; what differs
// between the first and the last, where that is little; a choice of few; the first and the
// last; or, where those look the same, which there were.
// Dots behind them say that the last one known is not the last.
func (l *Labeler) span(p *piece, s series) {
	if s.open {
		p.after = " " + l.sign.dots
	}
	limit := l.options.ValueLength
	if sameBrief(s.distinct) {
		p.ends = []string{l.value(s.values[0], 2*limit+3)}
		return
	}
	for _, text := range differing(s.values[0].Repr, s.values[len(s.values)-1].Repr, l.sign.dots) {
		if text = tame(text, l.options.ASCII); width(text) <= 2*limit+3 {
			p.texts = append(p.texts, p.lead+text)
		}
	}
	apart := len(p.texts) > 0
	if choice, ok := l.choice(s.distinct, limit); ok && !apart {
		p.texts = []string{p.lead + choice}
	}
	value := l.value
	if !roundable(s.distinct) {
		value = l.exact
	}
	first, last := value(s.values[0], limit), value(s.values[len(s.values)-1], limit)
	if p.ends = []string{first, last}; first != last {
		return
	}
	if p.ends = nil; !apart {
		p.texts = l.several(p.lead, s.distinct, limit)
	}
}

// choice is a|b, for two or three short values of one type that are no
// numbers.
func (l *Labeler) choice(all []*Var, limit int) (string, bool) {
	if len(all) > 3 {
		return "", false
	}
	texts := make([]string, len(all))
	for i, v := range all {
		if v.Type != all[0].Type || v.Type == "int" || v.Type == "float" {
			return "", false
		}
		texts[i] = l.value(v, limit)
	}
	text := strings.Join(texts, "|")
	return text, width(text) <= limit
}

// several lists different values, three of them, two and one: a|b|….
func (l *Labeler) several(lead string, all []*Var, limit int) []string {
	var seen, texts []string
	for _, v := range all {
		if text := l.value(v, limit); !slices.Contains(seen, text) {
			seen = append(seen, text)
		}
	}
	for n := min(len(seen), 3); n > 0; n-- {
		text := lead + strings.Join(seen[:n], "|")
		if n < len(seen) {
			text += "|" + l.sign.dots
		}
		texts = append(texts, text)
	}
	return texts
}

// value is one value as a label shows it.
func (l *Labeler) value(v *Var, limit int) string {
	if v.Type == "float" {
		return cutMiddle(shortFloat(v.Repr), limit, l.sign.dots)
	}
	return l.exact(v, limit)
}

// exact is value with all digits.
func (l *Labeler) exact(v *Var, limit int) string {
	return cutMiddle(tame(brief(cutMiddle(v.Repr, 4096, "…")), l.options.ASCII), limit, l.sign.dots)
}
