package tally

import (
	"slices"
	"strconv"
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
	// The names that a return looked at are in what it returned.
	if s.Kind == "return" && len(result.values) > 0 {
		return l.returnPiece(nil, i, result, head)
	}
	if !l.options.Values || s.Kind == "class" || s.Kind == "import" {
		return nil
	}
	var out []piece
	if assigned := targets(s.Kind, head); len(assigned) > 0 {
		for _, one := range l.seriesAt(i, l.seen(i, assigned)) {
			if one.name != "_" && !literal(s.Kind, head, one) && !l.isSteady(one, s.Hits) && !unread(one.distinct) {
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

// unread reports iterators of which nothing can be told without a step (chain, groupby): that
// they are such stands in the line.
func unread(values []*Var) bool {
	return !slices.ContainsFunc(values, func(v *Var) bool { return !strings.HasPrefix(v.Repr, "<itertools.") })
}

// seen are the targets of a Statement by the names that its Samples have for them: of an
// item that they cannot have (a[0, :]) it is what the item is in.
func (l *Labeler) seen(i int, assigned []string) []string {
	var names []string
	for _, sample := range l.file.Statements[i].Samples {
		for _, v := range sample.Vars {
			names = append(names, v.Name)
		}
	}
	out := make([]string, 0, len(assigned))
	for _, target := range assigned {
		target = requoted(target)
		for target != "" && !slices.Contains(names, target) {
			target = withoutLast(target)
		}
		if target != "" {
			out = append(out, target)
		}
	}
	return out
}

// requoted writes the texts of a chain as Python writes them: a['x'] for a["x"].
func requoted(target string) string {
	// Python would choose other quotes, or escape: the name is not looked for then.
	if strings.ContainsAny(target, `\'`) {
		return target
	}
	return strings.ReplaceAll(target, `"`, `'`)
}

// withoutLast is a chain of attributes and items without the last of them; "" of a name.
func withoutLast(chain string) string {
	last := -1
	scan(chain, func(at, depth int) bool {
		if depth == 0 && (chain[at] == '.' || chain[at] == '[') {
			last = at
		}
		return true
	})
	return chain[:max(last, 0)]
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
		p := l.valuePiece(i, one, rankOther)
		p.spare = true
		out = append(out, p)
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

// arguments are the pieces of a def: what its function was called with. Values that tell
// nothing by themselves (objects by their class) are the first to give way.
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
			p := l.valuePiece(i, one, rankAssigned)
			p.spare = true
			out = append(out, p)
		}
	}
	return out
}

// head is the text of a Statement, without the body of a compound one.
func (l *Labeler) head(i int) string {
	s := &l.file.Statements[i]
	return l.lines.cut(s.Line, s.Col, s.HeadLine, s.HeadCol)
}

// valuePiece is x=…, with all forms that its values can take.
func (l *Labeler) valuePiece(i int, s series, rank int) piece {
	p := piece{Part: Part{Kind: PartValue, Statement: i, Name: s.name}, rank: rank, dots: l.sign.dots}
	p.lead = cutMiddle(tame(s.name, l.options.ASCII), 20, l.sign.dots) + "="
	l.span(&p, s)
	return p
}

// returnPiece appends what was returned, unless the source says it already.
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

// span gives a piece its values: a constant; what differs between the first and the last,
// where that is little; a choice of few; the first and the last; or, where those look the
// same, which there were. Dots behind them say that the last one known is not the last.
func (l *Labeler) span(p *piece, s series) {
	if s.open {
		p.after = " " + l.sign.dots
	}
	if sameBrief(s.distinct) {
		p.ends = []end{l.end(s.values[0])}
		return
	}
	limit := l.options.ValueLength
	for _, text := range differing(s.values[0].Repr, s.values[len(s.values)-1].Repr, l.sign.dots) {
		if text = tame(text, l.options.ASCII); width(text) <= 2*limit+3 {
			p.texts = append(p.texts, p.lead+text)
		}
	}
	apart := len(p.texts) > 0
	if choice, ok := l.choice(s.distinct, limit); ok && !apart {
		p.texts = []string{p.lead + choice}
	}
	// Floats in few digits would look the same where they are not.
	make := l.end
	if !roundable(s.distinct) {
		make = l.exact
	}
	p.ends = []end{make(s.values[0]), make(s.values[len(s.values)-1])}
	same := p.ends[0].whole == p.ends[1].whole
	var grown []string
	if len(p.texts) == 0 {
		var number string
		if grown, number = l.grown(s.values); len(grown) > 0 {
			p.enough = width(p.lead + grown[len(grown)-1])
		}
		if number != "" {
			grown = append(grown, number)
		}
	}
	if pair := p.ends[0].whole + p.between() + p.ends[1].whole; len(grown) > 0 && !same && width(pair) <= l.longest() {
		p.texts = append(p.texts, p.lead+pair)
	}
	for _, text := range grown {
		p.texts = append(p.texts, p.lead+text)
	}
	if same {
		p.ends = nil
		if !apart && len(grown) == 0 {
			p.texts = l.several(p, s.distinct, limit)
		}
		return
	}
	if day, rest := sameDay(p.ends[0].whole, p.ends[1].whole); day != "" && !apart && len(p.texts) == 0 {
		p.texts = append(p.texts, p.lead+p.ends[0].whole+p.between()+rest)
	}
	// Whether the ends look the same is known only when their room is: the piece asks then.
	p.alike = func() []string {
		var texts []string
		for _, text := range placesOf(s.values[0].Repr, s.values[len(s.values)-1].Repr, l.sign.dots) {
			texts = append(texts, p.lead+tame(text, l.options.ASCII))
		}
		return append(texts, l.several(p, s.distinct, limit)...)
	}
}

// sameDay is the date of two moments of one day, and the time of the second.
func sameDay(first, last string) (day, rest string) {
	day, _, ok := strings.Cut(first, " ")
	rest, same := strings.CutPrefix(last, day+" ")
	if !ok || !same || !isDate(day) {
		return "", ""
	}
	return day, rest
}

// isDate reports 2024-01-31.
func isDate(s string) bool {
	return len(s) == 10 && s[4] == '-' && s[7] == '-' && strings.Trim(s, "0123456789-") == ""
}

// choice is a|b, for two or three short values of one type that are no
// numbers.
func (l *Labeler) choice(all []*Var, limit int) (string, bool) {
	if len(all) > 3 {
		return "", false
	}
	texts := make([]string, len(all))
	for i, v := range all {
		if v.Type != all[0].Type || isNumber(v) {
			return "", false
		}
		texts[i] = l.end(v).fit(limit)
	}
	text := strings.Join(texts, "|")
	return text, width(text) <= limit
}

// several lists different values, three of them, two and one: a|b|…, and a …; dots that stand
// behind the piece anyway say that there are others.
func (l *Labeler) several(p *piece, all []*Var, limit int) []string {
	var short, whole, texts []string
	different := map[string]bool{}
	for _, v := range all {
		different[brief(v.Repr)] = true
		end := l.end(v)
		if text := end.fit(limit); !slices.Contains(short, text) {
			short, whole = append(short, text), append(whole, end.fit(l.longest()))
		}
	}
	for n := min(len(short), 3); n > 0; n-- {
		more := ""
		switch {
		case n == len(different) || p.after != "":
		case n == 1:
			more = " " + l.sign.dots
		default:
			more = "|" + l.sign.dots
		}
		for _, one := range [][]string{whole, short} { // cut only where there is no room
			if text := p.lead + strings.Join(one[:n], "|") + more; !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
		// Alone it takes the room that there is.
		for room := l.longest() - 1; n == 1 && room > limit; room-- {
			if text := p.lead + l.end(all[0]).fit(room) + more; !slices.Contains(texts, text) {
				texts = slices.Insert(texts, len(texts)-1, text)
			}
		}
	}
	return texts
}

// end is one value of a piece: what a label has at the end of a span.
func (l *Labeler) end(v *Var) end {
	return newEnd(readForm(cutMiddle(v.Repr, 4096, "…")), l.formWriter(), l.longest())
}

// exact is end with all digits of a number.
func (l *Labeler) exact(v *Var) end {
	return newEnd(aWord(brief(cutMiddle(v.Repr, 4096, "…"))), l.formWriter(), l.longest())
}

// longest is how long one value may become where there is room.
func (l *Labeler) longest() int { return 2*l.options.ValueLength + 3 }

// end is a value that finds its room: the best form of it that fits.
type end struct {
	form   *form
	writer formWriter
	whole  string
	width  int // of the longest text that it may have
	most   int
}

// newEnd is a value that may take at most so many units of a label.
func newEnd(f *form, w formWriter, most int) end {
	whole := w.whole(f)
	return end{form: f, writer: w, whole: whole, width: min(width(whole), most), most: most}
}

// fit is the value in at most room units.
func (e end) fit(room int) string {
	if room = min(room, e.most); e.width <= room && e.width < e.most || width(e.whole) <= room {
		return e.whole
	}
	return e.writer.fit(e.form, room)
}

// least is how short the value may be cut: of an object something of what it holds is to be seen.
func (e end) least() int {
	if e.form.kind == formCall && e.form.after == "" {
		return max(leastValue, width(e.form.text)+10)
	}
	return leastValue
}

// isClassAlone reports a text of an object that has nothing of what it holds.
func (e end) isClassAlone(text string) bool {
	if e.form.kind != formCall || e.form.after != "" {
		return false
	}
	_, inside, _ := strings.Cut(text, "(")
	inside = strings.TrimSuffix(inside, ")")
	return inside == "" || inside == e.writer.dots
}

// isNumber reports values whose first and last tell more than a choice of them.
func isNumber(v *Var) bool {
	if v.Type == "int" || v.Type == "float" {
		return true
	}
	_, err := strconv.ParseFloat(v.Repr, 64) // numpy's numbers are shown as Python's
	return err == nil
}
