package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
)

const recordedDir = "../../testdata/conformance/hunter"

// recorded is one case of the recorded behaviour.
type recorded struct {
	ID      string  `json:"id"`
	Program string  `json:"program"`
	Query   string  `json:"query"`
	Events  [][]any `json:"events"`
	Output  string  `json:"output"`
}

func readRecorded(t *testing.T) map[string]recorded {
	t.Helper()
	f, err := os.Open(filepath.Join(recordedDir, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]recorded{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out[c.ID] = c
	}
	return out
}

// values are what the bridge would have rendered: for "kind function" the
// values of each such event in turn. One value is text, or name=text; several
// are separated by "; "; a text after "!" is of a frame that was unwound;
// "missing", "skipped" and "failed " are states.
type values map[string][]string

func (v values) take(r *Record) {
	key := string(r.Kind) + " " + r.Function
	list, ok := v[key]
	if !ok {
		key = "*"
		list = v[key]
	}
	if len(list) == 0 {
		return
	}
	if len(list) > 1 {
		v[key] = list[1:]
	}
	text, unwound := strings.CutPrefix(list[0], "!")
	r.ReturnOp = r.Kind == Return && !unwound
	for _, one := range strings.Split(text, "; ") {
		r.Values = append(r.Values, valueOf(one))
	}
}

func valueOf(text string) Value {
	var v Value
	name, rest, ok := strings.Cut(text, "=")
	if ok && (!strings.ContainsAny(name, "'( {") || strings.HasPrefix(rest, "failed ")) {
		v.Name, text = name, rest
	}
	switch {
	case text == "":
		v.Status = Skipped
	case text == "missing":
		v.Status = Missing
	case strings.HasPrefix(text, "failed "):
		v.Status, text = FailedEval, text[len("failed "):]
	}
	v.Text = text
	return v
}

// records makes the Records of a case: its events, the program's source, and
// values.
func (c recorded) records(t *testing.T, v values) []*Record {
	t.Helper()
	var out []*Record
	for _, e := range c.Events {
		r := &Record{
			Kind: Kind(e[0].(string)), Module: e[1].(string), Filename: e[2].(string),
			Line: int(e[3].(float64)), Function: e[4].(string), Depth: -1, Calls: -1,
			Thread: "MainThread", ThreadID: 1, MainThread: true, PID: 7, ReturnOp: true,
		}
		if depth, ok := e[5].(float64); ok {
			r.Depth, r.Calls = int(depth), int64(e[6].(float64))
		}
		if len(e) > 7 {
			r.Thread = e[7].(string)
			r.ThreadID = int(r.Thread[len(r.Thread)-1])
		}
		if name := strings.ReplaceAll(r.Module, ".", "/") + ".py"; filepath.Base(name) == r.Filename {
			r.Filename = name
		}
		r.Builtin = r.Module == "builtins" || r.Module == "?"
		r.Source, r.FullSource = sourceOf(t, r)
		v.take(r)
		out = append(out, r)
	}
	return out
}

// sourceOf returns a line, and from a decorated call's line those up to "def".
func sourceOf(t *testing.T, r *Record) (line, full string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recordedDir, "programs", r.Filename))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if r.Line == 0 {
		return "", ""
	}
	line = lines[r.Line-1]
	for i := r.Line - 1; r.Kind == Call && strings.HasPrefix(strings.TrimSpace(line), "@"); i++ {
		full += lines[i]
		if strings.HasPrefix(strings.TrimSpace(lines[i]), "def ") {
			break
		}
	}
	return line, full
}

// action is an Action with hunter's defaults.
func action(kind string, with ...func(*query.Action)) *query.Action {
	a := &query.Action{
		Kind: kind, FilenameAlignment: 40, ThreadAlignment: 12, PIDAlignment: 9, ReprLimit: 1024,
		Depth: 15, Limit: 2, MaxBacklog: 10, MaxEvents: 50,
	}
	for _, f := range with {
		f(a)
	}
	return a
}

func colors(a *query.Action) { a.ForceColors = true }

func threads(show bool) func(*query.Action) {
	return func(a *query.Action) { a.Threads = &show }
}

func names(list ...string) func(*query.Action) {
	return func(a *query.Action) { a.Names = list }
}

const (
	appError3 = "(<class '__main__.AppError'>, AppError('code 3'), <traceback object at 0xADDR>)"
	appError7 = "(<class '__main__.AppError'>, AppError('code 7'), <traceback object at 0xADDR>)"
	valueErr  = "(<class 'ValueError'>, ValueError('bad code'), <traceback object at 0xADDR>)"
	keyErr    = "(<class 'KeyError'>, KeyError('b'), <traceback object at 0xADDR>)"
	zeroErr   = "(<class 'ZeroDivisionError'>, ZeroDivisionError('integer division or modulo by zero'), <traceback object at 0xADDR>)"
)

