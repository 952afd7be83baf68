package e2e

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestCountingByLineIsSaid: where lines are counted, whoever reads the counts is
// told; and a statement over several lines counts there as well.
func TestCountingByLineIsSaid(t *testing.T) {
	path := program(t, "p.py", "x = [\n    len('a'),\n    2,\n]\n")
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			got := tallyho(t, run{args: []string{"run", "--python", python.Path, "--tally", "-", "--annotate", path}})
			byLine := !python.Monitoring()
			if strings.Contains(got.stdout, `"by_line":true`) != byLine || strings.Contains(got.stdout, "(counted by line)") != byLine {
				t.Errorf("by line: %v\n%s", byLine, got.stdout)
			}
			if !strings.Contains(got.stdout, "x = [  ×1") || strings.Contains(got.stdout, "×0") {
				t.Error(got.stdout)
			}
		})
	}
}
