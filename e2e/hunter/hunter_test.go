package hunter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const counting = `import os
def f(n):
    m = n * 2
    return m
for i in range(3):
    f(i)
print(os.environ.get("PYTHONHUNTER"))
`

// TestHuntersVariables holds what PYTHONHUNTER and PYTHONHUNTERCONFIG do
// against what hunter does with them.
func TestHuntersVariables(t *testing.T) {
	python := testkit.Python(t, "3.12")
	for _, row := range []struct {
		name           string
		env, args      []string
		says, not      []string
		prints, silent bool
	}{
		{name: "a query", env: []string{"PYTHONHUNTER=function='f', kind='return'"}, says: []string{"prog.py:4     return    <= f: 4"}},
		{name: "a query with defaults", env: []string{"PYTHONHUNTER=function='f'", "PYTHONHUNTERCONFIG=kind='return', filename_alignment=8"},
			says: []string{"\n prog.py:4     return    <= f: 4"}, not: []string{"call "}},
		{name: "defaults alone trace nothing", env: []string{"PYTHONHUNTERCONFIG=kind='call'"}, silent: true},
		{name: "an empty query is one of everything", env: []string{"PYTHONHUNTER="}, says: []string{"call         => f(n=0)", "line"}},
		{name: "another query besides", env: []string{"PYTHONHUNTER=function='f', kind='return'"}, args: []string{"-q", "function='f', kind='call'"},
			says: []string{"=> f(n=2)", "<= f: 4"}},
		{name: "a mistake lets the program run", env: []string{"PYTHONHUNTER=function='f', kin='call'"}, not: []string{"=>"},
			says: []string{`Failed to load hunter from PYTHONHUNTER environ variable "function='f', kin='call'": TypeError("Unexpected argument 'kin'. Must be one of`}},
		{name: "a text that cannot be read", env: []string{"PYTHONHUNTER=kind='call' kind='line'"}, not: []string{"=>"},
			says: []string{`Failed to load hunter from PYTHONHUNTER environ variable "kind='call' kind='line'": SyntaxError(`}},
		{name: "unknown defaults are discarded", env: []string{"PYTHONHUNTER=function='f', kind='call'", "PYTHONHUNTERCONFIG=bogus=1, 5"},
			says: []string{"Failed to load hunter config from PYTHONHUNTERCONFIG 'bogus=1, 5': SyntaxError('positional argument follows keyword argument'", "=> f(n=1)"}},
		{name: "children are not traced", env: []string{"PYTHONHUNTER=function='f', kind='call', clear_env_var=True"}, says: []string{"=> f(n=1)"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := e2e.Program(t, "prog.py", counting)
			args := append([]string{"run", "--python", python.Path, "--no-tally"}, row.args...)
			r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Env: row.env, Args: append(args, "prog.py")})
			if r.Code != 0 || r.Stdout != "None\n" {
				t.Errorf("the program printed %q and ended with %d: %s", r.Stdout, r.Code, r.Stderr)
			}
			if row.silent && r.Stderr != "" {
				t.Errorf("said %q", r.Stderr)
			}
			for _, want := range row.says {
				if !strings.Contains("\n"+r.Stderr, want) {
					t.Errorf("%q is not in\n%s", want, r.Stderr)
				}
			}
			for _, not := range row.not {
				if strings.Contains(r.Stderr, not) {
					t.Errorf("%q is in\n%s", not, r.Stderr)
				}
			}
		})
	}
}