// errorsValues are the values of errors.py.
func errorsValues() values {
	return values{
		"call reraise": {"code=3"}, "call fail": {"code=3", "code=7"}, "call replace": {"code=3"},
		"exception fail": {appError3, appError7}, "exception reraise": {appError3}, "exception replace": {appError3, valueErr},
		"exception <module>": {valueErr, zeroErr}, "exception silenced": {keyErr}, "exception swallow": {appError7},
		"exception with_finally": {zeroErr},
		"return fail":            {"!None"}, "return reraise": {"!None"}, "return replace": {"!None"},
		"return silenced": {"1", "None"}, "return swallow": {"None"}, "return with_finally": {"2", "!None"},
		"return <module>": {"None"}, "return AppError": {"None"},
	}
}

func middleValues() values {
	return values{
		"call middle": {"n=0", "n=1", "n=2"}, "call inner_most": {"n=0", "n=1", "n=2"},
		"return middle": {"''", "'N'", "'NN'"}, "return inner_most": {"''", "'n'", "'nn'"},
	}
}

// TestPrintersMatchWhatWasRecorded feeds the events of recorded cases to the
// printers and compares every byte.
func TestPrintersMatchWhatWasRecorded(t *testing.T) {
	cases := readRecorded(t)
	failing := "=failed ZeroDivisionError('division by zero'); n[0]=failed TypeError(\"'int' object is not subscriptable\"); missing=; text.nothing="
	for id, test := range map[string]struct {
		values  values
		actions []*query.Action
	}{
		"options-008": {middleValues(), []*query.Action{action("CallPrinter", colors)}},
		"options-009": {errorsValues(), []*query.Action{action("CodePrinter", colors)}},
		"options-002": {nil, []*query.Action{action("CodePrinter", func(a *query.Action) { a.FilenameAlignment = 12 })}},
		"output-003":  {values{"return scale": {"14"}}, []*query.Action{action("CodePrinter")}},
		"output-008": {values{
			"call fact": {"n=4", "n=3", "n=2", "n=1"}, "return fact": {"1", "2", "6", "24"},
			"call is_even": {"n=3", "n=1"}, "call is_odd": {"n=2", "n=0"},
			"return is_even": {"False"}, "return is_odd": {"False"},
		}, []*query.Action{action("CallPrinter")}},
		"output-013": {errorsValues(), []*query.Action{action("CallPrinter")}},
		"output-019": {values{"*": {"n / 0" + failing}}, []*query.Action{
			action("VarsPrinter", names("n / 0", "n[0]", "missing", "text.nothing"))}},
		"output-021": {values{
			"call add":   {"value=1; step=10; total=0", "value=2; step=10; total=10"},
			"line add":   {"value=1; step=10; total=0", "value=1; step=10; total=10", "value=2; step=10; total=10", "value=2; step=10; total=30"},
			"return add": {"value=1; step=10; total=10", "value=2; step=10; total=30"},
		}, []*query.Action{action("VarsSnooper")}},
		"output-025": {nil, []*query.Action{action("StackPrinter", func(a *query.Action) { a.Depth, a.Limit = 2, 1 })}},
		"output-028": {nil, []*query.Action{action("StackPrinter")}},
		"output-029": {errorsValues(), []*query.Action{action("ErrorSnooper")}},
		"output-031": {errorsValues(), []*query.Action{action("ErrorSnooper", func(a *query.Action) {
			a.MaxBacklog, a.MaxEvents, a.MaxDepth = 2, 3, 1
		})}},
		"output-035": {values{
			"call work": {"label='a'; n=1", "label='a'; n=2", "label='b'; n=1", "label='b'; n=2"}, "return work": {"None"},
			"call square": {"n=9", "n=1", "n=2", "n=1", "n=2"}, "return square": {"81", "1", "4", "1", "4"},
		}, []*query.Action{action("CallPrinter", threads(true))}},
		"output-037": {values{"return work": {"None"}, "return square": {"81", "1", "4", "1", "4"}},
			[]*query.Action{action("CodePrinter", threads(true), func(a *query.Action) { a.ThreadAlignment = 20 })}},
		"output-044": {values{
			"call work":   {"label='a'; n=1; value=", "label='a'; n=2; value=", "label='b'; n=1; value=", "label='b'; n=2; value="},
			"line work":   {"label='a'; n=1; value=", "label='a'; n=1; value=1", "label='a'; n=2; value=", "label='a'; n=2; value=4", "label='b'; n=1; value=", "label='b'; n=1; value=1", "label='b'; n=2; value=", "label='b'; n=2; value=4"},
			"return work": {"label='a'; n=1; value=1", "label='a'; n=2; value=4", "label='b'; n=1; value=1", "label='b'; n=2; value=4"},
		}, []*query.Action{action("VarsPrinter", names("label", "n", "value"), threads(true))}},
		"profile-001": {values{
			"call parse": {"line='alpha=1'", "line='beta=2'", "line='gamma'"}, "return parse": {"('alpha', 1)", "('beta', 2)", "None"},
			"call encode": {"pairs=[('alpha', 1), ('beta', 2)]"}, "return encode": {`'{"alpha": 1, "beta": 2}'`},
			"call by_length": {"word='pear'", "word='fig'", "word='banana'"}, "return by_length": {"4", "3", "6"},
			"return <module>": {"None"},
		}, []*query.Action{action("CallPrinter")}},
		"profile-007": {values{"return len": {"<built-in function len>"}}, []*query.Action{action("CodePrinter")}},
	} {
		t.Run(id, func(t *testing.T) {
			c := cases[id]
			records := c.records(t, test.values)
			addStacks(id, records)
			compareOutput(t, c, printAll(records, test.actions...), len(records[0].Thread) > 0 && records[0].Depth < 0)
		})
	}
}

