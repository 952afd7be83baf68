package main

import (
	"fmt"
	"github.com/tallyho-dev/tallyho/internal/costs"
	"regexp"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// fieldRounds are the calls that programs/fields.py makes.
const fieldRounds = 4_000

// A fieldCase is one question that never holds, asked of a function of two
// lines: of four events in each round.
type fieldCase struct {
	name    string
	query   string
	hunters string // "" where hunter cannot be asked: it raises, or has no such thing
	raising bool   // asked of a program that raises and handles
	usual   bool   // measured where no case was asked for: all of them take a quarter of an hour
}

// operands are, by a field's type, what an operator compares with so that it
// never holds.
var operands = map[query.FieldType]map[query.Op]string{
	query.TypeStr: {query.Eq: "'zzz'", query.In: "('zz1', 'zz2')", query.Contains: "'zzz'", query.StartsWith: "'zzz'", query.EndsWith: "'zzz'",
		query.Matches: "'zzz$'", query.Gt: "'~~~'", query.Gte: "'~~~'", query.Lt: "''", query.Lte: "''"},
	query.TypeInt:  {query.Eq: "-1", query.In: "(-1, -2)", query.Gt: "100000000", query.Gte: "100000000", query.Lt: "0", query.Lte: "-1"},
	query.TypeBool: {query.Eq: "5"},
	query.TypeAny:  {query.Eq: "-1"},
	query.TypeDict: {query.Eq: "{'x': -1}", query.Contains: "'zzz'"},
}

// ofDepth are operands for depth, which is never less than 0: they hold of the
// module's own start at most.
var ofDepth = map[query.Op]string{query.Eq: "1000", query.In: "(1000, 1001)", query.Gt: "1000", query.Gte: "1000", query.Lt: "1", query.Lte: "0"}

// onlyStrings are the operators that hunter's C takes for fields that are
// strings alone.
const onlyStrings = " in contains startswith endswith "

// fieldCases are every field with every operator, over all events and over those
// of each kind, and the questions that are none of one field.
func fieldCases() (cases []fieldCase) {
	for _, f := range query.Fields {
		kind := f.Type
		if kind == query.TypeMaybeInt {
			kind = query.TypeInt
		}
		for _, op := range []query.Op{query.Eq, query.In, query.Contains, query.StartsWith, query.EndsWith, query.Matches, query.Gt, query.Gte, query.Lt, query.Lte} {
			operand, ok := operands[kind][op]
			if f.Name == "depth" {
				operand, ok = ofDepth[op], ofDepth[op] != ""
			}
			if !ok || f.Type == query.TypeMaybeInt && op != query.Eq && op != query.In {
				continue // an order of None and a number raises
			}
			if f.Name == "kind" && (op == query.Eq || op == query.In) {
				continue // one that no event has is a mistake
			}
			test := f.Name + "=" + operand
			if op != query.Eq {
				test = f.Name + "_" + string(op) + "=" + operand
			}
			these := ofEachKind(f.Name, test, f.Type != query.TypeStr && strings.Contains(onlyStrings, " "+string(op)+" "))
			for i := range these {
				these[i].usual = op == query.Eq && (f.Stage != query.StageCode && f.Name != "lineno" || i == 0)
			}
			cases = append(cases, these...)
		}
	}
	same := func(q string) fieldCase { return fieldCase{name: q, query: q, hunters: q, usual: true} }
	return append(cases,
		same("module='__main__', depth_lt=0"),
		same("~Q(kind='line'), ~Q(module_in=['six']), ~Q(filename=''), stdlib=False, depth_lt=0"),
		same("function='inner', locals={'x': -1}"),
		same("function='inner', kind='return', arg=-1"),
		same("function='inner', lineno=1"),
		same("From(function='zzz')"),
		same("Backlog(function='zzz', size=5)"),
		same("Backlog(function='zzz', size=5, vars=True)"),
		fieldCase{name: "function='inner', expr='x == -1'", query: "function='inner', expr='x == -1'", usual: true,
			hunters: "Q(function='inner'), lambda event: event.locals.get('x') == -1"},
	)
}

// ofEachKind asks one test of all events and of each kind.
func ofEachKind(field, test string, raises bool) (cases []fieldCase) {
	queries := []string{test}
	if field != "kind" {
		for _, kind := range query.Kinds {
			queries = append(queries, fmt.Sprintf("kind='%s', %s", kind, test))
		}
	}
	for _, q := range queries {
		c := fieldCase{name: q, query: q, hunters: q, raising: costs.Raising(q)}
		if raises {
			c.hunters = ""
		}
		cases = append(cases, c)
	}
	return cases
}

// How many times less than hunter a question adds, with the accelerator and
// without.
const (
	lessInC      = 10
	lessInPython = 1
)

// fields prints what each question adds to a round: ours with the accelerator
// and without, and hunter's; and what query explain says beforehand.
func (e *environment) fields(w *paper, only *regexp.Regexp) (missed int, err error) {
	wanted := func(c fieldCase) bool {
		return only.MatchString("fields: "+c.name) && (c.usual || only.String() != "")
	}
	if !slices.ContainsFunc(fieldCases(), wanted) {
		return 0, nil
	}
	bare := map[bool]float64{}
	for _, raising := range []bool{false, true} {
		if bare[raising], err = e.field(fieldCase{raising: raising}, variant{}); err != nil {
			return 0, err
		}
	}
	w.heading("Questions, Python "+e.python.Name(), "ns a round, C", "estimate, C", "ns a round, Python", "estimate, Python", "ns a round, hunter", "bound")
	w.row("the round alone", fmt.Sprintf("%.0f", bare[false]/fieldRounds))
	w.row("a round that raises alone", fmt.Sprintf("%.0f", bare[true]/fieldRounds))
	for _, c := range fieldCases() {
		if !wanted(c) {
			continue
		}
		n, err := e.fieldRow(w, c, bare[c.raising])
		if err != nil {
			return missed, fmt.Errorf("%s: %w", c.name, err)
		}
		missed += n
	}
	return missed, nil
}

// fieldRow measures one question.
func (e *environment) fieldRow(w *paper, c fieldCase, bare float64) (missed int, err error) {
	var added [3]float64
	for i, v := range []variant{
		{tool: "tallyho", args: []string{"--no-tally", "--native", "require", "-q", c.query}},
		{tool: "tallyho", args: []string{"--no-tally", "--native", "off", "-q", c.query}},
		{tool: "hunter", args: []string{c.hunters}},
	} {
		if v.tool == "hunter" && (e.peers == "" || c.hunters == "") {
			continue
		}
		got, err := e.field(c, v)
		if err != nil {
			return 0, err
		}
		added[i] = (got - bare) / fieldRounds
	}
	guess, err := costs.Estimate(c.query)
	if err != nil {
		return 0, err
	}
	cells := []string{fmt.Sprintf("%.0f", added[0]), fmt.Sprint(guess.Native), fmt.Sprintf("%.0f", added[1]), fmt.Sprint(guess.Python), "", ""}
	if added[2] > 0 {
		// What cannot be told from nothing counts as a fiftieth of the round.
		least := bare / fieldRounds / 50
		inC, inPython := added[2]/max(added[0], least), added[2]/max(added[1], least)
		cells[4] = fmt.Sprintf("%.0f", added[2])
		cells[5] = fmt.Sprintf("%.1f× and %.1f× less, ≥ %d and %d", inC, inPython, lessInC, lessInPython)
		if inC < lessInC || inPython < lessInPython {
			cells[5] += " MISSED"
			missed++
		}
	}
	for i, of := range []int{guess.Native, guess.Python} {
		if !costs.Near(added[i], float64(of)) {
			cells[2*i+1] += " MISSED"
			missed++
		}
	}
	w.row(c.name, cells...)
	return missed, nil
}

func (e *environment) field(c fieldCase, v variant) (float64, error) {
	b := bench{program: "fields.py"}
	if c.raising {
		b.args = []string{"raising"}
	}
	return e.once(b, v)
}
