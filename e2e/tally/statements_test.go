package tally

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// traced is a case of testdata/conformance/tracefunc, whose README explains it.
type traced struct {
	ID     string    `json:"id"`
	Source string    `json:"source"`
	Call   string    `json:"call"`
	Target string    `json:"target_func"`
	Raises []string  `json:"raises"`
	Traces []oneCall `json:"traces"`
}

// oneCall is [stack, {snippet: [hits, {variable: [[type, repr], …]}]}].
type oneCall struct {
	stack    string
	snippets map[string]snippet
}

type snippet struct {
	hits int
	vars map[string][][2]string
}

func (c *oneCall) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&c.stack, &c.snippets})
}

func (s *snippet) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &[]any{&s.hits, &s.vars}) }

// tallyFile is what --tally writes.
type tallyFile struct {
	Version int
	Python  string
	Files   []struct {
		Path, SHA256 string
		Statements   []statement
	}
	Calls []struct {
		Function   string
		Stack      [][3]any
		Statements []statement
	}
}

type statement struct {
	Line, Col            int
	Kind, Function, Text string
	Hits, Raised         int
	Samples              []struct {
		Hit    int
		Vars   [][3]string
		Return *[2]string
		Raised *[2]string

		Thread  string
		Process int
	}
}

// driver is the program that makes a case's call. It ends as the case says.
const driver = `import case
try:
    eval(%q, case.__dict__)
except Exception as error:
    print(type(error).__name__, error, sep="\n")
`

// classes are the cases whose call is of a method, as Call does not say.
var classes = map[string]string{"method_indented": "C.go"}

func (c *traced) target() string {
	if c.Target != "" {
		return c.Target
	}
	if name := classes[c.ID]; name != "" {
		return name
	}
	name, _, _ := strings.Cut(c.Call, "(")
	return name
}

// TestRecordedStatements holds the hits and values of `run --tally --calls-of`
// against the recorded ones, but for the accidents that docs/tally.md lists,
// each of which must be bettered as it says.
func TestRecordedStatements(t *testing.T) {
	accidents := readAccidents(t)
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t) // with one accelerator for all
	for _, p := range testkit.Pythons(t) {
		if !statements(p) {
			continue
		}
		for _, native := range waysToCount(t, p, cache) {
			for i, c := range readTraced(t) {
				if testkit.LeftOut(i, 6) {
					continue
				}
				t.Run(p.Name()+"/"+native+"/"+c.ID, func(t *testing.T) {
					t.Parallel()
					got := observeCalls(t, p, native, cache, c)
					if since, ok := reworded[c.ID]; ok && p.AtLeast(3, since) {
						forgetValues(&c, got)
					}
					want := slices.Sorted(slices.Values(accidents[c.ID]))
					if diff := differencesOf(&c, got); !slices.Equal(diff, want) {
						t.Errorf("got\n  %s\nwant\n  %s", strings.Join(diff, "\n  "), strings.Join(want, "\n  "))
					}
				})
			}
		}
	}
}

// reworded are cases whose values hold what a minor version of Python words anew,
// a message or a type alias's name: from there on their hits are compared, and no
// values.
var reworded = map[string]int{"try_except_else_finally": 14, "generic_def_and_type_alias": 15}

func forgetValues(c *traced, got *tallyFile) {
	for _, call := range c.Traces {
		for text, s := range call.snippets {
			call.snippets[text] = snippet{hits: s.hits, vars: map[string][][2]string{}}
		}
	}
	for i := range got.Calls {
		for j := range got.Calls[i].Statements {
			got.Calls[i].Statements[j].Samples = nil
		}
	}
}

func readTraced(t *testing.T) []traced {
	t.Helper()
	return e2e.ReadLines[traced](t, filepath.Join("tracefunc", "cases.jsonl"))
}

var accidentRow = regexp.MustCompile("^\\| `(\\w+)` \\| (?:`` (.*) ``|(calls)) \\| (\\d+) \\| (\\d+) \\|$")

// readAccidents reads the table of docs/tally.md: by case, what differs.
func readAccidents(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "tally.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, line := range strings.Split(string(page), "\n") {
		m := accidentRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		text := "calls"
		if m[3] == "" {
			text = strconv.Quote(strings.ReplaceAll(strings.ReplaceAll(m[2], "⏎", "\n"), `\|`, "|"))
		}
		all[m[1]] = append(all[m[1]], text+" "+m[5]+", recorded "+m[4])
	}
	if len(all) == 0 {
		t.Fatal("docs/tally.md lists no accidents")
	}
	return all
}

// neverCalled is all that is said where the function of a case is not called.
var neverCalled = regexp.MustCompile(`^tallyho: --calls-of \w+: no function of that qualified name was called in code that is counted\n$`)

