package dap

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// TestColumnsAreUTF16Units: the client's columns count UTF-16 units, the
// engine's characters.
func TestColumnsAreUTF16Units(t *testing.T) {
	path := filepath.Join(t.TempDir(), "astral.py")
	if err := os.WriteFile(path, []byte("x = '🐍'; y = '𝒳é'\nplain = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sources := map[int]string{7: "'🐍' + a"}
	for _, row := range []struct {
		path               string
		source, line       int
		characters, client int
	}{
		{path, 0, 1, 0, 1}, {path, 0, 1, 4, 5}, {path, 0, 1, 6, 8}, {path, 0, 1, 9, 11}, {path, 0, 1, 15, 18},
		{path, 0, 1, 16, 19}, {path, 0, 1, 17, 20}, {path, 0, 1, 40, 43}, // beyond the line
		{path, 0, 2, 5, 6}, {path, 0, 3, 2, 3}, {path, 0, 99, 2, 3},
		{"", 7, 1, 4, 6}, {"", 8, 1, 4, 5}, {filepath.Join(t.TempDir(), "none.py"), 0, 1, 4, 5},
	} {
		at := columns{client: client{Client: console.Client{LineBase: 1, ColumnBase: 1}},
			content: func(source int) (string, error) { return sources[source], nil }}
		s := at.span(row.path, row.source, row.line, row.characters, row.line, row.characters)
		if s.column != row.client || s.endColumn != row.client || s.line != row.line {
			t.Errorf("%s %d:%d:%d gives %+v, want column %d", row.path, row.source, row.line, row.characters, s, row.client)
		}
		if row.source != 0 {
			continue
		}
		if got := at.own(row.path, row.line, row.client); got != row.characters {
			t.Errorf("%s:%d: the client's column %d gives %d, want %d", row.path, row.line, row.client, got, row.characters)
		}
	}
}

// TestColumnsOfAstralLines: at a stop, in breakpointLocations, and in the targets of
// steps and jumps.
func TestColumnsOfAstralLines(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def f(*texts):
    return len(texts)  # f


def run(a):
    "🐍🐍"; f("🐍", a)  # here
    return a  # done


run(1)
`, nil, at("here"))
		stop, _ := d.stopped("breakpoint", "here")
		line := d.line("here")
		found := d.must("breakpointLocations", object{"source": object{"path": d.path}, "line": line, "column": 9})["breakpoints"].([]any)
		// Where columns cannot be told apart, a breakpoint may lie at the line's beginning alone.
		if len(found) > 1 || len(found) == 1 && (found[0].(object)["column"] != 13.0 || found[0].(object)["endColumn"] != 23.0) {
			t.Errorf("locations %v", found)
		}
		d.breakpoints(object{"line": d.line("f")})
		d.step("continue", stop["threadId"])
		_, frames := d.stopped("breakpoint", "f")
		caller := frames[1].(object)
		if exact := caller["endLine"] != nil; exact && (caller["column"] != 13.0 || caller["endColumn"] != 23.0) {
			t.Errorf("the caller is at %v to %v", caller["column"], caller["endColumn"])
		}
		d.breakpoints()
		d.step("continue", stop["threadId"])
		d.end("")
	})
}

// TestInlineBreakpoints: a breakpoint within a line says that it stands for all
// of it, where it does; one at its beginning says nothing of columns.
func TestInlineBreakpoints(t *testing.T) {
	path := program(t, "a.py", "if 1:\n    x = 1; y = 2\nz = 3\n")
	a := &adapter{client: client{Client: console.Client{LineBase: 1, ColumnBase: 1}}, console: console.New(nil)}
	for _, row := range []struct {
		line, column int
		inline       bool
	}{{1, 0, false}, {2, 0, false}, {2, 1, false}, {2, 5, false}, {2, 12, true}, {3, 1, false}, {3, 5, true}, {9, 3, false}} {
		e := a.sourceEntry(path, dap.SourceBreakpoint{Line: row.line, Column: row.column}, "")
		e.status.State = tracepoint.Armed
		if got := strings.Contains(a.breakpoint(e).Message, "columns are not told apart"); got != row.inline {
			t.Errorf("line %d, column %d: %v", row.line, row.column, a.breakpoint(e).Message)
		}
		e.status.Column = 5
		if b := a.breakpoint(e); b.Column != 5 || strings.Contains(b.Message, "columns") {
			t.Errorf("line %d, column %d, told apart: column %d, %v", row.line, row.column, b.Column, b.Message)
		}
	}
}

// TestBreakpointsAtColumns: each stops at what begins at its column or behind it, as
// breakpointLocations has told, and logs and asks what it is to; where columns cannot
// be told apart there is one place in a line.
func TestBreakpointsAtColumns(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def f(n):
    return n  # f


def run(x):
    f(0)  # first
    a = 1; é = "🐍"; b = f(x); c = 2  # three
    g = [f(v) for v in (5, 6)]; h = lambda v: f(v); h(7)  # made
    return a, b, c, g  # done


run(3)
`, nil, at("first"))
		stop, _ := d.stopped("breakpoint", "first")
		three, made := d.line("three"), d.line("made")
		places := d.must("breakpointLocations", object{"source": object{"path": d.path}, "line": three, "endLine": made})["breakpoints"].([]any)
		var columns []float64
		for _, p := range places {
			columns = append(columns, p.(object)["column"].(float64))
		}
		told := len(columns) > 2
		if want := []float64{5, 12, 22, 32, 5, 10, 33, 47, 53}; told && !slices.Equal(columns, want) {
			t.Errorf("places at %v, want %v", columns, want)
		}
		if !told && !slices.Equal(columns, []float64{5, 5}) {
			t.Errorf("places at %v, want the beginnings", columns)
		}
		set := d.breakpoints(object{"line": three, "column": 21}, object{"line": made, "column": 10, "condition": "v == 6"},
			object{"line": made, "column": 40, "logMessage": "lambda {v}"}, object{"line": d.line("done")})
		for i, want := range []float64{22, 10, 47, 0} {
			b := set[i].(object)
			column, _ := b["column"].(float64)
			message, _ := b["message"].(string)
			if told && column != want || !told && column != 0 || strings.Contains(message, "columns") == (told || want == 0) {
				t.Errorf("breakpoint %d at %v, want %v (told apart: %v): %v", i, column, want, told, message)
			}
		}
		d.step("continue", stop["threadId"])
		_, frames := d.stopped("breakpoint", "three")
		locals := d.locals(frames[0])
		if _, before := locals["é"]; told && !before || locals["b"] != nil {
			t.Errorf("it stopped with %v", locals)
		}
		if told {
			d.step("continue", stop["threadId"])
			_, frames = d.stopped("breakpoint", "made")
			if v := d.evaluate("v", "hover", frames[0]); v != "6" {
				t.Errorf("v is %s", v)
			}
		}
		d.step("continue", stop["threadId"])
		d.stopped("breakpoint", "done")
		d.step("continue", stop["threadId"])
		d.end("")
		if out := d.output("console"); told && strings.Count(out, "lambda 7") != 1 || told && strings.Count(out, "lambda ") != 1 {
			t.Errorf("logged: %s", out)
		}
	})
}
