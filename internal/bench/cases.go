package main

// A bench is one program and the ways it is run. The first variant is the bare
// program.
type bench struct {
	name     string
	program  string // file in programs/
	hits     int    // what "added per hit" divides by
	variants []variant
	start    string   // directory of what starting generates, "" for none: the program's first argument
	args     []string // the program's others, or all of them
	unit     string   // of what the program prints, "" for ns
}

// A variant is one way to run a program.
type variant struct {
	name  string
	tool  string   // "tallyho", "hunter", …; "" is the bare interpreter
	args  []string // tallyho: flags of run; hunter: PYTHONHUNTER; coverage: its core, then flags
	bound float64  // ratio that must not be passed, 0: none stated
	less  float64  // at least so many times less is added than hunter adds, 0: none stated

	program string   // another than the bench's: for a tool that is called in it, or takes minutes
	hits    int      // of that program, where they are fewer: its figure is taken as many times as that takes; 0: the bench's
	more    []string // arguments of the program, behind the bench's
	cold    bool     // nothing is known of the program's files from an earlier run
}

// below are the cases of an interpreter without sys.monitoring: what a query that
// matches nothing costs the code that it does not concern, and what counting costs. Part of that is
// CPython's own: 3.11 calls a function in Python by way of C where somebody else runs
// the frames.
var below = []bench{
	{
		name: "lines outside the filter, settrace", program: "hot.py", hits: 8_000_000,
		variants: []variant{{name: "tallyho", tool: "tallyho", args: []string{"--no-tally", "-q", "module='zzz'"}, bound: 1.5}},
	},
	{
		name: "calls outside the filter, settrace", program: "calls.py", hits: 1_000_000,
		variants: []variant{{name: "tallyho", tool: "tallyho", args: []string{"--no-tally", "-q", "module='zzz'"}, bound: 1.5}},
	},
	{
		name: "condition on a local, never true, settrace", program: "condition.py", hits: 2_000_000,
		variants: []variant{
			{name: "tallyho, C", tool: "tallyho", args: []string{"--no-tally", "--native", "require", "-q", neverTrue}, bound: 6},
			{name: "hunter", tool: "hunter", args: []string{huntersNeverTrue}},
		},
	},
	fewer(asHunter("CallPrinter of everything, settrace", "printing.py", 120_000, 5, "action=CallPrinter", "action=CallPrinter")),
	fewer(asHunter("VarsPrinter of everything, settrace", "printing.py", 120_000, 5, "action=VarsPrinter('a', 'i')", "action=VarsPrinter('a', 'i')")),
	{
		name: "tallies of a hot loop, settrace", program: "hot.py", hits: 8_000_000,
		variants: []variant{
			{name: "values, C", tool: "tallyho", args: []string{"--native", "require", "--include", "programs/hot.py"}, bound: 6},
			{name: "counts, C", tool: "tallyho", args: []string{"--native", "require", "--samples", "off", "--include", "programs/hot.py"}, bound: 6},
		},
	},
}

// asHunter is a case of one query: ours, hunter's, and how many times less we
// may add.
func asHunter(name, program string, hits int, less float64, ours, hunters string) bench {
	return bench{name: name, program: program, hits: hits, variants: []variant{
		{name: "tallyho", tool: "tallyho", args: []string{"--no-tally", "-q", ours}, less: less},
		{name: "hunter", tool: "hunter", args: []string{hunters}},
	}}
}

// fewer has hunter print a tenth as much.
func fewer(b bench) bench {
	b.variants[1].program, b.variants[1].hits = "printing_few.py", b.hits/10
	return b
}

