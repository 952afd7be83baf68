package lsp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const iterating = `class Cart:
    def __init__(self):
        self.total = 0


def price(n, cart):
    cart.total += n
    if n == 250:
        raise ValueError(n)
    return (
        n * 2
    )


cart = Cart()
steady = 0
for i in range(300):
    steady = 7; even = i % 2 == 0
    try:
        price(i, cart)
    except ValueError as error:
        last = str(error)
`

// row is a row of a table: its cells, nil where there is none.
func (t *valueTable) row(name string) []string {
	for _, row := range t.Rows {
		if row.Name == name {
			return row.Cells
		}
	}
	return nil
}

// TestEachIterationThatWasRecorded: of a recorded run the values of each hit are there, of a def each call, in pages of as many
// as are asked for.
func TestEachIterationThatWasRecorded(t *testing.T) {
	e, path := recordedOften(t, 1, iterating)
	ask := func(line, character int, more J) *valueTable {
		t.Helper()
		params := J{"uri": fileURI(path), "line": line, "character": character, "wait": true}
		for key, value := range more {
			params[key] = value
		}
		table := asked[valueTable](t, e, methodSamples, params)
		return &table
	}
	all := func(n int, of func(int) string) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = of(i)
		}
		return out
	}
	check := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", what, got, want)
		}
	}
	sums := all(300, func(i int) string { return fmt.Sprint(i * (i + 1) / 2) })

	table := ask(6, 8, nil)
	check("cart.total", table.row("cart.total"), sums)
	check("n", table.row("n"), all(300, func(i int) string { return fmt.Sprint(i) }))
	if !table.Recorded || table.Hits != 300 || len(table.Columns) != 300 || table.Columns[299] != 300 {
		t.Errorf("%v of %d", table.Columns, table.Hits)
	}
	// What is given the same value again has it each time, and a second statement of a line its own.
	check("steady", ask(17, 6, nil).row("steady"), all(300, func(int) string { return "7" }))
	check("even", ask(17, 18, nil).row("even"), all(300, func(i int) string { return map[bool]string{true: "True", false: "False"}[i%2 == 0] }))
	// A statement of several lines, with what it returned.
	table = ask(9, 6, J{"from": 240, "most": 12})
	check("returned", table.row("→"), all(12, func(i int) string { // one call raised before it
		n := 239 + i
		if n >= 250 {
			n++
		}
		return fmt.Sprint(n * 2)
	}))
	if table.Hits != 299 || table.Columns[0] != 240 || len(table.Columns) != 12 {
		t.Errorf("%v of %d", table.Columns, table.Hits)
	}
	// A call that raised, and the calls of a def.
	raised := ask(19, 8, nil).row("✗")
	if len(raised) != 300 || raised[249] != "" || !strings.Contains(raised[250], "ValueError(250)") || raised[251] != "" {
		t.Errorf("raised %q", raised)
	}
	table = ask(5, 4, J{"from": 249, "most": 4})
	check("arguments", table.row("n"), []string{"248", "249", "250", "251"})
	check("results", table.row("→"), []string{"496", "498", "", "502"})
	if took := table.row("took"); !table.Calls || table.Hits != 300 || len(took) != 4 || slices.Contains(took, "") || !strings.Contains(table.row("✗")[2], "ValueError(250)") {
		t.Errorf("calls %+v", table)
	}
	if table = ask(5, 4, J{"from": 1000}); len(table.Columns) != 0 || table.Hits != 300 {
		t.Errorf("calls beyond the last: %+v", table)
	}

	// The page, and one that begins further on; what is followed restricts both.
	page := func(about target) string {
		t.Helper()
		about.Session, about.Path = e.server.world.Load().runs.all[0].Session, path
		return e.call("workspace/textDocumentContent", J{"uri": about.virtual()}).(J)["text"].(string)
	}
	if text := page(target{Line: 7}); !strings.Contains(text, "| `cart.total` | `0` | `1` | `3` |") || !strings.Contains(text, "| `44850` |\n") || !strings.Contains(text, "Each hit was recorded.") {
		t.Errorf("the page is\n%s", text)
	}
	if text := page(target{Line: 6, From: 300}); !strings.Contains(text, "| call | 300 |") || !strings.Contains(text, "| `n` | `299` |") || !strings.Contains(text, "calls 300 to 300 of the 300 that were recorded") {
		t.Errorf("the page is\n%s", text)
	}
	e.call("workspace/executeCommand", J{"command": cmdFollow, "arguments": []J{{"uri": fileURI(path), "what": "call:price#6"}}})
	e.seeHints(path, "one call", has("6:19 ×1"))
	check("cart.total in one call", ask(6, 8, nil).row("cart.total"), sums[5:6])
}
