package cmd

import (
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestAppend: counts add up over runs, in what a run writes and in what is kept.
func TestAppend(t *testing.T) {
	testkit.Long(t)
	h := newHome(t, map[string]string{"p.py": counted, "q.py": "x = 1\n"})
	h.says("<nil>", []string{"run", "--append", "p.py", "3"}) // to nothing
	h.says("<nil>", []string{"run", "--append", "--annotate", "p.py", "8"}, "f(i) ×11", "return n ×9", "return 0 ×2", "i=0 …")
	h.says("<nil>", []string{"report"}, "p.py 7 0 100%", "p.py:6 13 for")
	h.says("<nil>", []string{"run", "--append", "q.py"})
	h.says("<nil>", []string{"report"}, "p.py 7 0 100%", "q.py 1 0 100%")
	h.write("q.py", "x = 2\n")
	h.says("<nil>", []string{"run", "--append", "--annotate", "q.py"}, "tallyho: --append: edited since, or counted another way, so that their earlier counts are left out: q.py",
		"x = 2 ×1", "f(i) ×11")
	h.says("<nil>", []string{"run", "--annotate", "p.py", "1"}, "f(i) ×1") // anew
	h.says("exit status 2", []string{"run", "--append", "--no-tally", "p.py"}, "--no-tally leaves nothing")
}