// TestLookingInATerminal talks to pdb, and to a console, at an event's frame;
// tracing goes on afterwards.
func TestLookingInATerminal(t *testing.T) {
	for _, python := range testkit.Some(t) {
		for _, row := range []struct {
			name, query, stdin string
			says               []string
		}{
			{"pdb", "Q(function='f', lineno=3, kind='line', expr='n == 1', action=Debugger)", "p n * 100\nnext\np m + 40\ncontinue\n", []string{"(Pdb)", "100", "42"}},
			{"a debugger's options", "Q(function='f', lineno=3, kind='line', expr='n == 1', action=Debugger(skip=['nothing'], nosigint=True))", "p n * 100\ncontinue\n", []string{"(Pdb)", "100"}},
			{"a console", "Q(function='f', lineno=3, kind='line', expr='n == 1', action=Manhole)", "print(n * 100 + 1)\n", []string{"Manhole at ", ":3 in f", "101"}},
		} {
			t.Run(python.Version+" "+row.name, func(t *testing.T) {
				t.Parallel()
				path := e2e.Program(t, "prog.py", counting)
				printed := filepath.Join(filepath.Dir(path), "printed")
				r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Stdin: row.stdin, Args: []string{"run", "--python", python.Path, "--no-tally", "--output", printed,
					"-q", row.query, "-q", "function='f', kind='return'", "prog.py"}})
				if r.Code != 0 || !strings.HasSuffix(r.Stdout, "None\n") {
					t.Errorf("the program printed %q and ended with %d: %s", r.Stdout, r.Code, r.Stderr)
				}
				for _, want := range row.says {
					if !strings.Contains(r.Stdout+r.Stderr, want) {
						t.Errorf("%q is not in\n%s\n%s", want, r.Stdout, r.Stderr)
					}
				}
				text, err := os.ReadFile(printed)
				if err != nil || strings.Count(string(text), "<= f:") < 2 || !strings.Contains(string(text), "<= f: 4") {
					t.Errorf("tracing did not go on: %s %v", text, err)
				}
			})
		}
	}
}

// TestQueriesThatDoNotWork says why: of nothing that matches, with the names
// that were meant; of what fails, with the event; and others go on.
func TestQueriesThatDoNotWork(t *testing.T) {
	const shop = "def price(n):\n    return n * 2\n\n\ndef total(items):\n    return sum(price(i) for i in items)\n\n\nprint(total(range(20)))\n"
	for _, python := range testkit.Some(t) {
		t.Run(python.Name(), func(t *testing.T) {
			t.Parallel()
			path := e2e.Program(t, "prog.py", shop)
			r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"run", "--python", python.Path, "--no-tally", "-q", "function='pirce'",
				"-q", "module='__mian__', kind='call'", "-q", "function='zzzzzz'", "-q", "function='price', kind='line', expr='nosuch > n'",
				"-q", "function='total', kind='call'", "-q", "function='price', kind='return', arg_gt='x'", "prog.py"}})
			if r.Code != 0 || r.Stdout != "380\n" {
				t.Errorf("the program printed %q and ended with %d", r.Stdout, r.Code)
			}
			for _, want := range []string{"query 1: matches nothing; did you mean price?", "query 2: matches nothing; did you mean __main__?",
				"query 3: matches nothing\n", "query 4: was never true: nosuch was not bound anywhere that it was asked\n",
				"=> total(items=range(0, 20))",
				"query 6: TypeError: '>' not supported between instances of 'int' and 'str', at return of price (prog.py:2)\n",
				"query 6: its evaluation raised 20 times and did not hold then; first TypeError: "} {
				if !strings.Contains(r.Stderr, want) {
					t.Errorf("%q is not in\n%s", want, r.Stderr)
				}
			}
		})
	}
}

func TestHuntersVariablesAreRead(t *testing.T) {
	p := testkit.Python(t, "3.12")
	path := e2e.Program(t, "shop.py", "import os\ndef f(x):\n    return x\nf(1)\nprint('PYTHONHUNTER' in os.environ)\n")
	r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", p.Path, path},
		Env: []string{"PYTHONHUNTER=function='f', action=VarsPrinter('x')", "PYTHONHUNTERCONFIG=filename_alignment=10"}})
	if r.Stdout != "False\n" || !strings.Contains(r.Stderr, "[x => 1]") || strings.HasPrefix(r.Stderr, "          ") {
		t.Errorf("%+v", r)
	}
}