var cases = []bench{
	asHunter("never matches", "steps.py", 300_000, 15, "module='zzz'", "module='zzz'"),
	asHunter("a selective function", "steps.py", 300_000, 15, "function='rare'", "function='rare'"),
	asHunter("a condition on a local", "steps.py", 900_000, 5,
		"function='step', kind='line', expr='i == -1'",
		"Q(Q(function='step', kind='line'), lambda event: event.locals.get('i') == -1)"),
	asHunter("a lambda on a local", "steps.py", 900_000, 5,
		"Q(Q(function='step', kind='line'), lambda event: event.locals.get('i') == -1)",
		"Q(Q(function='step', kind='line'), lambda event: event.locals.get('i') == -1)"),
	fewer(asHunter("CallPrinter of everything", "printing.py", 120_000, 5, "action=CallPrinter", "action=CallPrinter")),
	fewer(asHunter("VarsPrinter of everything", "printing.py", 120_000, 5, "action=VarsPrinter('a', 'i')", "action=VarsPrinter('a', 'i')")),
	{
		name: "nothing asked", program: "rare.py", hits: 2_000_000,
		variants: []variant{
			{name: "tallyho", tool: "tallyho", args: []string{"--no-tally"}, bound: 1.01},
		},
	},
	{
		name: "tracepoint on a rarely called function", program: "rare.py", hits: 2_000,
		variants: []variant{
			{name: "tallyho", tool: "tallyho", bound: 1.02,
				args: []string{"--no-tally", "-q", "function='rare', kind='call', action=VarsPrinter('i')"}},
			{name: "hunter", tool: "hunter", args: []string{"function='rare', kind='call', action=VarsPrinter('i')"}},
		},
	},
	{
		// What a record costs whose code is not in the caches.
		name: "every event of a rarely called function", program: "rare.py", hits: 6_000,
		variants: []variant{
			{name: "tallyho", tool: "tallyho", bound: 1.06,
				args: []string{"--no-tally", "-q", "function='rare', action=VarsPrinter('i')"}},
		},
	},
	{
		name: "filter that never matches", program: "calls.py", hits: 1_000_000,
		variants: []variant{
			{name: "tallyho", tool: "tallyho", args: []string{"--no-tally", "-q", "module='zzz'"}, bound: 1.05},
			{name: "hunter", tool: "hunter", args: []string{"module='zzz'"}},
		},
	},
	tallied("tallies of a hot loop", "hot.py", 8_000_000, 2.2, 9, "programs/hot.py"),
	tallied("tallies of json in Python", "pure_json.py", 1, 1.9, 0, "**/json/*.py"),
	tallied("tallies of difflib", "differences.py", 1, 1.9, 0, "**/difflib.py"),
	tallied("tallies of textwrap", "wrapping.py", 1, 1.9, 0, "**/textwrap.py"),
	tallied("tallies of a parser", "parser.py", 1, 1.9, 0, "programs/parser.py"),
	starting("start: 20,000 modules", "many", modules, ""),
	starting("start: a literal of 50,000 lines", "literal", 1, ""),
	starting("start: a file of 200,000 lines", "long", 1, ""),
	starting("start: memory of 20,000 modules", "many", modules*statements, "bytes"),
	{
		name: "values of a small loop", program: "small.py", hits: 1_200,
		variants: []variant{
			{name: "tallyho", tool: "tallyho"},
			{name: "hunter's VarsPrinter", tool: "hunter",
				args: []string{"function='work', kind='line', action=VarsPrinter('i', 'a', 'b', 'total')"}},
			{name: "tracefunc", tool: "python", program: "small_tracefunc.py"},
		},
	},
}

// tallied is a program of which one part is counted, with values and without, on
// Python and C, and by coverage, which only knows whether a line was hit. The
// bounds are those with values, in C and in Python (0: none stated).
func tallied(name, program string, hits int, native, pure float64, include string) bench {
	flags := func(more ...string) []string { return append(more, "--include", include) }
	return bench{name: name, program: program, hits: hits, variants: []variant{
		{name: "values, C", tool: "tallyho", args: flags("--native", "require"), bound: native},
		{name: "counts, C", tool: "tallyho", args: flags("--native", "require", "--samples", "off")},
		{name: "values, Python", tool: "tallyho", args: flags("--native", "off"), bound: pure},
		{name: "counts, Python", tool: "tallyho", args: flags("--native", "off", "--samples", "off")},
		{name: "coverage, C tracer", tool: "coverage", args: []string{"ctrace", "--include", include}},
		{name: "coverage, sys.monitoring", tool: "coverage", args: []string{"sysmon", "--include", include}},
	}}
}
