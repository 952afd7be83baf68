package tally

import (
	"slices"
	"strings"
)

// series is what one name held, in order of hit, and the different values
// among them.
type series struct {
	name     string
	values   []*Var
	distinct []*Var
	hit      uint64 // of the last of them
	open     bool   // there were later ones, of which nothing is known
}

// add takes the next value; distinct has each one once, in the order in which they came.
func (s *series) add(v *Var) {
	s.values = append(s.values, v)
	for _, d := range s.distinct {
		if d.Repr == v.Repr && d.Type == v.Type {
			return
		}
	}
	s.distinct = append(s.distinct, v)
}

// seriesOf sorts Samples by name, names in order of first sight: those in only,
// or all where that is nil. Names that had no value are left out.
func seriesOf(samples []Sample, only []string) []series {
	var out []series
	for i := range samples {
		for j := range samples[i].Vars {
			v := &samples[i].Vars[j]
			if v.Type == "NameError" && v.Repr == "<unavailable>" || only != nil && !slices.Contains(only, v.Name) {
				continue
			}
			// Samples of one Statement list their names in one order.
			at := j
			if at >= len(out) || out[at].name != v.Name {
				at = slices.IndexFunc(out, func(o series) bool { return o.name == v.Name })
			}
			if at < 0 {
				at = len(out)
				room := make([]*Var, 2*len(samples))
				out = append(out, series{name: v.Name, values: room[:0:len(samples)], distinct: room[len(samples):len(samples)]})
			}
			out[at].add(v)
			out[at].hit = samples[i].Hit
		}
	}
	return out
}

// returned is what a Statement's function returned at it.
func returned(samples []Sample) series {
	out := series{name: "return value"}
	for i := range samples {
		if v := samples[i].Return; v != nil {
			out.add(v)
			out.hit = samples[i].Hit
		}
	}
	return out
}

// seriesAt are the series of the Statement at i, and whether each ends with the last
// value there was.
func (l *Labeler) seriesAt(i int, only []string) []series {
	out := seriesOf(l.file.Statements[i].Samples, only)
	for at := range out {
		out[at].open = l.goesOn(i, out[at].hit)
	}
	return out
}

// endsAs reports that, of a Statement with the same Samples, no series goes on here
// that did not in a Labeler before, nor the other way round.
func (l *Labeler) endsAs(was *Labeler, i int) bool {
	if l.options.State != was.options.State {
		return false
	}
	return l.options.State == Running || l.file.Statements[i].Hits == was.file.Statements[i].Hits
}

// goesOn reports whether a Statement was hit after the hit of which a value is the last
// one known. While it runs that is nothing to tell, nor is the hit that a stop is in. A
// Sample that is whole and does not have the name says that it had no value.
func (l *Labeler) goesOn(i int, hit uint64) bool {
	s := &l.file.Statements[i]
	if l.options.State == Running {
		return false
	}
	for at := range s.Samples {
		if s.Samples[at].Process != 0 {
			return false // each process has hits of its own
		}
		if !s.Samples[at].Partial {
			hit = max(hit, s.Samples[at].Hit)
		}
	}
	if l.options.State == Paused {
		hit++
	}
	return hit < s.Hits
}

// seriesNamed is what one name held at a Statement; of a def's, in its calls.
func (l *Labeler) seriesNamed(i int, name string) series {
	s := &l.file.Statements[i]
	list := l.seriesAt(i, []string{name})
	if isDef(s.Kind) {
		list = l.argumentsOf(i)
	}
	for _, one := range list {
		if one.name == name {
			return one
		}
	}
	return series{}
}

// argumentsOf is what the function of a def was called with: samples of the
// calls where there are some, else what the body's statements saw of the
// parameters before any of them was assigned to. Statements that not every call
// came to would tell of some calls only.
func (l *Labeler) argumentsOf(i int) []series {
	def := &l.file.Statements[i]
	names := slices.DeleteFunc(parameters(l.head(i)), func(name string) bool { return name == "self" || name == "cls" })
	if len(names) == 0 {
		return nil
	}
	found := seriesOf(def.Samples, names)
	open := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(found, func(s series) bool { return s.name == name })
	})
	first := l.firstOf(i)
	if first < 0 {
		return found
	}
	calls, function := l.hits(i), l.file.Statements[first].Function
	for j := first; j < len(l.file.Statements) && len(open) > 0; j++ {
		s := &l.file.Statements[j]
		if s.Line > def.EndLine {
			break
		}
		if s.Function != function {
			continue
		}
		open = l.withoutAssigned(open, j)
		if calls.known && s.Hits < calls.hits || len(s.Samples) == 0 || len(open) == 0 {
			continue
		}
		for _, one := range l.seriesAt(j, open) {
			found = append(found, one)
			open = slices.DeleteFunc(open, func(name string) bool { return name == one.name })
		}
	}
	slices.SortFunc(found, func(a, b series) int { return slices.Index(names, a.name) - slices.Index(names, b.name) })
	return found
}

// withoutAssigned drops the names that a Statement assigns to.
func (l *Labeler) withoutAssigned(names []string, i int) []string {
	head := l.head(i)
	if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(head, name) }) {
		return names
	}
	assigned := targets(l.file.Statements[i].Kind, head)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(assigned, name) })
}

// telling leaves out what a program has in every scope and never changes:
// functions, classes, modules.
func telling(values []*Var) bool {
	return slices.ContainsFunc(values, func(v *Var) bool {
		switch v.Type {
		case "module", "function", "type", "builtin_function_or_method", "method", "method_descriptor",
			"wrapper_descriptor", "method-wrapper", "ABCMeta", "EnumMeta", "EnumType", "_Feature":
			return false
		}
		return true
	})
}

// bare reports one object that shows no more than its class and an address.
func bare(values []*Var) bool {
	if !sameBrief(values) {
		return false
	}
	text := brief(values[0].Repr)
	return text != values[0].Repr && strings.HasPrefix(text, "<") && strings.Count(text, "<") == 1
}

// sameBrief reports values that differ in their addresses only.
func sameBrief(all []*Var) bool {
	if len(all) == 1 {
		return true
	}
	if !strings.Contains(all[0].Repr, " at 0x") {
		return false
	}
	first := brief(all[0].Repr)
	return !slices.ContainsFunc(all[1:], func(v *Var) bool { return brief(v.Repr) != first })
}

// literal reports that the value stands in the source already: total = 0.
func literal(kind, head string, s series) bool {
	if kind != "assign" || len(s.distinct) != 1 {
		return false
	}
	at := strings.LastIndexByte(head, '=')
	return at > 0 && strings.IndexByte("+-*/%@&|^<>", head[at-1]) < 0 && strings.TrimSpace(head[at+1:]) == s.values[0].Repr
}
