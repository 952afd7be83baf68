// Package examples holds programs worth tracing; see README.md. Its test keeps
// them running on every supported Python, with the output that the guides show.
package examples

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var programs = []struct {
	args []string
	want string // the last line
}{
	{[]string{"mean.py"}, "no mean: division by zero"},
	{[]string{"shop_main.py", "20", "0"}, "20 orders: took 294.12, promised 315.92, lost 21.80"},
	{[]string{"server.py"}, "eve found [0, None, 4, 2]"},
}

func TestExamplesRun(t *testing.T) {
	testkit.Long(t)
	for _, python := range testkit.Pythons(t) {
		for _, p := range programs {
			t.Run(python.Name()+"/"+p.args[0], func(t *testing.T) {
				out, err := exec.CommandContext(t.Context(), python.Path, append([]string{"-B", "-W", "error"}, p.args...)...).CombinedOutput()
				lines := strings.Split(strings.TrimSpace(string(out)), "\n")
				if got := strings.TrimSpace(lines[len(lines)-1]); err != nil || got != p.want {
					t.Errorf("last line %q, want %q (%v)\n%s", got, p.want, err, out)
				}
			})
		}
	}
}