// observeCalls runs a case's program.
func observeCalls(t *testing.T, p testkit.Interpreter, native, cache string, c traced) *tallyFile {
	t.Helper()
	dir := testkit.Folder(t)
	for name, text := range map[string]string{"case.py": c.Source, "driver.py": fmt.Sprintf(driver, c.Call)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := e2e.Tallyho(t, e2e.Run{Dir: dir, Env: []string{cache}, Args: []string{"run", "--python", p.Path, "--native", native, "--tally", "tally.json",
		"--calls-of", c.target(), "--samples", "first", "--sample-limit", "10", "--repr", "own", "driver.py"}})
	want := ""
	if len(c.Raises) > 0 {
		want = strings.Join(c.Raises, "\n") + "\n"
	}
	if r.Code != 0 || r.Stdout != want && want != "" || r.Stderr != "" && !neverCalled.MatchString(r.Stderr) {
		t.Fatalf("%+v", r)
	}
	return readTally(t, filepath.Join(dir, "tally.json"))
}

func readTally(t testing.TB, path string) *tallyFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got tallyFile
	if err := json.Unmarshal(text, &got); err != nil || got.Version != 1 {
		t.Fatalf("%v\n%s", err, text)
	}
	return &got
}

// differencesOf returns a sentence for each thing that is not as recorded.
func differencesOf(c *traced, got *tallyFile) []string {
	if len(got.Calls) != len(c.Traces) {
		return []string{fmt.Sprintf("calls %d, recorded %d", len(got.Calls), len(c.Traces))}
	}
	var diff []string
	for i, recorded := range c.Traces {
		ours := got.Calls[i]
		if stack := recordedStack(ours.Stack, c); c.Target != "" && stack != recorded.stack {
			diff = append(diff, fmt.Sprintf("stack %q, recorded %q", stack, recorded.stack))
		}
		named := byText(ours.Statements)
		for _, text := range slices.Sorted(maps.Keys(named)) {
			if _, known := recorded.snippets[text]; !known {
				recorded.snippets[text] = snippet{}
			}
		}
		for _, text := range slices.Sorted(maps.Keys(recorded.snippets)) {
			want, mine := recorded.snippets[text], named[text]
			if mine.Hits != want.hits {
				diff = append(diff, fmt.Sprintf("%q %d, recorded %d", text, mine.Hits, want.hits))
			} else if values := valuesOf(mine); !reflect.DeepEqual(values, want.vars) {
				diff = append(diff, fmt.Sprintf("%q %v, recorded %v", text, values, want.vars))
			}
		}
	}
	return slices.Sorted(slices.Values(diff))
}

// byText names statements as the record does. A lambda counts as nothing there.
func byText(statements []statement) map[string]statement {
	named := map[string]statement{}
	for _, s := range statements {
		if s.Kind == "lambda" || s.Hits == 0 {
			continue
		}
		text := s.Text
		if s.Kind == "comprehension" && !strings.ContainsAny(text[:1], "([{") {
			text = "(" + text + ")" // the only argument of a call
		}
		for _, taken := named[text]; taken; _, taken = named[text] {
			text += " "
		}
		named[text] = s
	}
	return named
}

var atAddress = regexp.MustCompile("0x[0-9a-f]+")

func valuesOf(s statement) map[string][][2]string {
	values := map[string][][2]string{}
	for _, sample := range s.Samples {
		for _, v := range sample.Vars {
			values[v[0]] = append(values[v[0]], [2]string{v[1], atAddress.ReplaceAllString(v[2], "0xADDR")})
		}
	}
	return values
}

var library = regexp.MustCompile(`^.*/lib/python3\.\d+(/.*)$`)

// recordedStack writes a stack as the record does: from the function that was
// called, and nothing where that is not on it.
func recordedStack(stack [][3]any, c *traced) string {
	anchor, _, _ := strings.Cut(c.Call, "(")
	at := slices.IndexFunc(stack, func(f [3]any) bool { return f[0] == anchor })
	if at < 0 {
		return ""
	}
	var lines []string
	for _, f := range stack[at:] {
		name, path, line := f[0], f[1].(string), strconv.Itoa(int(f[2].(float64)))
		if m := library.FindStringSubmatch(path); m != nil {
			path, line = "$PYTHON_STDLIB"+m[1], "*"
		} else {
			path = filepath.Base(path)
		}
		lines = append(lines, fmt.Sprintf("%s (%s:%s)", name, path, line))
	}
	return strings.Join(lines, "\n")
}

// statements reports whether statements are counted on an interpreter, and not
// only lines.
func statements(p testkit.Interpreter) bool { return p.AtLeast(3, 12) && p.Minor <= 15 }

// waysToCount are the ways to count on an interpreter: in Python, and in C where a
// compiler and the interpreter's headers are there to make that.
func waysToCount(t *testing.T, p testkit.Interpreter, cache string) []string {
	t.Helper()
	r := e2e.Tallyho(t, e2e.Run{Env: []string{cache}, Args: []string{"run", "--python", p.Path, "--native", "require", "-c", "pass"}})
	if r.Code != 0 {
		t.Logf("Python %s in Python only: %s", p.Version, strings.TrimSpace(r.Stderr))
		return []string{"off"}
	}
	return []string{"off", "require"}
}
