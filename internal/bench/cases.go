package main

// A bench is one program and the ways it is run. The first variant is the bare
// program.
type bench struct {
	name     string
	program  string // file in programs/
	hits     int    // what "added per hit" divides by
	variants []variant
}

// A variant is one way to run a program.
type variant struct {
	name  string
	tool  string   // "tallyho", "hunter", …; "" is the bare interpreter
	args  []string // tallyho: flags of run; hunter: PYTHONHUNTER
	bound float64  // ratio that must not be passed, 0: none stated
	less  float64  // at least so many times less is added than hunter adds, 0: none stated
}

// asHunter is a case of one query: ours, hunter's, and how many times less we
// may add.
func asHunter(name, program string, hits int, less float64, ours, hunters string) bench {
	return bench{name: name, program: program, hits: hits, variants: []variant{
		{name: "tallyho", tool: "tallyho", args: []string{"--no-tally", "-q", ours}, less: less},
		{name: "hunter", tool: "hunter", args: []string{hunters}},
	}}
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
	asHunter("CallPrinter of everything", "printing.py", 120_000, 5, "action=CallPrinter", "action=CallPrinter"),
	asHunter("VarsPrinter of everything", "printing.py", 120_000, 5, "action=VarsPrinter('a', 'i')", "action=VarsPrinter('a', 'i')"),
	{
		name: "nothing asked", program: "rare.py", hits: 2_000_000,
		variants: []variant{
			{name: "tallyho", tool: "tallyho", args: []string{"--no-tally"}, bound: 1.05},
		},
	},
	{
		name: "tracepoint on a rarely called function", program: "rare.py", hits: 2_000,
		variants: []variant{
			{name: "tallyho", tool: "tallyho", bound: 1.05,
				args: []string{"--no-tally", "-q", "function='rare', kind='call', action=VarsPrinter('i')"}},
			{name: "hunter", tool: "hunter", args: []string{"function='rare', kind='call', action=VarsPrinter('i')"}},
		},
	},
	{
		name: "filter that never matches", program: "calls.py", hits: 1_000_000,
		variants: []variant{
			{name: "tallyho", tool: "tallyho", args: []string{"--no-tally", "-q", "module='zzz'"}, bound: 1.05},
			{name: "hunter", tool: "hunter", args: []string{"module='zzz'"}},
		},
	},
}
