package tally

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestCountingThatCostsAHundredfoldIsAskedFor: below 3.12 without the accelerator
// nothing is counted unless somebody says so, and one sentence says how; everywhere
// else it is the default.
func TestCountingThatCostsAHundredfoldIsAskedFor(t *testing.T) {
	testkit.Long(t)
	path := e2e.Program(t, "p.py", "x = 1\nprint(x)\n")
	for _, python := range testkit.Some(t) {
		slow := !python.Monitoring()
		for _, c := range []struct {
			name string
			args []string
			told bool
		}{
			{"without", []string{"--native", "off"}, slow},
			{"said", []string{"--native", "off", "--no-tally=false"}, false},
			{"said not to", []string{"--native", "off", "--no-tally"}, false},
			{"something wants it", []string{"--native", "off", "--annotate"}, false},
			{"counts alone", []string{"--native", "off", "--samples", "off"}, false},
			{"recorded", []string{"--native", "off", "record"}, false},
			{"with", nil, false},
		} {
			t.Run(python.Name()+"/"+c.name, func(t *testing.T) {
				args := []string{"run"}
				if n := len(c.args); n > 0 && c.args[n-1] == "record" {
					args, c.args = []string{"record", "-o", filepath.Join(testkit.Folder(t), "p.rec")}, c.args[:n-1]
				} else if c.name == "with" {
					testkit.Need(t, "cc")
				}
				got := e2e.Tallyho(t, e2e.Run{Args: append(append(args, c.args...), "--python", python.Path, path)})
				told := strings.Contains(got.Stderr, "Nothing is counted: on Python "+python.Version) && strings.Contains(got.Stderr, "--no-tally=false")
				if got.Code != 0 || told != c.told || !strings.Contains(got.Stdout, "1\n") {
					t.Errorf("%+v: told %v, want %v", got, told, c.told)
				}
				if strings.Contains(got.Stdout, "×") != (c.name == "something wants it") {
					t.Errorf("annotated: %s", got.Stdout)
				}
			})
		}
	}
}
