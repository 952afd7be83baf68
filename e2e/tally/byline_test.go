package tally

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestCountingByLineIsSaid: where lines are counted, whoever reads the counts is
// told; and a statement over several lines counts there as well.
func TestCountingByLineIsSaid(t *testing.T) {
	testkit.Long(t)
	path := e2e.Program(t, "p.py", "x = [\n    len('a'),\n    2,\n]\n")
	for _, python := range testkit.Pythons(t) {
		t.Run(python.Name(), func(t *testing.T) {
			got := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", python.Path, "--tally", "-", "--annotate", path}})
			byLine := !python.Monitoring()
			if strings.Contains(got.Stdout, `"by_line":true`) != byLine || strings.Contains(got.Stdout, "(counted by line)") != byLine {
				t.Errorf("by line: %v\n%s", byLine, got.Stdout)
			}
			if !strings.Contains(got.Stdout, "x = [  ×1") || strings.Contains(got.Stdout, "×0") {
				t.Error(got.Stdout)
			}
		})
	}
}
