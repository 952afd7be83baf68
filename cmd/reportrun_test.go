package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// home is a folder with programs, and a cache of its own in which runs are kept.
type home struct {
	t      *testing.T
	dir    string
	python string
}

func newHome(t *testing.T, files map[string]string) *home {
	t.Helper()
	h := &home{t, t.TempDir(), testkit.Modern(t).Path}
	testkit.Furnish(t, filepath.Join(h.dir, ".cache"))
	for name, text := range files {
		h.write(name, text)
	}
	return h
}

func (h *home) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// tallyho runs a command in the folder and returns what it prints.
func (h *home) tallyho(args ...string) (string, error) {
	h.t.Helper()
	if args[0] == "run" {
		args = append([]string{"run", "--python", h.python}, args[1:]...)
	}
	cmd := exec.Command(testkit.Binary(h.t), args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(h.dir, ".cache"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// says runs a command that has to end with a code, and to print all of some texts.
func (h *home) says(code string, args []string, want ...string) string {
	h.t.Helper()
	out, err := h.tallyho(args...)
	if got := fmt.Sprint(err); got != code {
		h.t.Errorf("%q ended with %s, want %s:\n%s", args, got, code, out)
	}
	for _, text := range want {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), text) {
			h.t.Errorf("%q does not say %q:\n%s", args, text, out)
		}
	}
	return out
}

const counted = "import sys\ndef f(n):\n    if n > 5:\n        return 0\n    return n\nfor i in range(int(sys.argv[1])):\n    f(i)\n"

func TestReportOfKeptRuns(t *testing.T) {
	h := newHome(t, map[string]string{"p.py": counted, "q.py": "x = 1\n"})
	h.says("exit status 1", []string{"report"}, "no run of this folder is kept yet")
	h.says("<nil>", []string{"run", "p.py", "3"})
	h.says("<nil>", []string{"run", "q.py"})
	h.says("<nil>", []string{"run", "p.py", "8"})
	h.says("<nil>", []string{"report", "3"}, "p.py, Python 3.", "p.py 7 1 85% 4", "all 7 1 85%", "p.py:6 4 for i in range", "p.py:5 3 return n")
	h.says("<nil>", []string{"report"}, "p.py 7 0 100%")
	h.says("<nil>", []string{"report", "q.py"}, "q.py 1 0 100%")
	h.says("<nil>", []string{"report", "--runs"}, "1 20", "2 20", " q.py", "3 20")
	h.says("<nil>", []string{"report", "--compare", "3"}, "p.py:4 0 2 return 0", "p.py:7 3 8 f(i)", "p.py:6 4 9 for")
	h.says("<nil>", []string{"report", "--compare", "q.py"}, "no file in common")
	h.says("<nil>", []string{"report", "--compare", "1"}, "No statement that is in both runs has another count.")
	h.says("exit status 2", []string{"report", "3", "--fail-under", "86"}, "85% of the statements ran, fewer than 86%")
	h.says("<nil>", []string{"report", "3", "--fail-under", "85"})
	h.says("exit status 2", []string{"report", "nothere.py"}, `there is no run "nothere.py"; there are`)
	h.says("exit status 2", []string{"report", "--html", "p.py"}, "Python source")
	h.says("<nil>", []string{"report", "--html", "out.html", "3"})
	if text, err := os.ReadFile(filepath.Join(h.dir, "out.html")); err != nil || !strings.Contains(string(text), "<code>p.py</code>") {
		t.Errorf("the page of a kept run: %v", err)
	}
	var r runReport
	if err := json.Unmarshal([]byte(h.says("<nil>", []string{"report", "--json", "3"})), &r); err != nil || r.Total.Never != 1 || r.Files[0].Lines[0] != 4 {
		t.Errorf("the report for programs is %+v, %v", r, err)
	}
	var c comparison
	if err := json.Unmarshal([]byte(h.says("<nil>", []string{"report", "--json", "--compare", "3"})), &c); err != nil || c.Files != 1 || len(c.Differences) == 0 {
		t.Errorf("the comparison for programs is %+v, %v", c, err)
	}
}
