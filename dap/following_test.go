package dap

import (
	"encoding/json"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// TestCopies: what is copied says the same, or what it leaves out.
func TestCopies(t *testing.T) {
	line := tracepoint.Spec{Path: "/src/shop.py", Line: 8}
	with := func(s tracepoint.Spec, change func(*tracepoint.Spec)) tracepoint.Spec {
		change(&s)
		return s
	}
	for _, row := range []struct {
		spec       tracepoint.Spec
		text, lost string
	}{
		{line, `kind="line", filename_endswith="shop.py", lineno=8`, ""},
		{with(line, func(s *tracepoint.Spec) { s.LogMessage = `VarsPrinter("a", "b.c")` }),
			`kind="line", filename_endswith="shop.py", lineno=8, action=VarsPrinter("a", "b.c")`, ""},
		{with(line, func(s *tracepoint.Spec) { s.LogMessage = `{a} of {b.c}` }),
			`kind="line", filename_endswith="shop.py", lineno=8, action=VarsPrinter("a", "b.c")`, "left out: the text of its message"},
		{with(line, func(s *tracepoint.Spec) { s.LogMessage = `here` }),
			`kind="line", filename_endswith="shop.py", lineno=8`, "left out: the text of its message"},
		{with(line, func(s *tracepoint.Spec) { s.Condition = "n > 3" }), "", "its condition cannot be said in a query"},
		{with(line, func(s *tracepoint.Spec) { s.Condition = `function="price", depth_lt=5` }),
			`kind="line", filename_endswith="shop.py", lineno=8, function="price", depth_lt=5`, ""},
		{with(line, func(s *tracepoint.Spec) { s.HitCondition, s.Stop = "%10", true }),
			`kind="line", filename_endswith="shop.py", lineno=8`, "left out: which hits count, that it stops"},
		{tracepoint.Spec{Function: "shop:Item.price"}, `kind="call", module="shop", function="price"`, "left out: which class's"},
		{tracepoint.Spec{Function: `function_sw="pr"`}, `function_sw="pr"`, ""},
		{tracepoint.Spec{Query: ` module="it's" `}, `module="it's"`, ""},
		{tracepoint.Spec{Exceptions: tracepoint.Raised}, "", "this is no question that a query can ask"},
		{tracepoint.Spec{Data: "x"}, "", "this is no question that a query can ask"},
	} {
		got := copiesOf(row.spec)
		if got.Query != row.text || got.Lost != row.lost {
			t.Errorf("%+v\n%q, %q, want\n%q, %q", row.spec, got.Query, got.Lost, row.text, row.lost)
		}
		if got.Query != "" && got.Hunter == "" {
			t.Errorf("%+v has no line for a shell", row.spec)
		}
	}
	if got := copiesOf(tracepoint.Spec{Query: `module="it's"`}).Hunter; got != `PYTHONHUNTER='module="it'\''s"'` {
		t.Errorf("for a shell: %s", got)
	}
}

// TestRetrace: a run that starts again asks what was set last.
func TestRetrace(t *testing.T) {
	a := &adapter{}
	launch := json.RawMessage(`{"program":"a.py","trace":["kind='call'"],"traceFrom":["q.tally"]}`)
	if got := string(a.retrace(launch)); got != string(launch) {
		t.Errorf("nothing was set: %s", got)
	}
	a.retraced = json.RawMessage(`[]`)
	if got, want := string(a.retrace(launch)), `{"program":"a.py","trace":[]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
