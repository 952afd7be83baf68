package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Explanation says what a Program asks, when, and what that costs.
type Explanation struct {
	Predicate string   `json:"predicate"` // hunter's str()
	Kinds     []string `json:"kinds"`     // kinds of event it can do anything for
	Once      []Part   `json:"once"`      // decided once for each function
	Place     []Part   `json:"place"`     // decided once for each place
	Event     []Part   `json:"event"`     // asked at each event that is left
	Actions   []string `json:"actions"`   // what then runs
	Watches   string   `json:"watches"`   // why every event must be seen, or ""
	Cost      Cost     `json:"cost"`
	Code      []Match  `json:"code,omitempty"` // of the code objects that were asked about, those it would arm
	Asked     int      `json:"asked"`          // how many code objects that were
	Warnings  []string `json:"warnings"`
}

// Part is a piece of a query.
type Part struct {
	Text string `json:"text"`
	Span Span   `json:"span"`
	// Nanoseconds is what asking once adds with the accelerator; 0 for what is
	// decided beforehand.
	Nanoseconds int `json:"ns"`
}

// Cost estimates what a Program adds to a running one.
type Cost struct {
	// Elsewhere is what code costs that the query has nothing to do with.
	Elsewhere int `json:"elsewhere_ns"`
	// Test is what each event of armed code costs, TestPython without the accelerator.
	Test       int `json:"test_ns"`
	TestPython int `json:"test_python_ns"`
	// Words is both in a sentence.
	Words string `json:"words"`
}

// Code is a code object as far as a query can ask for it.
type Code struct {
	Module, Filename, Function, Qualname, Path string
	Stdlib                                     bool
	Lines                                      []int // that hold code
}

// Match is a code object that a Program would arm.
type Match struct {
	Filename string   `json:"filename"` // as it was given
	Module   string   `json:"module"`   // the name under which it would be armed
	Function string   `json:"function"` // its own name
	Qualname string   `json:"qualname"` // with what it stands in
	Lines    []int    `json:"lines"`    // at which it can do anything
	Kinds    []string `json:"kinds"`    // of events that are asked for there
	Residual string   `json:"residual"` // what is left to ask there; "" for nothing
	Cost     Price    `json:"cost"`     // of each event there, of the dearest kind
}

// Explain says what p asks, and which of codes it would arm.
func (p *Program) Explain(codes ...Code) Explanation {
	e := Explanation{Predicate: p.String(), Kinds: p.KindsOf(Facts{}), Asked: len(codes),
		Once: []Part{}, Place: []Part{}, Event: []Part{}, Actions: []string{}, Warnings: []string{}}
	Walk(p.Root, func(n Pred) { e.part(n) })
	for _, a := range p.Actions {
		e.Actions = append(e.Actions, a.String())
	}
	for _, d := range p.Warnings {
		e.Warnings = append(e.Warnings, d.Error())
	}
	if e.Watches == "" && p.NeedsCalls {
		e.Watches = countsCalls
	}
	e.estimate(p)
	for _, c := range codes {
		if m, ok := p.match(c); ok {
			e.Code = append(e.Code, m)
		}
	}
	return e
}

// Source is a file as far as a query can ask for it. It may run under several
// names, the likeliest first.
type Source struct {
	Path    string   // absolute, or as a person wrote it
	Modules []string // dotted names
	Text    string
}

// ExplainSources is Explain of the code objects of files: one is armed that the
// Program matches under any of the names.
func (p *Program) ExplainSources(sources ...Source) Explanation {
	e := p.Explain()
	for _, s := range sources {
		names := s.Modules
		if len(names) == 0 {
			names = []string{""}
		}
		found := map[int]Match{}
		for _, name := range names {
			codes := Scan(s.Path, name, s.Text)
			if name == names[0] {
				e.Asked += len(codes)
			}
			for i, c := range codes {
				if m, ok := p.match(c); ok && found[i].Kinds == nil {
					found[i] = m
				}
			}
		}
		for _, i := range slices.Sorted(maps.Keys(found)) {
			e.Code = append(e.Code, found[i])
		}
	}
	return e
}

