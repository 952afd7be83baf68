package lsp

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// countingRuns runs otherwise each time: how often it ran before is in a file beside it.
const countingRuns = `import os
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runs")


def price(n):
    total = n * 10
    if n > 1:
        total -= 1
    return total


text = open(path).read() if os.path.exists(path) else ""
with open(path, "w") as file:
    file.write(text + "x")
price(1)
price(1 + len(text))
`

// TestComparingRecordedRuns: two runs that were recorded are laid side by side, and where they part stands first.
func TestComparingRecordedRuns(t *testing.T) {
	testkit.Long(t)
	e, _ := recordedOften(t, 2, countingRuns)
	runs := e.server.world.Load().runs.whole() // newest first
	if len(runs) != 2 {
		t.Fatalf("%d runs", len(runs))
	}
	before, after := runs[1].Session, runs[0].Session
	page := asked[comparison](t, e, methodCompare, J{"before": before, "after": after}).Markdown
	for _, want := range []string{"## Where they part\n\nAt `", "shop.py:12`, in `<module>`: `text` is `''` before, `'x'` after.", "## `"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in\n%s", want, page)
		}
	}
	if page := asked[comparison](t, e, methodCompare, J{"before": after, "after": after}).Markdown; !strings.Contains(page, "The recordings do not part anywhere.") {
		t.Errorf("one run with itself:\n%s", page)
	}
}

// TestComparingAtTheLines: the annotations of one run say what the other had, until that is ended, whichever way.
func TestComparingAtTheLines(t *testing.T) {
	testkit.Long(t)
	e, path := recordedOften(t, 2, countingRuns)
	runs := e.server.world.Load().runs.whole() // newest first
	before, after := runs[1].Session, runs[0].Session
	alone := func(hints []string) bool { return len(hints) > 0 && !strings.Contains(strings.Join(hints, "\n"), "(") }
	both := func(hints []string) bool {
		return has("×2  total=10 … 20 (10)")(hints) && has("×1 (×0)  total=19")(hints)
	}
	e.seeHints(path, "one run", alone)
	with := func(argument J) {
		e.call("workspace/executeCommand", J{"command": cmdCompareWith, "arguments": []J{argument}})
	}
	lens := func() string { return strings.Join(e.lenses(path), "\n") }

	asked[comparison](t, e, methodCompare, J{"before": before, "after": after, "lines": true})
	e.seeHints(path, "both runs", both)
	if text := lens(); !strings.Contains(text, "(in parentheses: shop.py ") {
		t.Errorf("lenses\n%s", text)
	}
	if page := e.hover(path, 5, 5); !strings.Contains(page, "**In `shop.py ") || !strings.Contains(page, "total=10") {
		t.Errorf("the hover is\n%s", page)
	}
	with(J{"with": ""})
	e.seeHints(path, "one run again", alone)

	with(J{"session": after, "with": before})
	e.seeHints(path, "both runs by the command", both)
	e.edit(path, 2, 0, 0, 0, 0, "# a comment\n")
	e.seeHints(path, "both runs after an edit", both)
	e.call("workspace/executeCommand", J{"command": cmdChooseRun, "arguments": []J{{"session": before}}})
	e.seeHints(path, "the other run", alone)

	e.choosing("1: ")
	with(J{"session": after})
	e.seeHints(path, "both runs, asked for", both)
}
