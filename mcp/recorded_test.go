package mcp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const priced = "def price(n):\n    total = n * 2\n    return total\n\nfor i in range(4):\n    price(i)\n"

// TestRecordings asks a recording, and lays another one beside it.
func TestRecordings(t *testing.T) {
	c := start(t, map[string]string{"a/p.py": priced, "b/p.py": "def price(n):\n    total = n * 3\n    return total\n\nfor i in range(4):\n    price(i)\n", "x.rec": "no recording"})
	for _, name := range []string{"a", "b"} {
		cmd := exec.CommandContext(t.Context(), testkit.Binary(t), "record", "--python", c.python, "-o", filepath.Join(c.root, name+".rec"), "p.py")
		cmd.Dir, cmd.Env = filepath.Join(c.root, name), append(os.Environ(), c.environment()...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	text, out := c.call("replay", object{"file": "a.rec", "queries": []string{"function='price', kind='return', arg_gt=2", "function='price', expr='n.nothing'"}})
	holds(t, "replay", text, "Query 1 matched 2 times.", "<= price: 4", "<= price: 6")
	if n := len(out["records"].([]any)); n != 2 {
		t.Errorf("%d records", n)
	}
	text, _ = c.call("replay", object{"file": "a.rec", "queries": []string{"kind='call'"}, "follow": "call:price#3"})
	holds(t, "follow", text, "Query 1 matched 1 time.", "=> price(n=2)")
	text, out = c.call("diff", object{"a": "a.rec", "b": "b.rec"})
	holds(t, "diff", text, "They part at a/p.py:2, in price.", "total is 2 in the first, 3 in the second.")
	if first := out["first"].(map[string]any); first["line"] != 2.0 || first["name"] != "total" {
		t.Errorf("first: %v", first)
	}
	for _, in := range []object{
		{"file": "x.rec", "queries": []string{"kind='call'"}}, {"file": "../x.rec", "queries": []string{"kind='call'"}},
		{"file": "a.rec", "queries": []string{"lambda event: True"}}, {"file": "a.rec", "queries": []string{}},
		{"file": "a.rec", "queries": []string{"kind='call'"}, "follow": "nothing"},
	} {
		if text, _, failed := c.try("replay", in); !failed {
			t.Errorf("%v is answered: %s", in, text)
		}
	}
}
