package dap

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

func TestEnclosingFunctions(t *testing.T) {
	const text = `import os

class Cart:
    @property
    # a comment
    def size(self):

        def inner(x):
            return x
        return inner(1)

    async def load(self): pass

x = 1
`
	for line, want := range map[int]pythonPlace{
		1: {"<module>", 1, false}, 2: {"<module>", 3, false}, 4: {"Cart.size", 6, true}, 6: {"Cart.size", 6, true}, 7: {"inner", 8, true},
		9: {"inner", 9, false}, 10: {"Cart.size", 10, false}, 12: {"Cart.load", 12, true}, 14: {"<module>", 14, false},
		15: {}, 99: {}, 0: {"<module>", 1, false},
	} {
		if got := placeIn(text, line); got != want {
			t.Errorf("line %d: %+v, want %+v", line, got, want)
		}
	}
}

// TestDurations: recursion, threads, and a call that ran before anybody looked.
func TestDurations(t *testing.T) {
	calls := &entry{spec: tracepoint.Spec{Time: tracepoint.TimeCalls, Path: "/a.py", Line: 1, Function: "f"}, status: tracepoint.Status{ID: 9}}
	line := &entry{spec: tracepoint.Spec{Time: tracepoint.TimeLine, Path: "/a.py", Line: 3, Function: "f"}, status: tracepoint.Status{ID: 9}}
	events := func(rows ...[4]int) *timings {
		times := &timings{}
		for _, row := range rows {
			kind := []render.Kind{render.Call, render.Line, render.Return}[row[0]]
			times.add(&render.Record{Tracepoint: 9, Kind: kind, ThreadID: row[1], Line: row[2], Time: int64(row[3])})
		}
		return times
	}
	const call, at, end = 0, 1, 2
	for _, row := range []struct {
		name        string
		times       *timings
		calls, line string
	}{
		{"plain", events([4]int{call, 1, 1, 100}, [4]int{at, 1, 3, 110}, [4]int{at, 1, 4, 150}, [4]int{end, 1, 4, 200}),
			"timed once: 100ns in all, 100ns on average, 100ns to 100ns", "timed once: 40ns in all, 40ns on average, 40ns to 40ns"},
		{"recursive", events([4]int{call, 1, 1, 100}, [4]int{at, 1, 3, 110}, [4]int{call, 1, 1, 120}, [4]int{at, 1, 3, 130},
			[4]int{end, 1, 3, 140}, [4]int{end, 1, 3, 200}),
			"timed 2 times: 120ns in all, 60ns on average, 20ns to 100ns", "timed 2 times: 100ns in all, 50ns on average, 10ns to 90ns"},
		{"two threads", events([4]int{call, 1, 1, 100}, [4]int{call, 2, 1, 110}, [4]int{end, 1, 1, 130}, [4]int{end, 2, 1, 120}),
			"timed 2 times: 40ns in all, 20ns on average, 10ns to 30ns", ""},
		{"running already", events([4]int{at, 1, 3, 100}, [4]int{at, 1, 4, 130}, [4]int{end, 1, 4, 140}),
			"", "timed once: 30ns in all, 30ns on average, 30ns to 30ns"},
	} {
		if got := row.times.describe(calls); got != row.calls {
			t.Errorf("%s, calls: %q, want %q", row.name, got, row.calls)
		}
		if got := row.times.describe(line); got != row.line {
			t.Errorf("%s, line: %q, want %q", row.name, got, row.line)
		}
	}
	if table := events([4]int{call, 1, 1, 100}, [4]int{end, 1, 1, 1100}).table([]*entry{calls, line}); !strings.Contains(table, "         1        1µs") ||
		strings.Count(table, "\n") != 2 || !strings.HasSuffix(table, "a.py:1 f\n") {
		t.Errorf("table\n%s", table)
	}
}

func TestTimeMode(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, strings.Replace(shopProgram, "def price(item, rate=2):", "def price(item, rate=2):  # def", 1), nil, func(d *debuggee) {
			d.breakpoints(object{"line": d.line("def"), "mode": "time"}, object{"line": d.line("call"), "mode": "time"})
		})
		d.event("terminated")
		console := d.output("console")
		if !strings.Contains(console, "shop.py:11 price") || !strings.Contains(console, "shop.py:20 run") || strings.Count(console, "\n         3 ") != 2 {
			t.Errorf("the console shows\n%s", console)
		}
		messages := ""
		for _, e := range d.events("breakpoint") {
			message, _ := e["breakpoint"].(object)["message"].(string)
			messages += message + "\n"
		}
		if strings.Count(messages, "timed 3 times: ") < 2 {
			t.Errorf("the breakpoints say\n%s", messages)
		}
		d.end("15\n")
	})
}