// addStacks gives StackPrinter's cases their frames.
func addStacks(id string, records []*Record) {
	if id == "output-025" {
		for _, r := range records {
			r.Stack = []Frame{{"recur.py", 7, "fact"}, {"recur.py", 7, "fact"}, {"recur.py", 33, "<module>"}}
		}
	}
}

func printAll(records []*Record, actions ...*query.Action) string {
	var w bytes.Buffer
	shared := NewShared()
	var printers []Printer
	for _, a := range actions {
		printers = append(printers, New(a, Options{Shared: shared, PID: 7}))
	}
	for _, r := range records {
		for _, p := range printers {
			p.Print(&w, r)
		}
	}
	return w.String()
}

// compareOutput compares in order, or where threads took turns in any order
// line by line.
func compareOutput(t *testing.T, c recorded, got string, byThread bool) {
	t.Helper()
	want := c.Output
	if byThread {
		got, want = byName(got), byName(want)
	}
	if got != want {
		t.Errorf("%s\ngot:\n%s\nwant:\n%s\ngot  %q\nwant %q", c.Query, got, want, got, want)
	}
}

// byName groups lines by the thread they begin with, as the recording did.
func byName(text string) string {
	groups := map[string]string{}
	for _, line := range strings.SplitAfter(text, "\n") {
		name, _, _ := strings.Cut(line, " ")
		groups[name] += line
	}
	return groups["MainThread"] + groups["worker-a"] + groups["worker-b"]
}

func TestSeveralPrintersOfOneEvent(t *testing.T) {
	cases := readRecorded(t)
	// options-010 and output-023 have actions whose values differ: each
	// printer gets Records of its own.
	c := cases["options-010"]
	vars := c.records(t, values{"*": {
		"n=0; text=''; n / 0=failed ZeroDivisionError('division by zero')",
		"n=1; text='n'; n / 0=failed ZeroDivisionError('division by zero')",
		"n=2; text='nn'; n / 0=failed ZeroDivisionError('division by zero')"}})
	stack := c.records(t, nil)
	snoop := c.records(t, values{"*": {"text=''; n=0", "text='n'; n=1", "text='nn'; n=2"}})
	shared := NewShared()
	a := New(action("VarsPrinter", colors, names("n", "text", "n / 0")), Options{Shared: shared})
	b := New(action("StackPrinter", colors), Options{Shared: shared})
	d := New(action("VarsSnooper", colors), Options{Shared: shared})
	var w bytes.Buffer
	for i := range vars {
		stack[i].Stack = []Frame{{"basics.py", 43, "outer"}, {"basics.py", 51, "<module>"}}
		a.Print(&w, vars[i])
		b.Print(&w, stack[i])
		d.Print(&w, snoop[i])
	}
	compareOutput(t, c, w.String(), false)

	c = cases["output-023"]
	snoop = c.records(t, values{
		"call middle": {"n=0", "n=1", "n=2"}, "return middle": {"n=0; text=''", "n=1; text='n'", "n=2; text='nn'"},
		"line middle":     {"n=0", "n=0; text=''", "n=1", "n=1; text='n'", "n=2", "n=2; text='nn'"},
		"call inner_most": {"n=0", "n=1", "n=2"}, "return inner_most": {"n=0; label=''", "n=1; label='n'", "n=2; label='nn'"},
		"line inner_most": {"n=0", "n=0; label=''", "n=1", "n=1; label='n'", "n=2", "n=2; label='nn'"},
	})
	code := c.records(t, middleValues())
	w.Reset()
	a, b = New(action("VarsSnooper"), Options{}), New(action("CodePrinter"), Options{})
	for i := range code {
		a.Print(&w, snoop[i])
		b.Print(&w, code[i])
	}
	compareOutput(t, c, w.String(), false)
}
