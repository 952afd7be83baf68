package tally

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxOthers is how many names are shown of a statement that assigns none.
const maxOthers = 3

// series is what one name held, in order of hit, and the different values
// among them.
type series struct {
	name     string
	values   []Var
	distinct []Var
}

func (s *series) add(v *Var) {
	s.values = append(s.values, *v)
	for i := range s.distinct {
		if d := &s.distinct[i]; d.Repr == v.Repr && d.Type == v.Type {
			return
		}
	}
	s.distinct = append(s.distinct, *v)
}

// values are the pieces that tell what the Statement's names held: those it
// assigned, or what it returned; of one that does neither those it looked at,
// changing ones first.
func (l *Labeler) values(i int) []piece {
	s := &l.file.Statements[i]
	if isDef(s.Kind) {
		return l.arguments(i)
	}
	if len(s.Samples) == 0 {
		return nil
	}
	head := l.head(i)
	if s.Kind == "return" {
		if r := returned(s.Samples); len(r.values) > 0 {
			return l.returnPiece(i, r, head)
		}
	}
	var out []piece
	if !l.options.Values || s.Kind == "class" || s.Kind == "import" {
		return nil
	}
	assigned := targets(s.Kind, head)
	all := seriesOf(s.Samples)
	for _, one := range all {
		if slices.Contains(assigned, one.name) && one.name != "_" && !literal(s.Kind, head, one) {
			out = append(out, l.valuePiece(i, one, rankAssigned))
		}
	}
	if len(out) == 0 && len(assigned) == 0 {
		out = l.others(i, all)
	}
	if r := returned(s.Samples); len(r.values) > 0 {
		out = append(out, l.returnPiece(i, r, head)...)
	}
	return out
}

func (l *Labeler) others(i int, all []series) []piece {
	all = slices.DeleteFunc(all, func(s series) bool { return s.name == "_" || !telling(s.distinct) })
	slices.SortStableFunc(all, func(a, b series) int { return min(len(b.distinct), 2) - min(len(a.distinct), 2) })
	var out []piece
	for _, one := range all[:min(len(all), maxOthers)] {
		out = append(out, l.valuePiece(i, one, rankOther))
	}
	return out
}

// arguments shows on a def's line what its function was called with: samples
// of the calls where there are some, else what the body's statements saw of
// the parameters before any of them was assigned to.
func (l *Labeler) arguments(i int) []piece {
	if !l.options.Values {
		return nil
	}
	def := &l.file.Statements[i]
	known := seriesOf(def.Samples)
	var out []piece
	for _, name := range parameters(l.head(i)) {
		if name == "self" || name == "cls" {
			continue
		}
		at := slices.IndexFunc(known, func(s series) bool { return s.name == name })
		var one series
		if at >= 0 {
			one = known[at]
		} else {
			one = l.seenIn(i, name)
		}
		if len(one.values) > 0 && telling(one.distinct) {
			out = append(out, l.valuePiece(i, one, rankAssigned))
		}
	}
	return out
}

// seenIn is what the first statement in the body of the def at i that names a
// parameter saw in it, unless the body assigned to it before. Statements that
// not every call came to would tell of some calls only.
func (l *Labeler) seenIn(i int, name string) series {
	first := l.firstOf(i)
	if first < 0 {
		return series{}
	}
	calls := l.hits(i)
	body := l.file.Statements[first:]
	last := slices.IndexFunc(body, func(s Statement) bool { return s.Line > l.file.Statements[i].EndLine })
	if last >= 0 {
		body = body[:last]
	}
	for j := range body {
		s := &body[j]
		if s.Function != body[0].Function || calls.known && s.Hits < calls.hits || !s.samples(name) {
			continue
		}
		for k := range j + 1 {
			if body[k].Function == s.Function && slices.Contains(targets(body[k].Kind, l.head(first+k)), name) {
				return series{}
			}
		}
		for _, one := range seriesOf(s.Samples) {
			if one.name == name {
				return one
			}
		}
	}
	return series{}
}

// samples reports whether the first Sample of s shows a name.
func (s *Statement) samples(name string) bool {
	if len(s.Samples) == 0 {
		return false
	}
	return slices.ContainsFunc(s.Samples[0].Vars, func(v Var) bool { return v.Name == name })
}

// head is the text of a Statement, without the body of a compound one.
func (l *Labeler) head(i int) string {
	s := &l.file.Statements[i]
	return l.lines.cut(s.Line, s.Col, s.HeadLine, s.HeadCol)
}

// seriesOf sorts Samples by name, names in order of first sight. Names that
// had no value are left out.
func seriesOf(samples []Sample) []series {
	var out []series
	for i := range samples {
		for j := range samples[i].Vars {
			v := &samples[i].Vars[j]
			if v.Type == "NameError" && v.Repr == "<unavailable>" {
				continue
			}
			// Samples of one Statement list their names in one order.
			at := j
			if at >= len(out) || out[at].name != v.Name {
				at = slices.IndexFunc(out, func(o series) bool { return o.name == v.Name })
			}
			if at < 0 {
				at = len(out)
				out = append(out, series{name: v.Name, values: make([]Var, 0, len(samples))})
			}
			out[at].add(v)
		}
	}
	return out
}

func returned(samples []Sample) series {
	var out series
	for i := range samples {
		if v := samples[i].Return; v != nil {
			out.add(v)
		}
	}
	return out
}

