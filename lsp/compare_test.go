package lsp

import (
	"strings"
	"testing"
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
