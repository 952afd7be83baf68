package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/tallyho-dev/tallyho/internal/wording"
)

// A beside is one question that people ask several tools, each in its own way.
type beside struct {
	name    string
	program string
	tools   map[string]variant // by column
}

// The columns of the comparison: ours with the accelerator and without, and the
// tools that answer at least one of the questions.
var besideTools = []string{"tallyho", "tallyho, Python", "hunter", "PySnooper", "tracefunc", "viztracer", "coverage", "coverage, sysmon", "debugpy"}

// ours is a question with the accelerator and without.
func ours(more map[string]variant, flags ...string) map[string]variant {
	all := map[string]variant{
		"tallyho":         {tool: "tallyho", args: append([]string{"--native", "require"}, flags...)},
		"tallyho, Python": {tool: "tallyho", args: append([]string{"--native", "off"}, flags...)},
	}
	for name, v := range more {
		all[name] = v
	}
	return all
}

const (
	onLocal       = "function='work', kind='line', lineno=9, expr='i == -1'"
	huntersLocal  = "Q(Q(function='work', kind='line', lineno=9), lambda event: event.locals.get('i') == -1)"
	huntersValues = "function='work', kind='line', action=VarsPrinter('i', 'a', 'b', 'total')"
)

var besides = []beside{
	{"a question that matches nothing, in a million calls", "calls.py",
		ours(map[string]variant{"hunter": {tool: "hunter", args: []string{"module='zzz'"}}}, "--no-tally", "-q", "module='zzz'")},
	{"a condition on a local that never holds, at a hot line", "condition.py",
		ours(map[string]variant{"hunter": {tool: "hunter", args: []string{huntersLocal}}}, "--no-tally", "-q", onLocal)},
	{"every statement of a parser counted (coverage: hit or not)", "parser.py", ours(map[string]variant{
		"coverage":         {tool: "coverage", args: []string{"ctrace", "--include", "programs/parser.py"}},
		"coverage, sysmon": {tool: "coverage", args: []string{"sysmon", "--include", "programs/parser.py"}},
	}, "--samples", "off", "--include", "programs/parser.py")},
	{"every statement of a parser counted, with values", "parser.py", ours(nil, "--include", "programs/parser.py")},
	{"the values of a loop of 300 rounds (others: each of them printed)", "small.py", ours(map[string]variant{
		"hunter":    {tool: "hunter", args: []string{huntersValues}},
		"PySnooper": {tool: "python", program: "small_pysnooper.py"},
		"tracefunc": {tool: "python", program: "small_tracefunc.py"},
	})},
	{"every call and return printed (viztracer: recorded)", "printing_few.py", ours(map[string]variant{
		"hunter":    {tool: "hunter", args: []string{"kind_in=('call', 'return'), action=CallPrinter"}},
		"viztracer": {tool: "viztracer"},
	}, "--no-tally", "-q", "kind_in=('call', 'return'), action=CallPrinter")},
}

// sideBySide prints how many times as long programs take under each tool.
func (e *environment) sideBySide(w *paper, wanted func(string) bool, rounds int) error {
	w.heading("Side by side, Python "+e.python.Name(), besideTools...)
	for _, b := range besides {
		if !wanted("beside: " + b.name) {
			continue
		}
		cells, err := e.ratios(bench{program: b.program}, besideTools, b.tools, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		w.row(b.name, cells...)
	}
	if name := "a conditional breakpoint that is never true, a million times"; wanted("beside: " + name) {
		cells := make([]string, len(besideTools))
		for i, tool := range besideTools {
			if settings, ok := besideDebuggers[tool]; ok && (tool != "debugpy" || e.peers != "") {
				got, err := looped(object{"line": loopLine, "condition": "i < 0"}, settings)(e, besideDebugger(tool))
				if err != nil {
					return fmt.Errorf("%s: %s: %w", name, tool, err)
				}
				cells[i] = times(got)
			}
		}
		w.row(name, cells...)
	}
	return w.Flush()
}

// besideDebuggers are those of the columns that have breakpoints, with our
// launch arguments.
var besideDebuggers = map[string]object{
	"tallyho": {"tally": "off"}, "tallyho, Python": {"tally": "off", "native": "off"}, "debugpy": nil,
}

func besideDebugger(column string) string {
	if column == "debugpy" {
		return column
	}
	return "tallyho"
}

// ratios are the best of the rounds of each column's variant, as ratios to the
// bare program; "" for a tool that has none.
func (e *environment) ratios(b bench, columns []string, tools map[string]variant, rounds int) ([]string, error) {
	bare, best := math.Inf(1), map[string]float64{}
	for range rounds {
		got, err := e.once(b, variant{})
		if err != nil {
			return nil, err
		}
		bare = min(bare, got)
		for _, name := range columns {
			v, ok := tools[name]
			if !ok || v.tool != "tallyho" && e.peers == "" {
				continue
			}
			got, err := e.once(b, v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if before, ok := best[name]; ok {
				got = min(got, before)
			}
			best[name] = got
		}
	}
	cells := make([]string, len(columns))
	for i, name := range columns {
		if got, ok := best[name]; ok {
			cells[i] = times(got / bare)
		}
	}
	return cells, nil
}

// times writes a ratio with as many digits as mean something.
func times(ratio float64) string {
	if ratio < 10 {
		return fmt.Sprintf("%.2f×", ratio)
	}
	return fmt.Sprintf("%.0f×", ratio)
}

// How often the function is called whose calls are asked about, and how many of
// them PySnooper gets, which takes a minute for more.
var (
	againstHits   = []int{10, 100, 1_000, 10_000, 100_000}
	pysnoopersMax = 10_000
)

// againstTools are the lines of the plot.
var againstTools = []string{"tallyho", "tallyho, Python", "hunter", "viztracer", "PySnooper"}

// against prints how many times as long a program takes, by how often what is
// asked about happens.
func (e *environment) against(w *paper, wanted func(string) bool, rounds int) error {
	if !wanted("cost against hits") {
		return nil
	}
	const query = "function='rare', kind='call', action=VarsPrinter('i')"
	w.heading("Cost against hits, Python "+e.python.Name(), againstTools...)
	for _, hits := range againstHits {
		tools := ours(map[string]variant{
			"hunter":    {tool: "hunter", args: []string{query}},
			"viztracer": {tool: "viztracer"},
		}, "--no-tally", "-q", query)
		if hits <= pysnoopersMax {
			tools["PySnooper"] = variant{tool: "python", more: []string{"pysnooper"}}
		}
		cells, err := e.ratios(bench{program: "hits.py", args: []string{strconv.Itoa(hits)}}, againstTools, tools, rounds)
		if err != nil {
			return fmt.Errorf("%d hits: %w", hits, err)
		}
		w.row(wording.Grouped(hits), cells...)
	}
	return w.Flush()
}
