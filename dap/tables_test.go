package dap

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// tablesProgram has what a data person's program has at a stop.
const tablesProgram = `import numpy as np
import pandas as pd


class Thing:
    def __repr__(self):
        raise RuntimeError("asked")


def go():
    df = pd.DataFrame({"a": range(250), "city": ["Bern"] * 250})
    wide = pd.DataFrame({"c%d" % i: [i] for i in range(150)})
    s = pd.Series(range(300))
    named = pd.Series([1.5, 2.5], index=["x", "y"])
    arr = np.arange(3.0)
    zero = np.array(3.5)
    objects = np.array([Thing(), 1], dtype=object)
    rows = np.array([(1, 2.5)], dtype=[("n", "<i4"), ("v", "<f8")])
    days = np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[D]")
    day = np.datetime64("2024-01-01T05:00")
    stamp = pd.Timestamp("2024-03-01 05:00")
    f, k = np.float64(1.25), np.int64(7)
    print(f)  # stop
    return s.sum(), named["y"]  # sum


print(go())
`

// TestTables: arrays and tables show what they hold, by pages, and run nothing of
// the program; log messages format them.
func TestTables(t *testing.T) {
	testkit.Long(t)
	python, err := testkit.Venv(testkit.Python(t, "3.12"), "numpy==2.5.5", "pandas==3.1.1")
	if err != nil {
		testkit.Missing(t, "pandas", err.Error())
	}
	d := debugging(t, python, tablesProgram, nil, func(d *debuggee) {
		d.breakpoints(object{"line": d.line("stop"), "logMessage": "{f:.1f} {k:05d} {stamp:%Y-%m} {day} {zero} {f!r:>6}"}, object{"line": d.line("sum")})
	})
	stop, frames := d.stopped("breakpoint", "sum")
	frame, values := frames[0], d.locals(frames[0])
	for name, want := range map[string]string{
		"df": "DataFrame 250×2: a, city", "s": "Series 300 int64 [0, 1, 2, 3, 4, 5, 6, 7, …]", "named": "Series 2 float64 {'x': 1.5, 'y': 2.5}",
		"arr": "ndarray 3 float64 [0.0, 1.0, 2.0]", "zero": "ndarray 0-d float64 3.5", "rows": "ndarray 1 {n: int32, v: float64} [void(n=1, v=2.5)]",
		"days": "ndarray 2 datetime64 [2024-01-01, 2024-02-01]", "day": "2024-01-01T05:00", "stamp": "Timestamp('2024-03-01 05:00:00')", "k": "7",
	} {
		if got := values[name]["value"]; got != want {
			t.Errorf("%s = %v, want %s", name, got, want)
		}
	}
	if got := values["objects"]["value"].(string); !strings.HasPrefix(got, "ndarray 2 object [<__main__.Thing object at 0x") || !strings.HasSuffix(got, ">, 1]") {
		t.Errorf("objects = %s", got)
	}
	for name, want := range map[string]string{"s": "300 [290 … 299] 290=290", "df": "2", "wide": "150 [c140 … c149] c140=Series 1 int64 [140]", "objects": "2", "arr": "3"} {
		if got := d.lastPage(values[name], 10); got != want {
			t.Errorf("%s pages %s, want %s", name, got, want)
		}
	}
	for text, want := range map[string]string{"df.shape": "(250, 2)", "df['a']": "Series 250 int64 [0, 1,", "df.city": "Series 250 str ['Bern',", "arr[0]": "0.0", "arr[1:]": "ndarray 2 float64",
		"rows[0]": "void(n=1, v=2.5)", "named['y']": "2.5", "arr.dtype": "dtype(float64)", "wide['c7'].shape": "(1,)"} {
		if got := d.evaluate(text, "hover", frame); !strings.HasPrefix(got, want) {
			t.Errorf("hover over %s: %q, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"df.head(2)": "   a  city\n0  0  Bern\n1  1  Bern", "print('said')": "", "None": "None", "arr": "array([0., 1., 2.])", "[1, arr]": "[1, ndarray 3 float64 [0.0, 1.0, 2.0]]"} {
		if got := d.evaluate(text, "repl", frame); got != want {
			t.Errorf("%s gives %q, want %q", text, got, want)
		}
	}
	set := d.must("setVariable", object{"variablesReference": values["named"]["variablesReference"], "name": "1", "value": "k + 3.0"})
	if set["value"] != "10.0" {
		t.Errorf("an element of a series was set to %v", set["value"])
	}
	d.step("continue", stop["threadId"])
	d.end("1.25\nsaid\n(np.int64(44850), np.float64(10.0))\n")
	if got := d.output("console"); !strings.Contains(got, "1.2 00007 2024-03 2024-01-01T05:00 3.5   1.25\n") {
		t.Errorf("the log message shows %q", got)
	}
}

// lastPage says how many indexed children a value has, and what the last of their
// pages holds.
func (d *debuggee) lastPage(v object, size int) string {
	total := int(v["indexedVariables"].(float64))
	if total < size {
		return fmt.Sprint(total)
	}
	page := d.must("variables", object{"variablesReference": v["variablesReference"], "filter": "indexed", "start": total - size, "count": size})["variables"].([]any)
	first, last := page[0].(object), page[len(page)-1].(object)
	return fmt.Sprintf("%d [%v … %v] %v=%v", total, first["name"], last["name"], first["name"], first["value"])
}
