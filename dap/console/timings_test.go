package console

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// TestDurations: recursion, threads, and a call that ran before anybody looked.
func TestDurations(t *testing.T) {
	calls := Timed{9, tracepoint.Spec{Time: tracepoint.TimeCalls, Path: "/a.py", Line: 1, Function: "f"}, "a.py:1 f"}
	line := Timed{9, tracepoint.Spec{Time: tracepoint.TimeLine, Path: "/a.py", Line: 3, Function: "f"}, "a.py:3 f"}
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
	if table := events([4]int{call, 1, 1, 100}, [4]int{end, 1, 1, 1100}).table([]Timed{calls, line}); !strings.Contains(table, "         1        1µs") ||
		strings.Count(table, "\n") != 2 || !strings.HasSuffix(table, "a.py:1 f\n") {
		t.Errorf("table\n%s", table)
	}
}
