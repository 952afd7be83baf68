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
}

var cases = []bench{
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
