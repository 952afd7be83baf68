package hunter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const sinking = `def sink():
    sink()
try:
    sink()
except RecursionError:
    pass
`

// TestWhatAlwaysHoldsLeavesNoEventOut asks about a program that goes to its
// recursion limit, where there is little room to ask in: a test that holds of
// every event, which is asked apart from the function's name, sees as many.
func TestWhatAlwaysHoldsLeavesNoEventOut(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		if python.Monitoring() {
			continue
		}
		for _, native := range []string{"auto", "off"} {
			t.Run(python.Name()+"/"+native, func(t *testing.T) {
				t.Parallel()
				path := e2e.Program(t, "sinking.py", sinking)
				events := func(kind, more string) int {
					output := filepath.Join(t.TempDir(), "events.txt")
					query := "function='sink', kind='" + kind + "'" + more
					r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{
						"run", "--python", python.Path, "--no-tally", "--native", native, "--output", output, "-q", query, "sinking.py"}})
					if r.Code != 0 {
						t.Fatalf("ended with %d: %s", r.Code, r.Stderr)
					}
					text, err := os.ReadFile(output)
					if err != nil {
						t.Fatal(err)
					}
					return strings.Count(string(text), "sinking.py:")
				}
				for _, kind := range []string{"call", "line", "return"} {
					all, held := events(kind, ""), events(kind, ", threadname='MainThread'")
					if all < 900 || held != all {
						t.Errorf("%s: %d events, and %d where the thread's name is asked too", kind, all, held)
					}
				}
			})
		}
	}
}