// telling leaves out what a program has in every scope and never changes:
// functions, classes, modules; and objects that show no more than an address.
func telling(values []Var) bool {
	for _, v := range values {
		switch v.Type {
		case "module", "function", "type", "builtin_function_or_method", "method", "method_descriptor",
			"wrapper_descriptor", "method-wrapper", "ABCMeta", "EnumMeta", "EnumType", "_Feature":
			continue
		}
		if text := brief(v.Repr); text == v.Repr || !strings.HasPrefix(text, "<") || strings.Count(text, "<") > 1 {
			return true
		}
	}
	return false
}

// literal reports that the value stands in the source already: total = 0.
func literal(kind, head string, s series) bool {
	if kind != "assign" || len(s.distinct) != 1 {
		return false
	}
	_, right, ok := strings.Cut(head, "=")
	return ok && strings.TrimSpace(right) == s.values[0].Repr
}

func (l *Labeler) valuePiece(i int, s series, rank int) piece {
	name := cutMiddle(tame(s.name, l.options.ASCII), 20, l.sign.dots)
	return piece{PartValue, rank, l.spans(name+"=", s), l.valueTooltip(i, s), i}
}

func (l *Labeler) returnPiece(i int, s series, head string) []piece {
	if !l.options.Returns {
		return nil
	}
	all := s.distinct
	if len(all) == 1 && strings.TrimSpace(strings.TrimPrefix(head, "return")) == strings.TrimPrefix(all[0].Repr, "None") {
		return nil // "return 1", or a bare "return"
	}
	s.name = "return value"
	return []piece{{PartReturn, rankReturn, l.spans(l.sign.to+" ", s), l.valueTooltip(i, s), i}}
}

// spans writes a series after its lead: a constant, a choice of few, or from
// the first to the last; then once more with values cut shorter.
func (l *Labeler) spans(lead string, s series) []string {
	long := lead + l.span(s, l.options.ValueLength)
	if len(long) <= l.options.ValueLength {
		return []string{long} // as short as it gets
	}
	return []string{long, lead + l.span(s, max(l.options.ValueLength/2, 6))}
}

func (l *Labeler) span(s series, limit int) string {
	all, values := s.distinct, s.values
	show := func(v Var) string { return l.value(v, limit) }
	if len(all) == 1 || sameBrief(all) {
		return show(all[0])
	}
	if choice, ok := l.choice(all, limit); ok {
		return choice
	}
	first, last := values[0], values[len(values)-1]
	dots := " " + l.sign.dots + " "
	if first == last {
		return show(first) + dots + show(farthest(all)) + dots + show(last)
	}
	return show(first) + dots + show(last)
}

// sameBrief reports values that differ in their addresses only.
func sameBrief(all []Var) bool {
	if !strings.Contains(all[0].Repr, " at 0x") {
		return false
	}
	first := brief(all[0].Repr)
	return !slices.ContainsFunc(all[1:], func(v Var) bool { return brief(v.Repr) != first })
}

// choice is a|b, for two or three short values of one type that are no
// numbers.
func (l *Labeler) choice(all []Var, limit int) (string, bool) {
	var texts []string
	for _, v := range all {
		if v.Type != all[0].Type || v.Type == "int" || v.Type == "float" {
			return "", false
		}
		texts = append(texts, l.value(v, limit))
	}
	text := strings.Join(texts, "|")
	return text, len(all) <= 3 && width(text) <= limit
}

// farthest is the value most unlike the first, for a series that came back to
// where it began.
func farthest(all []Var) Var {
	best, distance := all[1], -1.0
	from, ok := parseNumber(&all[0])
	for _, v := range all[1:] {
		n, isNumber := parseNumber(&v)
		if d := max(n-from, from-n); ok && isNumber && d > distance {
			best, distance = v, d
		}
	}
	return best
}

// value is one value as a label shows it.
func (l *Labeler) value(v Var, limit int) string {
	return cutMiddle(tame(brief(cutMiddle(v.Repr, 4096, "…")), l.options.ASCII), limit, l.sign.dots)
}

func (l *Labeler) valueTooltip(i int, s series) string {
	n := l.hits(i).hits
	all := s.distinct
	lines := []string{fmt.Sprintf("%s: %s of %s sampled, %d different",
		tame(s.name, false), plural(uint64(len(s.values)), "value"), plural(n, "hit"), len(all))}
	if low, high, ok := numberRange(all); ok && len(all) > 1 {
		lines = append(lines, "from "+low+" to "+high)
	}
	var types []string
	for _, v := range all {
		if !slices.Contains(types, v.Type) {
			types = append(types, v.Type)
		}
	}
	lines = append(lines, tame(strings.Join(types, ", "), false))
	for _, v := range all[:min(len(all), 10)] {
		lines = append(lines, tame(cutMiddle(v.Repr, 200, "…"), false))
	}
	return strings.Join(lines, "\n")
}

// numberRange is the lowest and the highest of values that are all numbers.
func numberRange(all []Var) (low, high string, ok bool) {
	var least, most float64
	for i := range all {
		n, isNumber := parseNumber(&all[i])
		if !isNumber {
			return "", "", false
		}
		if i == 0 || n < least {
			least = n
		}
		if i == 0 || n > most {
			most = n
		}
	}
	format := func(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }
	return format(least), format(most), len(all) > 0
}