// part files what n itself asks.
func (e *Explanation) part(n Pred) {
	switch n := n.(type) {
	case *Query:
		for _, t := range n.Tests {
			f, _ := FieldByName(t.Field)
			part := Part{Text: t.String(), Span: t.At}
			switch f.Stage {
			case StageCode:
				e.Once = append(e.Once, part)
			case StagePlace:
				e.Place = append(e.Place, part)
			default:
				part.Nanoseconds = fieldPrices[t.Field].Native
				e.Event = append(e.Event, part)
			}
		}
	case *Expr, *Lambda:
		e.Event = append(e.Event, Part{n.String(), n.Span(), priceIn(n).Native})
	case *From:
		e.Watches = "From follows the depth of every call"
	case *Backlog:
		e.Watches = "Backlog keeps every event until its condition holds"
	case *ActionPred:
		e.Watches = n.Do.Kind + " as a predicate runs for every event that reaches it"
	}
}

// match says what of c the Program would arm.
func (p *Program) match(c Code) (Match, bool) {
	facts := CodeFacts(c.Module, c.Filename, c.Function, c.Qualname, c.Path, c.Stdlib)
	if p.Decide(facts) == Never {
		return Match{}, false
	}
	m := Match{Filename: c.Filename, Module: c.Module, Function: c.Function, Qualname: c.Qualname, Kinds: p.KindsOf(facts), Lines: p.LinesOf(facts, c.Lines)}
	if p.Decide(facts) == Ask {
		m.Residual = p.Residual(facts).question()
		m.Cost = p.dearest(facts, m.Kinds)
	}
	return m, len(m.Lines) > 0 || len(c.Lines) == 0
}

// question is the predicate without the actions around it.
func (p *Program) question() string {
	root := p.Root
	for {
		w, ok := root.(*When)
		if !ok {
			return root.String()
		}
		root = w.If
	}
}

// String is the Explanation for a person, one fact to a line.
func (e Explanation) String() string {
	var b strings.Builder
	line := func(label string, texts ...string) {
		if len(texts) > 0 {
			fmt.Fprintf(&b, "  %-24s %s\n", label, strings.Join(texts, ", "))
		}
	}
	fmt.Fprintln(&b, e.Predicate)
	line("events", e.Kinds...)
	if len(e.Kinds) == 0 {
		line("events", "none: it can never match")
	}
	line("once for each function", partTexts(e.Once)...)
	line("once for each place", partTexts(e.Place)...)
	line("at each event", partTexts(e.Event)...)
	line("then", actionKinds(e.Actions)...)
	line("cost", e.Cost.Words)
	for _, w := range e.Warnings {
		line("warning", w)
	}
	if e.Asked > 0 {
		line("would arm", fmt.Sprintf("%d of %d code objects", len(e.Code), e.Asked))
	}
	for _, m := range e.Code {
		fmt.Fprintf(&b, "    %s %s, %s%s\n", m.Filename, m.Qualname, lineList(m.Lines), residualText(m))
	}
	return b.String()
}

// partTexts are the parts of a query as texts.
func partTexts(parts []Part) []string {
	var out []string
	for _, p := range parts {
		out = append(out, p.Text)
	}
	return out
}

// actionKinds are actions without their options.
func actionKinds(actions []string) []string {
	var out []string
	for _, a := range actions {
		kind, _, _ := strings.Cut(a, "(stream=")
		out = append(out, kind)
	}
	return out
}

// residualText is what of a query is left to ask at each event, as the end of a sentence.
func residualText(m Match) string {
	if m.Residual == "" {
		return ", nothing left to ask"
	}
	return ", asks " + m.Residual
}

// lineList writes lines as ranges.
func lineList(lines []int) string {
	if len(lines) == 0 {
		return "any line"
	}
	var parts []string
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1] == lines[j]+1 {
			j++
		}
		if j > i {
			parts = append(parts, fmt.Sprintf("%d-%d", lines[i], lines[j]))
		} else {
			parts = append(parts, fmt.Sprint(lines[i]))
		}
		i = j + 1
	}
	word := "line "
	if len(lines) > 1 {
		word = "lines "
	}
	return word + strings.Join(parts, ",")
}
