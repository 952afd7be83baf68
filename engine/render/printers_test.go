package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
)

func at(kind Kind, line int, source string, values ...Value) *Record {
	return &Record{Kind: kind, Module: "m", Function: "g", Filename: "m.py", Line: line, Source: source,
		Depth: -1, Calls: -1, Thread: "MainThread", ThreadID: 1, PID: 7, Values: values}
}

func with(r *Record, change func(*Record)) *Record { change(r); return r }

func builtin(r *Record) {
	r.Builtin, r.Module, r.Function = true, "builtins", "len"
}

func show(a *query.Action, records ...*Record) string {
	var w bytes.Buffer
	p := New(a, Options{PID: 7})
	for _, r := range records {
		p.Print(&w, r)
	}
	return w.String()
}

func narrow(a *query.Action) { a.FilenameAlignment = 8 }

// The bytes of hunter 3.9.0 for what no recorded case covers.
func TestColors(t *testing.T) {
	const head = "    m.py\x1b[1m\x1b[30m:\x1b[0m4     \x1b[36m"
	failed := Value{Text: "ValueError('no')", Status: FailedRepr}
	for name, test := range map[string]struct {
		kind    string
		change  func(*query.Action)
		records []*Record
		want    string
	}{
		"arguments": {"CallPrinter", nil, []*Record{at(Call, 4, "", Value{Name: "a", Text: "[1]"}, Value{Name: "*b", Text: "(2,)"}, Value{Name: "**d", Status: Missing})},
			head + "call      \x1b[1m\x1b[34m=>\x1b[22m g(\x1b[1m\x1b[35m\x1b[22m\x1b[35ma\x1b[1m\x1b[35m=\x1b[0m[1], \x1b[1m\x1b[35m*\x1b[22m\x1b[35mb\x1b[1m\x1b[35m=\x1b[0m(2,), \x1b[1m\x1b[35m**\x1b[22m\x1b[35md\x1b[1m\x1b[35m=\x1b[0m?\x1b[1m\x1b[34m\x1b[22m)\x1b[0m\n"},
		"exception": {"CallPrinter", nil, []*Record{at(Exception, 4, "", Value{Text: "E()"})},
			head + "exception \x1b[1m\x1b[31m !\x1b[22m g: \x1b[0mE()\n"},
		"builtin call": {"CallPrinter", nil, []*Record{with(at(Call, 4, "    len(a)\n"), builtin)},
			head + "call      \x1b[1m\x1b[34m >\x1b[22m\x1b[35m builtins.len: len(a)\x1b[0m\n"},
		"builtin return": {"CallPrinter", nil, []*Record{with(at(Return, 4, ""), builtin)},
			head + "return    \x1b[1m\x1b[32m <\x1b[22m\x1b[35m builtins.len\x1b[0m\n"},
		"builtin exception": {"CallPrinter", nil, []*Record{with(at(Exception, 4, ""), builtin)},
			head + "exception \x1b[1m\x1b[31m ! \x1b[22m\x1b[35mbuiltins.len\x1b[0m\n"},
		"failed repr of a call": {"CallPrinter", nil, []*Record{at(Return, 4, "", failed)},
			head + "return    \x1b[1m\x1b[32m<=\x1b[22m g: \x1b[0m\x1b[1m\x1b[41m\x1b[31m!!! FAILED REPR: \x1b[37mValueError('no')\x1b[0m\n"},
		"failed repr of code": {"CodePrinter", nil, []*Record{at(Return, 4, "    return x\n", failed)},
			head + "return    \x1b[33m    return x\x1b[0m\n" + strings.Repeat(" ", 15) +
				"\x1b[1m\x1b[30m...       \x1b[33mreturn value: \x1b[22m\x1b[1m\x1b[41m\x1b[31m!!! FAILED REPR: \x1b[37mValueError('no')\x1b[0m\x1b[0m\n"},
		"no source of code": {"CodePrinter", nil, []*Record{at(Call, 4, "")},
			head + "call      \x1b[39m\x1b[1m\x1b[1m\x1b[43m\x1b[33m??? NO SOURCE: \x1b[37mSource code string for 'm.py' is empty.\x1b[0m\n"},
		"no source of a line": {"CallPrinter", nil, []*Record{at(Line, 4, "")},
			head + "line      \x1b[0m\x1b[1m\x1b[43m\x1b[33m??? NO SOURCE: \x1b[37mSource code string for 'm.py' is empty.\x1b[0m\n"},
		"several lines": {"CodePrinter", nil, []*Record{with(at(Call, 4, "@deco\n"), func(r *Record) { r.FullSource = "@deco\n@deco\ndef h(x):\n" })},
			head + "call      \x1b[39m\x1b[1m@deco\x1b[0m\n" +
				"               \x1b[36m   |      \x1b[39m\x1b[1m@deco\x1b[0m\n" +
				"               \x1b[36m   *      \x1b[39m\x1b[1mdef h(x):\x1b[0m\n"},
		"changed variable": {"VarsSnooper", nil, []*Record{at(Line, 4, "", Value{Name: "a", Text: "1"}), at(Line, 4, "", Value{Name: "a", Text: "2"})},
			head + "line      \x1b[1m\x1b[35m[\x1b[22m\x1b[35ma \x1b[1m\x1b[35m:= \x1b[0m1\x1b[1m\x1b[35m]\x1b[0m\n" +
				head + "line      \x1b[1m\x1b[35m[\x1b[22m\x1b[35ma \x1b[1m\x1b[35m: \x1b[0m1\x1b[1m\x1b[35m => \x1b[0m2\x1b[1m\x1b[35m]\x1b[0m\n"},
		"cut value": {"CallPrinter", func(a *query.Action) { a.ReprLimit = 5 }, []*Record{at(Return, 4, "", Value{Text: "'a [...] h'"})},
			head + "return    \x1b[1m\x1b[32m<=\x1b[22m g: \x1b[0m'a \x1b[1m\x1b[30m[...]\x1b[0m h'\n"},
		"value cut to nothing": {"CallPrinter", func(a *query.Action) { a.ReprLimit = 0 }, []*Record{at(Return, 4, "", Value{Text: " [...] 'abcdefgh'"})},
			head + "return    \x1b[1m\x1b[32m<=\x1b[22m g: \x1b[0m \x1b[1m\x1b[30m[...]\x1b[0m 'abcdefgh'\n"},
		"silenced exception": {"ErrorSnooper", nil, []*Record{
			with(at(Exception, 4, "    f()\n", Value{Text: "(E)"}), func(r *Record) { r.Depth = 2 }),
			with(at(Return, 4, "    f()\n", Value{Text: "1"}), func(r *Record) { r.Depth, r.ReturnOp = 1, true })},
			"\x1b[1m\x1b[34m" + strings.Repeat(">", 46) + " tracing \x1b[33mg\x1b[34m on \x1b[31m(E)\x1b[0m\n" +
				head + "exception \x1b[31m    f()\x1b[0m\n" + strings.Repeat(" ", 15) + "\x1b[1m\x1b[30m...       \x1b[31mexception value: \x1b[22m(E)\x1b[0m\n" +
				head + "return    \x1b[33m    f()\x1b[0m\n" + strings.Repeat(" ", 15) + "\x1b[1m\x1b[30m...       \x1b[33mreturn value: \x1b[22m1\x1b[0m\n" +
				"\x1b[1m\x1b[30m" + strings.Repeat("-", 46) + " function exit\x1b[0m\n"},
		"exception that leaves": {"ErrorSnooper", nil, []*Record{
			with(at(Exception, 4, "", Value{Text: "(E)"}), func(r *Record) { r.Depth = 2 }),
			with(at(Return, 4, "", Value{Text: "None"}), func(r *Record) { r.Depth = 1 }),
			with(at(Return, 5, "", Value{Text: "1"}), func(r *Record) { r.Depth, r.ReturnOp = 1, true })}, ""},
		"stack": {"StackPrinter", func(a *query.Action) { a.Limit = 1 }, []*Record{with(at(Call, 4, ""), func(r *Record) { r.Stack = []Frame{{"/tmp/a/run.py", 49, "main"}} })},
			"    m.py\x1b[1m\x1b[30m:\x1b[0m4\x1b[1m\x1b[30m:\x1b[1m\x1b[34mg \x1b[36m<=\x1b[0m run.py\x1b[1m\x1b[30m:\x1b[0m49\x1b[1m\x1b[30m:\x1b[1m\x1b[34mmain\x1b[0m\n"},
	} {
		t.Run(name, func(t *testing.T) {
			a := action(test.kind, colors, narrow)
			if test.change != nil {
				test.change(a)
			}
			if got := show(a, test.records...); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

// A file name that is too long is cut as a Python slice cuts it.
func TestFileColumn(t *testing.T) {
	for width, want := range map[int]string{
		4: "[...]tmp/hv/mod_x.py", 5: "[...]/tmp/hv/mod_x.py", 6: "[...]y", 9: "[...]x.py",
		16: "/tmp/hv/mod_x.py", 18: "  /tmp/hv/mod_x.py",
	} {
		l := newLayout(action("CallPrinter", func(a *query.Action) { a.FilenameAlignment = width }), Options{})
		if got := l.file("/tmp/hv/mod_x.py"); got != want {
			t.Errorf("width %d: got %q, want %q", width, got, want)
		}
	}
}

func TestMargin(t *testing.T) {
	inThread := func(r *Record) { r.Thread, r.ThreadID = "a-very-long-thread-name", 2 }
	inChild := func(r *Record) { r.PID = 12345 }
	inTask := func(name string, main bool) func(*Record) {
		return func(r *Record) { r.Task, r.MainThread = name, main }
	}
	for name, test := range map[string]struct {
		action  *query.Action
		records []*Record
		want    string
	}{
		"names show from the second thread on": {action("CallPrinter", narrow),
			[]*Record{at(Line, 4, "x\n"), with(at(Line, 5, "y\n"), inThread), at(Line, 6, "z\n")},
			"    m.py:4     line      x\n" +
				"a-very-long-thread-name    m.py:5     line      y\n" +
				"MainThread      m.py:6     line      z\n"},
		"names of tasks show from the second one on": {action("CallPrinter", narrow),
			[]*Record{with(at(Line, 4, "x\n"), inTask("one", true)), with(at(Line, 5, "y\n"), inTask("Task-2", true)), at(Line, 6, "z\n"), with(at(Line, 7, "w\n"), inTask("Task-2", false))},
			"    m.py:4     line      x\n" +
				"Task-2          m.py:5     line      y\n" +
				"MainThread      m.py:6     line      z\n" +
				"MainThread: Task-2    m.py:7     line      w\n"},
		"names never": {action("CallPrinter", narrow, threads(false)),
			[]*Record{at(Line, 4, "x\n"), with(at(Line, 5, "y\n"), inThread)},
			"    m.py:4     line      x\n    m.py:5     line      y\n"},
		"another process": {action("VarsPrinter", narrow),
			[]*Record{at(Line, 4, "", Value{Name: "x", Text: "1"}), with(at(Line, 4, "", Value{Name: "x", Text: "1"}, Value{Name: "y", Text: "2"}), inChild)},
			"    m.py:4     line      [x => 1]\n" +
				"[12345]      m.py:4     line      [x => 1]\n" +
				"[12345]                 ...       [y => 2]\n"},
		"process and thread always": {action("CallPrinter", narrow, threads(true), func(a *query.Action) { a.ForcePID = true }),
			[]*Record{at(Line, 4, "x\n")}, "[7]      MainThread      m.py:4     line      x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(test.action, test.records...); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestCallPrintersIndentTogether(t *testing.T) {
	shared := NewShared()
	a := New(action("CallPrinter", narrow), Options{Shared: shared})
	b := New(action("CallPrinter", narrow), Options{Shared: shared})
	var w bytes.Buffer
	a.Print(&w, at(Call, 1, ""))
	b.Print(&w, at(Line, 2, "x\n"))
	b.Print(&w, with(at(Call, 3, ""), func(r *Record) { r.Function = "h" }))
	a.Print(&w, at(Return, 4, "", Value{Text: "1"})) // g's, though h is on top
	b.Print(&w, with(at(Line, 5, "y\n"), func(r *Record) { r.Cleanup = true }))
	want := "    m.py:1     call      => g()\n" +
		"    m.py:2     line         x\n" +
		"    m.py:3     call         => h()\n" +
		"    m.py:4     return       <= g: 1\n" +
		"    m.py:5     line      y\n"
	if w.String() != want {
		t.Errorf("got\n%s\nwant\n%s", w.String(), want)
	}
}

func TestIndentationIsBounded(t *testing.T) {
	shared := NewShared()
	p := New(&query.Action{Kind: "CallPrinter", FilenameAlignment: 40}, Options{Shared: shared})
	var w bytes.Buffer
	for range 3 * mostCalls {
		w.Reset()
		p.Print(&w, &Record{Kind: Call, Module: "m", Function: "f", Filename: "m.py", Line: 1})
	}
	if blanks := strings.Count(w.String(), "   "); blanks > deepest+20 {
		t.Errorf("a call without end is indented by %d levels", blanks)
	}
	if n := len(shared.calls[threadKey{}]); n > mostCalls {
		t.Errorf("%d calls are remembered", n)
	}
}

// The calls that Backlog makes up stay on the stack when it has no variables,
// as with hunter's compiled engine; with variables their returns take them off.
func TestMadeUpCalls(t *testing.T) {
	madeUp := func(r *Record) { r.Synthetic = true }
	for value, want := range map[Value]string{
		{Name: "n", Status: Missing}: "    m.py:1     call      => g(n=?)\n    m.py:2     return    <= g: 1\n    m.py:3     line         x\n",
		{Name: "n", Text: "3"}:       "    m.py:1     call      => g(n=3)\n    m.py:2     return    <= g: 1\n    m.py:3     line      x\n",
	} {
		got := show(action("CallPrinter", narrow), with(at(Call, 1, "", value), madeUp), at(Return, 2, "", Value{Text: "1"}), at(Line, 3, "x\n"))
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// Nothing that a program holds reaches the terminal as a command to it.
func TestControlCharactersAreEscaped(t *testing.T) {
	evil := "\x1b]0;title\x07\u009b31m\r"
	r := func(kind Kind) *Record {
		v := []Value{{Name: "a" + evil, Text: evil}, {Name: "b", Text: evil, Status: FailedEval}}
		r := at(kind, 1, evil+"\n", v...)
		r.Function, r.Filename, r.Module, r.Thread, r.FullSource = "f"+evil, "/x"+evil, evil, evil, evil+"\n"+evil+"\n"
		r.Stack = []Frame{{evil, 1, evil}}
		r.Depth, r.ReturnOp = 2, true
		return r
	}
	exit := r(Return)
	exit.Depth = 1
	records := []*Record{r(Call), r(Line), r(Exception), r(Return), exit, with(r(Call), func(r *Record) { r.Builtin = true })}
	for _, kind := range []string{"CallPrinter", "CodePrinter", "VarsPrinter", "VarsSnooper", "StackPrinter", "ErrorSnooper", "Log"} {
		a := action(kind, threads(true), names("a"+evil, "b"), func(a *query.Action) {
			a.Template = []query.Piece{{Text: evil, Slot: -1}, {Slot: 0}, {Slot: 1}, {Slot: 9}}
		})
		got := show(a, records...)
		if got == "" || strings.ContainsAny(got, "\x1b\x07\r\u009b") {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

func TestLogAndEvent(t *testing.T) {
	log := action("Log", func(a *query.Action) {
		a.Template = []query.Piece{{Text: "x is ", Slot: -1}, {Slot: 0}, {Text: ", y is ", Slot: -1}, {Slot: 1}}
	})
	r := at(Line, 4, "", Value{Text: "two\nlines"}, Value{Text: "NameError('y')", Status: FailedEval})
	if got, want := show(log, r), "x is two\nlines, y is {NameError('y')}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	event := action("Event")
	for want, r := range map[string]*Record{
		`{"kind":"line","module":"m","filename":"m.py","lineno":4,"function":"g","depth":3,"calls":9,"threadname":"MainThread","pid":7}` + "\n":           with(at(Line, 4, ""), func(r *Record) { r.Depth, r.Calls = 3, 9 }),
		`{"kind":"call","module":"m","filename":"m.py","lineno":4,"function":"<g>","depth":2,"calls":-1,"threadname":"é","pid":7,"task":"Task-1"}` + "\n": with(at(Call, 4, ""), func(r *Record) { r.Function, r.Thread, r.Task, r.Depth, r.Synthetic = "<g>", "é", "Task-1", 2, true }),
		`{"kind":"line","module":"m","filename":"m.py","lineno":4,"function":"g","depth":null,"calls":null,"threadname":"MainThread","pid":7}` + "\n":     at(Line, 4, ""),
	} {
		if got := show(event, r); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if p := New(action("Stop"), Options{}); p != nil {
		t.Errorf("Stop prints: %T", p)
	}
}
